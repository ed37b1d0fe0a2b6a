"""Checks of the encrypted keys of a stack's file. Nothing here keeps a value."""

from collections.abc import Iterable, Iterator

import pulumi
from pulumi.runtime.config import is_config_secret

from config.private_key import private_key_problem
from model.problem import Problem
from model.secrets import GIT_OPS_PRIVATE_KEY, GITHUB_TOKEN, NOTIFY_TOKEN, SECRETS, WEBHOOK_SECRET, first_given
from model.source import Source, StackSource
from model.stack import Stack

_SHORTEST = 32


def secret_problems(config: pulumi.Config, stack: Stack) -> Iterator[Problem]:
    """Yield encrypted keys that are missing, stored in plain text, unusable or unused."""
    given = {key: value for key in SECRETS if (value := config.get(key))}
    missing: dict[str, list[str]] = {}
    unread = set(given) - {WEBHOOK_SECRET}
    if stack.webhooks.registration and stack.github_hook_account:
        # Optional: without it an administrator registers the webhook.
        unread.discard(GITHUB_TOKEN)
    for use, keys in _uses(stack):
        serving = first_given(keys, given)
        unread.discard(serving or "")
        if serving is None:
            # The last key also serves other purposes.
            missing.setdefault(keys[-1], []).append(use)
    for key, value in given.items():
        if problem := _value_problem(config, key, value):
            yield Problem(key, f"{problem} {_command(config, key)}")
        elif key in unread:
            yield Problem(key, f"not used; run: {_command(config, key, 'rm')}")
    for key, uses in missing.items():
        yield Problem(key, f"missing, required for {' and '.join(uses)}; run: {_command(config, key)}")


def misplaced_secrets(config: pulumi.Config, plain: Iterable[str]) -> Iterator[Problem]:
    """Yield plain keys with an encrypted value, which would be used in plain text."""
    for key in plain:
        if is_config_secret(config.full_key(key)):
            fix = f"write it in plain text; secrets belong in: {', '.join(SECRETS)}"
            yield Problem(key, f"must not be encrypted (`secure:`); {fix}")


def _uses(stack: Stack) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each use of an encrypted key, and the keys that serve it, in order of preference."""
    written = {}
    for account in (stack.image_account, stack.git_account, stack.publish_account):
        if account and account.login.source.is_written:
            written[f"the {_kind(account.login.source)} of {account.path}"] = account.config_keys
    for one in stack.announcements:
        if one.notify.token and one.notify.token.is_written:
            written[f"the {_kind(one.notify.token)} of {one.token_path}"] = (NOTIFY_TOKEN,)
    yield from written.items()
    if stack.webhooks.registration:
        yield from dict.fromkeys(("the webhook in Gitea", (hooks.config_key,)) for hooks in stack.hook_accounts)


def _kind(source: Source) -> str:
    return "Secret" if isinstance(source, StackSource) else "Key Vault secret"


def _value_problem(config: pulumi.Config, key: str, value: str) -> str | None:
    """Return the problem with a value and the fix, up to the command that sets it; None without a problem."""
    if not is_config_secret(config.full_key(key)):
        return "stored in plain text; remove it, rotate it (it may be in Git history), then run:"
    if not value.strip():
        return "empty; run:"
    if key == GIT_OPS_PRIVATE_KEY:
        return private_key_problem(value)
    if not value.isprintable():
        return "contains a line break or another invisible character; run:"
    if key == WEBHOOK_SECRET and len(value) < _SHORTEST:
        # The receiver's path is a hash of it and visible in the cluster, so a short value could be guessed.
        return f"shorter than {_SHORTEST} characters; remove it to have one generated, or run: openssl rand -hex 32 |"
    return None


def _command(config: pulumi.Config, key: str, verb: str = "set --secret") -> str:
    command = f"pulumi config {verb} {config.name}:{key} --stack {pulumi.get_stack()}"
    return f"{command} < key.pem" if key == GIT_OPS_PRIVATE_KEY and verb != "rm" else command
