"""The folder and the loopback ports of a sandbox.

The folder (`.sandbox/` in the project, or SANDBOX_DIR) contains everything of one sandbox except the built programs.
They are in the user's cache, so another clone does not build them again.
"""

import json
import os
import random
import secrets
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
CONTEXT = "sandbox"
_PORTS = range(20000, 32768)
# Kargo's registry library (go-containerregistry) takes 127.0.0.1 for a registry with plain HTTP, but not this address.
_GITEA_ADDRESS = "127.0.0.2"
SERVICES = ("etcd", "etcdPeer", "apiServer", "gitea", "webhooks", "admission", "azure")


@dataclass(frozen=True)
class Layout:
    """The files and ports of one sandbox.

    Args:
        root: folder of the sandbox.
        port_range: range of its ports.
    """

    root: Path
    port_range: range = _PORTS

    @classmethod
    def from_environment(cls) -> "Layout":
        """Return the layout in SANDBOX_DIR, by default `.sandbox/` in the project."""
        return cls(Path(os.environ.get("SANDBOX_DIR", PROJECT / ".sandbox")).resolve())

    def folder(self, name: str) -> Path:
        """Return a subfolder, and create it if it is missing. Only this user may read it."""
        path = self.root / name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    @property
    def kubeconfig(self) -> Path:
        """The sandbox's own kubeconfig. Its only context is `sandbox`."""
        return self.root / "kubeconfig"

    @property
    def ca(self) -> Path:
        """CA certificate of the API server and of Gitea."""
        return self.root / "tls" / "ca.crt"

    @property
    def deliveries(self) -> Path:
        """Folder with one JSON file for each delivery to the webhook receiver."""
        return self.folder("deliveries")

    @cached_property
    def ports(self) -> dict[str, int]:
        """Loopback ports by service. They never change, because every image reference contains Gitea's."""
        path = self.folder(".") / "ports.json"
        if not path.exists() and _is_own(_GITEA_ADDRESS):
            write_private(self._gitea_address, _GITEA_ADDRESS)
        ports: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        # A sandbox of an older version has no port for a newer service.
        if missing := [service for service in SERVICES if service not in ports]:
            free = (port for port in _free_ports(self.port_range) if port not in ports.values())
            ports |= dict(zip(missing, free, strict=False))
            write_private(path, json.dumps(ports))
        return ports

    def secret(self, name: str) -> str:
        """Return the secret `name`, which is generated at its first use."""
        path = self.folder("secrets") / name
        if not path.exists():
            write_private(path, secrets.token_hex(20))
        return path.read_text()

    @property
    def _gitea_address(self) -> Path:
        return self.root / "gitea-address"

    @property
    def gitea_address(self) -> str:
        """Loopback address of Gitea: 127.0.0.2, or 127.0.0.1 on a system without it, such as macOS.

        It never changes. A sandbox of an earlier version keeps 127.0.0.1.
        """
        _ = self.ports
        return self._gitea_address.read_text() if self._gitea_address.exists() else "127.0.0.1"

    @property
    def gitea_host(self) -> str:
        """Host and port of Gitea."""
        return f"{self.gitea_address}:{self.ports['gitea']}"

    @property
    def webhooks_url(self) -> str:
        """Base URL of the webhook receiver."""
        return f"http://127.0.0.1:{self.ports['webhooks']}"


def _free_ports(within: range) -> Iterator[int]:
    """Yield free loopback ports.

    By default they are below the ports that Linux gives to outgoing connections: such a connection could use a port
    before its server starts.
    """
    for port in random.SystemRandom().sample(within, len(within)):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        yield port


def _is_own(address: str) -> bool:
    """Return whether a server of this machine can listen on a loopback address."""
    try:
        socket.create_server((address, 0)).close()
    except OSError:
        return False
    return True


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read, atomically."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    partial.replace(path)


def which(program: str, layout: Layout) -> Path | None:
    """Return the path of `program` on the user's PATH, without the folders that the sandbox itself added."""
    own = (layout.root, cache())
    folders = [f for f in os.environ["PATH"].split(os.pathsep) if not any(Path(f).is_relative_to(o) for o in own)]
    found = shutil.which(program, path=os.pathsep.join(folders))
    return Path(found) if found else None


def cache() -> Path:
    """Return the folder of built programs."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "kargo-backstage"
