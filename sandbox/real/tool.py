"""The Go programs of the platform: the module of each, and the folder of the built program."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.layout import PROJECT, cache

_MODULES = PROJECT / "sandbox" / "real" / "tools"


@dataclass(frozen=True)
class Tool:
    """A Go module below `sandbox/real/tools`, and its programs.

    Args:
        module: folder of its go.mod.
        binaries: Go package by the name of the program.
        minutes: its part of a cold build on two cores, two tools at a time.
        tags: Go build tags.
        ldflags: linker flags.
        own: whether it is this project's own program, which is never on PATH.
        assets: module with the templates and options that the program reads at run time.
    """

    module: str
    binaries: Mapping[str, str]
    # `folder` hashes the repr, and this does not change the program.
    minutes: float = field(repr=False)
    tags: str = ""
    ldflags: str = "-s -w"
    own: bool = False
    assets: str = ""

    @property
    def source(self) -> Path:
        """Folder of the module."""
        return _MODULES / self.module

    @property
    def folder(self) -> Path:
        """Folder of the built programs. It changes with the module and the build settings."""
        digest = hashlib.sha256(repr(self).encode())
        for path in sorted(self.source.rglob("*.*")):
            digest.update(path.read_bytes())
        return cache() / f"{self.module}-{digest.hexdigest()[:12]}"


# The longest first, so that two parallel builds end together.
TOOLS = (
    Tool(
        "kubernetes",
        {"kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver"},
        3,
        # Clients parse the version; a plain `go build` leaves v0.0.0.
        ldflags="-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3",
    ),
    Tool("pulumi", {"pulumi": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"}, 2),
    Tool(
        "gitea",
        {"gitea": "code.gitea.io/gitea"},
        2,
        # Go's own resolver, as without C, so the packages that the other tools have compiled are not compiled again.
        tags="sqlite sqlite_unlock_notify netgo osusergo",
        ldflags="-s -w -X main.Version=1.26.0",
        assets="code.gitea.io/gitea",
    ),
    Tool("etcd", {"etcd": "go.etcd.io/etcd/server/v3"}, 0.4),
    Tool("kargolibs", {"kargolibs": "."}, 0.1, own=True),
    # After kubernetes, with which it shares nearly every package.
    Tool("controllers", {"kubernetes-controllers": "."}, 0.1, own=True),
)
