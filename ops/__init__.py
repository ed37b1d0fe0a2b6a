"""What people and CI run beside `pulumi`: the comment that shows a preview on a pull request."""
