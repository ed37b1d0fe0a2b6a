"""What people and CI run beside `pulumi`: a preview as a comment on a pull request, and drift as an issue."""
