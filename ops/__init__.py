"""Commands for users and CI: the doctor, previews for a pull request and for an approval, and drift as an issue."""
