"""The encrypted keys of a stack's file, by name: their values are no part of the model."""

from collections.abc import Container, Iterable

GITEA_PASSWORD = "giteaPassword"  # noqa: S105 - the key's name
REGISTRY_PASSWORD = "registryPassword"  # noqa: S105 - the key's name
GIT_OPS_PASSWORD = "gitOpsPassword"  # noqa: S105 - the key's name
GIT_OPS_PRIVATE_KEY = "gitOpsPrivateKey"
PUBLISH_PASSWORD = "publishPassword"  # noqa: S105 - the key's name
WEBHOOK_SECRET = "webhookSecret"  # noqa: S105 - the key's name

SECRETS = {
    GITEA_PASSWORD: "password or access token with which this program manages hooks in Gitea, as `webhooks.username`; "
    "also what it writes for that user's logins there, unless they have one of their own",
    REGISTRY_PASSWORD: "what this stack writes for `registry.login`: into its own Secret, or a vault that it owns",
    GIT_OPS_PASSWORD: "what it writes for `gitOps.login`; where images are in another Gitea, it also manages the "
    "GitOps repository's hooks with it",
    PUBLISH_PASSWORD: "what it writes for `publishTo.login`",
    GIT_OPS_PRIVATE_KEY: "private key of the GitHub App, in PEM, where this stack writes it",
    WEBHOOK_SECRET: "secret of every receiver, at least 32 random characters; without it each has one generated",
}


def first_given(keys: Iterable[str], given: Container[str]) -> str | None:
    """Return the first of `keys` that is among the given ones; None where none is."""
    return next((key for key in keys if key in given), None)
