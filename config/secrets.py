"""The secrets of a stack's file: which must be there, and which cannot be used.

Their values stay Pulumi Outputs; nothing here keeps one.
"""

from collections.abc import Iterable, Iterator

import pulumi
from pulumi.runtime.config import is_config_secret

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
    """Find secrets that are missing, lie in clear in the stack's file, or cannot be used."""
    for key in SECRETS:
        value = config.get(key)
        if not value:
            continue
        command = _command(config, key)
        if not is_config_secret(config.full_key(key)):
            # YAML reads some as numbers, too: 0123 arrives as 83.
            yield Problem(key, f"not encrypted; remove it, take another secret, and run: {command}")
        elif not value.strip():
            yield Problem(key, f"blank; run: {command}")
        elif not value.isprintable():
            yield Problem(key, f"has a line break or another invisible character; run: {command}")
        elif key == WEBHOOK_SECRET and len(value) < _SHORTEST:
            # A receiver's path is a hash of it and stands in the cluster, for anyone to guess from.
            yield Problem(
                key,
                f"shorter than {_SHORTEST} characters; remove it to have one generated, or run: "
                f"openssl rand -hex {_SHORTEST} | {command}",
            )
    if (uses := _uses(stack)) and not config.get(GITEA_PASSWORD):
        yield Problem(
            GITEA_PASSWORD,
            f"missing, and needed for {' and '.join(uses)}; run: {_command(config, GITEA_PASSWORD)}",
        )


def misplaced_secrets(config: pulumi.Config, plain: Iterable[str]) -> Iterator[Problem]:
    """Find plain keys that are encrypted or hold an encrypted value, which the program would use in clear.

    Args:
        config: the stack's configuration.
        plain: keys that are no secrets.
    """
    for key in plain:
        if is_config_secret(config.full_key(key)):
            yield Problem(
                key,
                f"has an encrypted value (`secure:`), but is no secret; write it in clear, and secrets as "
                f"{' or '.join(SECRETS)}",
            )


def _uses(stack: Stack) -> list[str]:
    uses = []
    if stack.registry.login.password.vault:
        uses.append("the Key Vault secret")
    if stack.needs_gitea_hooks and stack.webhooks.registration:
        uses.append("the webhook in Gitea")
    return uses


def _command(config: pulumi.Config, key: str) -> str:
    return f"pulumi config set --secret {config.name}:{key} --stack {pulumi.get_stack()}"
