"""Commands for users and CI: the doctor, a preview as a comment on a pull request, and drift as an issue."""
