"""The platform of the end-to-end tests: the platform in E2E_…, or the sandbox."""

import os
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from sandbox import platform
from sandbox.layout import CONTEXT, Layout
from sandbox.real import gitea
from sandbox.real.images import Registry
from sandbox.standins.plugins import server

_NEEDED = {
    "E2E_KUBECONFIG": "kubeconfig of a cluster with Kargo 1.9.3 or newer and External Secrets",
    "E2E_CONTEXT": "its context",
    "E2E_WEBHOOKS_URL": "base URL of Kargo's external webhooks server",
    "E2E_GITEA_HOST": "host:port of Gitea",
    "E2E_GITEA_USERNAME": "a Gitea user",
    "E2E_GITEA_PASSWORD": "its password",
}


@dataclass(frozen=True)
class Place:
    """A platform, and a user of its Gitea.

    Args:
        kubeconfig: kubeconfig of the cluster.
        context: its context.
        webhooks_url: base URL of Kargo's external webhooks server.
        gitea_host: host and port of Gitea.
        username: the user.
        password: the user's password.
        ca: CA of Gitea; None if the system trusts it.
        git_settings: further settings of `gitOps`.
        forks: socket of the server that forks stand-in plugins; None starts a new Python for each.
    """

    kubeconfig: Path
    context: str
    webhooks_url: str
    gitea_host: str
    username: str
    password: str = field(repr=False)
    ca: Path | None = None
    git_settings: Mapping[str, bool] = field(default_factory=dict)
    forks: Path | None = None

    def gitea(self) -> httpx.Client:
        """Return a client of Gitea's API, signed in as the user."""
        return httpx.Client(
            base_url=f"https://{self.gitea_host}/api/v1",
            auth=(self.username, self.password),
            verify=ssl.create_default_context(cafile=str(self.ca) if self.ca else None),
            timeout=30,
        )

    def registry(self) -> Registry:
        """Return Gitea's registry, signed in as the user."""
        return Registry(self.gitea_host, self.username, self.password, str(self.ca) if self.ca else None)


def is_named() -> bool:
    """Return whether E2E_… contain a platform."""
    return any(os.environ.get(name) for name in _NEEDED)


def named() -> Place:
    """Return the platform in E2E_….

    Raises:
        ValueError: if variables are missing. The text names them.
    """
    if missing := [f"{name} ({what})" for name, what in _NEEDED.items() if not os.environ.get(name)]:
        raise ValueError(f"set {', '.join(missing)}")
    kubeconfig, context, webhooks, host, username, password = (os.environ[name] for name in _NEEDED)
    ca = os.environ.get("E2E_CA_BUNDLE")
    return Place(
        Path(kubeconfig).resolve(), context, webhooks, host, username, password, Path(ca).resolve() if ca else None
    )


def sandboxed(layout: Layout) -> Place:
    """Return a running sandbox, with a user of Gitea that other tests do not use."""
    username, password = f"e2e-{secrets.token_hex(3)}", secrets.token_hex(20)
    # Images are as private as their owner.
    user = {"username": username, "password": password, "visibility": "private"}
    with gitea.api(layout) as api:
        api.post(
            "/admin/users", json={**user, "email": f"{username}@localhost.localdomain", "must_change_password": False}
        ).raise_for_status()
    return Place(
        layout.kubeconfig,
        CONTEXT,
        layout.webhooks_url,
        layout.gitea_host,
        username,
        password,
        layout.ca,
        platform.git_settings(layout),
        server.address(layout),
    )
