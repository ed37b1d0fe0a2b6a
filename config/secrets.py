"""The secrets of a stack's file: which must be there, and which cannot be used.

Their values stay Pulumi Outputs; nothing here keeps one.
"""

import re
from collections.abc import Iterable, Iterator

import pulumi
from pulumi.runtime.config import is_config_secret

from model.problem import Problem
from model.secrets import GIT_OPS_PRIVATE_KEY, SECRETS, WEBHOOK_SECRET, first_given
from model.source import StackSource
from model.stack import Stack

_SHORTEST = 32
_PRIVATE_KEY = re.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----\n")


def secret_problems(config: pulumi.Config, stack: Stack) -> Iterator[Problem]:
    """Find secrets that are missing, lie in clear in the stack's file, cannot be used, or are used by nothing."""
    given = {key: value for key in SECRETS if (value := config.get(key))}
    missing: dict[str, list[str]] = {}
    unread = set(given) - {WEBHOOK_SECRET}
    for use, keys in _uses(stack):
        serving = first_given(keys, given)
        unread.discard(serving or "")
        if serving is None:
            # Last is the key that also serves elsewhere.
            missing.setdefault(keys[-1], []).append(use)
    for key, value in given.items():
        command = _command(config, key)
        if problem := _value_problem(config, key, value):
            yield Problem(key, f"{problem} {command}")
        elif key in unread:
            yield Problem(key, f"nothing reads it; run: {_command(config, key, 'rm')}")
    for key, uses in missing.items():
        yield Problem(key, f"missing, and needed for {' and '.join(uses)}; run: {_command(config, key)}")


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
                f"has an encrypted value (`secure:`), but is no secret; write it in clear, and secrets as one of: "
                f"{', '.join(SECRETS)}",
            )


def _uses(stack: Stack) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what of a stack reads a secret, and the keys that serve, the first before the others."""
    written = {}
    for sign_in in (stack.image_sign_in, stack.git_sign_in, stack.publish_sign_in):
        if sign_in and sign_in.login.secret.is_written:
            kind = "Secret" if isinstance(sign_in.login.secret, StackSource) else "Key Vault secret"
            written[f"the {kind} of {sign_in.path}"] = sign_in.secrets
    yield from written.items()
    if stack.webhooks.registration:
        yield from dict.fromkeys(("the webhook in Gitea", (account.secret,)) for account in stack.hook_accounts)


def _value_problem(config: pulumi.Config, key: str, value: str) -> str | None:
    """Return what is wrong with a secret's value and what to do, up to the command that sets it; None if it is good."""
    if not is_config_secret(config.full_key(key)):
        # YAML reads some as numbers, too: 0123 arrives as 83.
        return "not encrypted; remove it, take another secret, and run:"
    if not value.strip():
        return "blank; run:"
    if key == GIT_OPS_PRIVATE_KEY:
        return None if _PRIVATE_KEY.match(value) else "not a private key in PEM; run:"
    if not value.isprintable():
        return "has a line break or another invisible character; run:"
    if key == WEBHOOK_SECRET and len(value) < _SHORTEST:
        # A receiver's path is a hash of it and stands in the cluster, for anyone to guess from.
        return f"shorter than {_SHORTEST} characters; remove it to have one generated, or run: openssl rand -hex 32 |"
    return None


def _command(config: pulumi.Config, key: str, verb: str = "set --secret") -> str:
    command = f"pulumi config {verb} {config.name}:{key} --stack {pulumi.get_stack()}"
    return f"{command} < key.pem" if key == GIT_OPS_PRIVATE_KEY and verb != "rm" else command
