"""The current login for a recorded resource.

The engine passes the inputs of the last `up` to a read or delete, but the user may have changed the password since. The
configuration of the stack contains the new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi import dynamic

from components.dynamic.configured_stack import configured_stack


@dataclass(frozen=True)
class CurrentLogin:
    """A password or token, and the CAs to trust with it.

    Args:
        password: password or access token.
        ca_bundle: PEM file with CAs to trust; empty for none.
        is_current: whether the stack's file still names this user at this server, or has a token for this server.
    """

    password: str
    ca_bundle: str
    is_current: bool


def current_login(props: Mapping[str, Any], config: dynamic.Config | None) -> CurrentLogin:
    """Return the login for a recorded resource in Gitea.

    The current password goes only to the server and user for which the stack's file contains it.

    Args:
        props: the resource's recorded `giteaUrl`, `username`, `password` and `caBundle`.
        config: the stack's configuration; None if the SDK passed none.
    """
    recorded = CurrentLogin(props["password"], props["caBundle"], is_current=True)
    stack = configured_stack(config)
    if config is None or stack is None:
        return recorded
    from model.types.urls import place  # noqa: PLC0415

    for account in stack.accounts.hooks(opens_pull_requests=True):
        if (place(account.server), account.username) == (place(props["giteaUrl"]), props["username"]):
            password = config.get(account.config_key)
            return CurrentLogin(password, stack.ca_bundle or "", is_current=True) if password else recorded
    return CurrentLogin(recorded.password, recorded.ca_bundle, is_current=False)


def current_token(props: Mapping[str, Any], config: dynamic.Config | None) -> CurrentLogin:
    """Return the login for a recorded resource in GitHub.

    The current token goes only to the server for which the stack's file contains it.

    Args:
        props: the resource's recorded `githubUrl`, `token` and `caBundle`.
        config: the stack's configuration; None if the SDK passed none.
    """
    stack = configured_stack(config)
    if config is None or stack is None:
        return CurrentLogin(props["token"], props["caBundle"], is_current=True)
    from model.types.urls import place  # noqa: PLC0415

    account = stack.accounts.github_hooks(opens_pull_requests=True)
    if account and place(account.server) == place(props["githubUrl"]) and (token := config.get(account.config_key)):
        return CurrentLogin(token, stack.ca_bundle or "", is_current=True)
    return CurrentLogin(props["token"], props["caBundle"], is_current=False)
