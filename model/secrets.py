"""The encrypted keys of a stack's file. Their values are not part of the model."""

from collections.abc import Container, Iterable

GITEA_PASSWORD = "giteaPassword"  # noqa: S105 - the key's name
GITHUB_TOKEN = "githubToken"  # noqa: S105 - the key's name
REGISTRY_PASSWORD = "registryPassword"  # noqa: S105 - the key's name
GIT_OPS_PASSWORD = "gitOpsPassword"  # noqa: S105 - the key's name
GIT_OPS_PRIVATE_KEY = "gitOpsPrivateKey"
PUBLISH_PASSWORD = "publishPassword"  # noqa: S105 - the key's name
NOTIFY_TOKEN = "notifyToken"  # noqa: S105 - the key's name
WEBHOOK_SECRET = "webhookSecret"  # noqa: S105 - the key's name

SECRETS = {
    GITEA_PASSWORD: "Password or access token of `webhooks.username`, with which the stack manages webhooks in Gitea. "
    "Also the value of `registry.login` and `gitOps.login` if they name the same user and have no key of their own.",
    GITHUB_TOKEN: "Access token with which the stack manages webhooks in GitHub: in the GitHub of the images, else "
    "of the GitOps repository. Without it an administrator registers them by hand.",
    REGISTRY_PASSWORD: "Value of `registry.login`, if the stack writes it to a Secret or to a vault that it owns.",
    GIT_OPS_PASSWORD: "Value of `gitOps.login`, if the stack writes it. If the GitOps repository is in another Gitea "
    "than the images, the stack also manages the webhooks of the repository with it.",
    PUBLISH_PASSWORD: "Value of `publishTo.login`, if the stack writes it.",
    GIT_OPS_PRIVATE_KEY: "Private key of the GitHub App in PEM format, if the stack writes it.",
    NOTIFY_TOKEN: "Value of each `notify.token`, if the stack writes it to a Secret or to a vault that it owns.",
    WEBHOOK_SECRET: "Secret of every webhook receiver: at least 32 random characters. By default the stack generates "
    "one for each receiver.",
}


def first_given(keys: Iterable[str], given: Container[str]) -> str | None:
    """Return the first of `keys` that is given; None if none is."""
    return next((key for key in keys if key in given), None)
