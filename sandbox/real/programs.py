"""The real programs of the platform: found on PATH, else built from their Go modules into the user's cache."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.layout import PROJECT, Layout, cache, which
from sandbox.progress import SandboxError, Steps

_MODULES = PROJECT / "sandbox" / "real" / "tools"
_GO_AT_LEAST = (1, 26, 2)


@dataclass(frozen=True)
class Tool:
    """A Go module below `sandbox/real/tools` and what is built from it.

    Args:
        module: folder of its go.mod.
        binaries: program name to Go package.
        minutes: how long a cold build takes on two cores.
        tags: Go build tags.
        ldflags: linker flags.
        own: whether it is this project's own program, never looked for on PATH.
        assets: module whose templates and options the program reads at run time.
    """

    module: str
    binaries: Mapping[str, str]
    minutes: float
    tags: str = ""
    ldflags: str = "-s -w"
    own: bool = False
    assets: str = ""


TOOLS = (
    Tool("kargolibs", {"kargolibs": "."}, 0.1, own=True),
    Tool("grammar", {"grammar": "."}, 0.1, own=True),
    Tool("pulumi", {"pulumi": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"}, 4),
    Tool("etcd", {"etcd": "go.etcd.io/etcd/server/v3"}, 1),
    Tool(
        "kubernetes",
        {
            "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
            "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
        },
        4,
        # Clients parse the version; a plain `go build` leaves v0.0.0.
        ldflags="-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3",
    ),
    Tool(
        "gitea",
        {"gitea": "code.gitea.io/gitea"},
        4,
        tags="sqlite sqlite_unlock_notify",
        ldflags="-s -w -X main.Version=1.26.0",
        assets="code.gitea.io/gitea",
    ),
)


@dataclass(frozen=True)
class Programs:
    """The platform's programs.

    Args:
        paths: program name to path.
        gitea_assets: Gitea's templates and options; None where the program carries them.
    """

    paths: Mapping[str, Path]
    gitea_assets: Path | None = None

    def __getitem__(self, name: str) -> Path:
        return self.paths[name]


def provide(layout: Layout, steps: Steps, tools: Sequence[Tool] = TOOLS) -> Programs:
    """Return every program, building what is neither on PATH nor in the cache.

    Args:
        layout: whose programs on PATH do not count as the user's.
        steps: the running count of steps.
        tools: what the programs are built from; by default the platform's.

    Raises:
        SandboxError: if Go is missing or too old, or a build fails.
    """
    paths: dict[str, Path] = {}
    assets: Path | None = None
    for tool in tools:
        on_path = {} if tool.own else {name: which(name, layout) for name in tool.binaries}
        if on_path and all(on_path.values()):
            with steps.step(f"{tool.module}: on PATH"):
                paths |= {name: Path(path) for name, path in on_path.items() if path}
            continue
        folder = _folder(tool)
        if folder.exists():
            with steps.step(f"{tool.module}: built before"):
                pass
        else:
            with steps.step(f"{tool.module}: building, about {tool.minutes:g} min on two cores"):
                _build(tool, folder)
        paths |= {name: folder / name for name in tool.binaries}
        assets = folder / "assets" if tool.assets else assets
    return Programs(paths, assets)


def own_program(name: str) -> Path:
    """Return the path of one of this project's own programs, built if it was not before.

    Raises:
        SandboxError: if Go is missing or too old, or the build fails.
    """
    tool = next(tool for tool in TOOLS if tool.own and name in tool.binaries)
    folder = _folder(tool)
    if not folder.exists():
        _build(tool, folder)
    return folder / name


def _folder(tool: Tool) -> Path:
    module = _MODULES / tool.module
    digest = hashlib.sha256(repr(tool).encode())
    for path in sorted(module.glob("*.*")):
        digest.update(path.read_bytes())
    return cache() / f"{tool.module}-{digest.hexdigest()[:12]}"


def _go() -> str:
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    wanted = ".".join(map(str, _GO_AT_LEAST))
    if not go:
        raise SandboxError(f"Go {wanted} or newer is not on PATH; install it and run the command again")
    version = subprocess.run([go, "env", "GOVERSION"], check=True, capture_output=True, text=True).stdout
    numbers = tuple(int(part) for part in version.strip().removeprefix("go").split("-")[0].split(".") if part.isdigit())
    if numbers and numbers < _GO_AT_LEAST:
        raise SandboxError(f"Go is {version.strip()}; Gitea and Kubernetes need {wanted} or newer")
    return go


def _build(tool: Tool, folder: Path) -> None:
    go, module = _go(), _MODULES / tool.module
    for left in folder.parent.glob(f"{folder.name}.*.partial"):
        if not psutil.pid_exists(int(left.name.split(".")[-2])):
            shutil.rmtree(left, ignore_errors=True)
    partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    partial.mkdir(parents=True)
    environment = {**os.environ, "CGO_ENABLED": "1" if tool.tags else "0", "GOFLAGS": "-mod=readonly -buildvcs=false"}
    try:
        for name, package in tool.binaries.items():
            command = [go, "build", "-trimpath", f"-tags={tool.tags}", f"-ldflags={tool.ldflags}"]
            _run([*command, "-o", str(partial / name), package], module, environment)
        if tool.assets:
            source = Path(_run([go, "list", "-m", "-f", "{{.Dir}}", tool.assets], module, environment).strip())
            for part in ("templates", "options", "public"):
                # The module cache is read-only; a copy outlives it and can be deleted.
                shutil.copytree(source / part, partial / "assets" / part, copy_function=shutil.copyfile)
        subprocess.run(["chmod", "-R", "u+w", str(partial)], check=True)
        if not folder.exists():
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SandboxError(f"{' '.join(command[:2])} failed in {folder}:\n{result.stderr[-3000:]}")
    return result.stdout
