"""The Go programs of the platform: the module of each, and the folder of the built program."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.layout import PROJECT, cache
from sandbox.progress import SandboxError

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
        code: folder of the source, if the module's folder has only another go.mod for it.
        chosen: whether the user has chosen this version, so that a program on PATH is not used.
    """

    module: str
    binaries: Mapping[str, str]
    # `folder` hashes the repr, and this does not change the program.
    minutes: float = field(repr=False)
    tags: str = ""
    ldflags: str = "-s -w"
    own: bool = False
    assets: str = ""
    # `folder` reads both folders.
    code: str = field(default="", repr=False)
    chosen: bool = field(default=False, repr=False)

    @property
    def source(self) -> Path:
        """Folder of the source."""
        return _MODULES / (self.code or self.module)

    @property
    def go_mod(self) -> Path:
        """The go.mod, next to its go.sum."""
        return _MODULES / self.module / "go.mod"

    @property
    def folder(self) -> Path:
        """Folder of the built programs. It changes with the module and the build settings."""
        digest = hashlib.sha256(repr(self).encode())
        files = set(self.source.rglob("*.*")) | set(self.go_mod.parent.rglob("*.*"))
        for path in sorted(files):
            digest.update(path.read_bytes())
        return cache() / f"{self.module}-{digest.hexdigest()[:12]}"


@dataclass(frozen=True)
class GiteaLine:
    """A line of Gitea that the sandbox can run.

    Args:
        folder: folder of its go.mod.
        module: name of Gitea's own module, `gitea.dev` from 1.27 on.
        tags: Go build tags. Up to 1.26 its SQLite is C, and from 1.27 on it is Go.
        minutes: see `Tool`.
    """

    folder: str
    module: str = "code.gitea.io/gitea"
    # Go's own resolver, as without C, so the packages that the other tools have compiled are not compiled again.
    tags: str = "sqlite sqlite_unlock_notify netgo osusergo"
    minutes: float = 2

    def tool(self, chosen: bool) -> Tool:
        """Return the tool that builds the release in the folder's go.mod."""
        return Tool(
            self.folder,
            {"gitea": self.module},
            self.minutes,
            tags=self.tags,
            # A plain `go build` reports "development", which Kargo's pull-request steps do not accept.
            ldflags=f"-s -w -X main.Version={_required(self.folder, self.module)}",
            assets=self.module,
            chosen=chosen,
        )


GITEA_LINES = {
    "1.25": GiteaLine("gitea-1.25"),
    "1.26": GiteaLine("gitea"),
    "1.27": GiteaLine("gitea-1.27", "gitea.dev", tags=""),
}
DEFAULT_GITEA = "1.26"


def tools() -> tuple[Tool, ...]:
    """Return the tools of the platform, with Gitea of the line in SANDBOX_GITEA.

    Raises:
        SandboxError: if the sandbox does not know the line.
    """
    chosen = os.environ.get("SANDBOX_GITEA")
    line = chosen or DEFAULT_GITEA
    if line not in GITEA_LINES:
        raise SandboxError(f"SANDBOX_GITEA: unknown Gitea {line}; set it to one of: {', '.join(GITEA_LINES)}")
    kubernetes, pulumi, *others = _TOOLS
    return kubernetes, pulumi, GITEA_LINES[line].tool(bool(chosen)), *others


def _required(folder: str, module: str) -> str:
    """Return the version of `module` in a tool's go.mod, without `v`."""
    found = re.search(rf"^\s*{re.escape(module)} v([\d.]+) ", (_MODULES / folder / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise SandboxError(f"{folder}/go.mod does not require {module}")
    return found[1]


_PULUMI_SDK = "github.com/pulumi/pulumi/sdk/v3"

# The longest first, so that two parallel builds end together.
_TOOLS = (
    Tool(
        "kubernetes",
        {"kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver"},
        3,
        # Clients parse the version; a plain `go build` leaves v0.0.0.
        ldflags=f"-s -w -X k8s.io/component-base/version.gitVersion=v{_required('kubernetes', 'k8s.io/kubernetes')}",
    ),
    Tool(
        "pulumi",
        {"pulumi": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"},
        2,
        # The comment under a preview shows the version; a plain `go build` leaves none.
        ldflags=f"-s -w -X {_PULUMI_SDK}/go/common/version.Version=v{_required('pulumi', _PULUMI_SDK)}",
    ),
    Tool("etcd", {"etcd": "go.etcd.io/etcd/server/v3"}, 0.4),
    Tool("kargolibs", {"kargolibs": "."}, 0.1, own=True),
    # After kubernetes, with which it shares nearly every package.
    Tool("controllers", {"kubernetes-controllers": "."}, 0.1, own=True),
)
