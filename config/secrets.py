"""The secrets of a stack's file: which must be there, and which are too weak.

Their values stay Pulumi Outputs; nothing here keeps one.
"""

from collections.abc import Iterator

import pulumi

from model.problem import Problem
from model.stack import Stack

GITEA_PASSWORD = "giteaPassword"  # noqa: S105 - the key's name
WEBHOOK_SECRET = "webhookSecret"  # noqa: S105 - the key's name
SECRETS = {
    GITEA_PASSWORD: "password or access token of `registry.login.username`; a pull-request Stage needs a token",
    WEBHOOK_SECRET: "secret of every receiver, at least 32 random characters; without it each has one generated",
}
_SHORTEST = 32


def secret_problems(config: pulumi.Config, stack: Stack) -> Iterator[Problem]:
    """Find secrets that are missing or too short."""
    yield from _missing(config, stack)
    yield from _weak(config)


def _missing(config: pulumi.Config, stack: Stack) -> Iterator[Problem]:
    uses = []
    if stack.registry.login.password.vault:
        uses.append("the Key Vault secret")
    if stack.needs_gitea_hooks and stack.webhooks.registration:
        uses.append("the webhook in Gitea")
    if uses and not config.get(GITEA_PASSWORD):
        yield Problem(
            GITEA_PASSWORD,
            f"missing, and needed for {' and '.join(uses)}; run: {_command(config, GITEA_PASSWORD)}",
        )


def _weak(config: pulumi.Config) -> Iterator[Problem]:
    """Refuse a short secret: a receiver's path is a hash of it and stands in the cluster, for anyone to guess from."""
    secret = config.get(WEBHOOK_SECRET)
    if secret is not None and len(secret) < _SHORTEST:
        yield Problem(
            WEBHOOK_SECRET,
            f"shorter than {_SHORTEST} characters; remove it to have one generated, or run: "
            f"openssl rand -hex {_SHORTEST} | {_command(config, WEBHOOK_SECRET)}",
        )


def _command(config: pulumi.Config, key: str) -> str:
    return f"pulumi config set --secret {config.name}:{key} --stack {pulumi.get_stack()}"
