"""The build of Go programs, with the project's own caches, which are deleted after the build.

The build reads the user's module cache, and does not write to it. Go keeps compiled packages, so the next build
continues an interrupted one.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox.layout import cache
from sandbox.lock import only_one
from sandbox.progress import SandboxError, clock, console
from sandbox.real import toolchain
from sandbox.real.tool import Tool
from sandbox.real.toolchain import Toolchain

# One program compiles while another links, on one core, or downloads.
_AT_ONCE = 2


def build(tools: Sequence[Tool]) -> None:
    """Build the missing programs, and delete the build folder.

    Raises:
        SandboxError: if the toolchain is missing, or a build fails. Compiled packages are kept for the next try.
    """
    if all(tool.folder.exists() for tool in tools) and not _folder().exists():
        return
    with only_one(cache() / "build.lock", "another build"):
        missing = [tool for tool in tools if not tool.folder.exists()]
        if missing:
            _build(missing)
        shutil.rmtree(_folder(), ignore_errors=True)


def _folder() -> Path:
    return cache() / "build"


def _build(tools: Sequence[Tool]) -> None:
    chain = toolchain.provide(_folder() / "toolchain", c=any(tool.tags for tool in tools))
    environment = _environment(chain)
    with ThreadPoolExecutor(_AT_ONCE) as builders:
        for building in [builders.submit(_program, tool, chain, environment) for tool in tools]:
            building.result()


def _environment(chain: Toolchain) -> dict[str, str]:
    users = _run([str(chain.go), "env", "GOMODCACHE", "GOPROXY"], Path("/"), os.environ).splitlines()
    modules, proxy = users
    return {
        **os.environ,
        **chain.environment,
        "GOMODCACHE": str(_folder() / "modules"),
        "GOCACHE": str(_folder() / "compiled"),
        "GOPROXY": f"{(Path(modules) / 'cache' / 'download').as_uri()},{proxy}",
        # Without -modcacherw, the modules are read-only and cannot be deleted.
        "GOFLAGS": "-mod=readonly -buildvcs=false -trimpath -modcacherw",
        # The compiler ends before garbage collection would pay off.
        "GOGC": "400",
        # SQLite needs no optimization here. Without optimization, zig adds checks that need a library.
        "CGO_CFLAGS": "-O0 -fno-sanitize=undefined",
    }


def _program(tool: Tool, chain: Toolchain, environment: Mapping[str, str]) -> None:
    started = time.monotonic()
    partial = tool.folder.with_name(f"{tool.folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    variables = {**environment, "CGO_ENABLED": "1" if tool.tags else "0"}
    # Without inlining and debug information the compiler needs a quarter less time.
    flags = ["-gcflags=all=-l -dwarf=false", f"-tags={tool.tags}", f"-ldflags={tool.ldflags}"]
    if tool.code:
        flags.append(f"-modfile={tool.go_mod}")
    for name, package in tool.binaries.items():
        _run([str(chain.go), "build", *flags, "-o", str(partial / name), package], tool.source, variables)
    if tool.assets:
        listed = _run([str(chain.go), "list", "-m", "-f", "{{.Dir}}", tool.assets], tool.source, variables)
        for part in ("templates", "options", "public"):
            shutil.copytree(Path(listed.strip()) / part, partial / "assets" / part)
    partial.rename(tool.folder)
    console.print(f"      built {tool.module} ({clock(started)})", markup=False)


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SandboxError(f"{' '.join(command[:2])} failed in {folder}:\n{result.stderr[-3000:]}")
    return result.stdout
