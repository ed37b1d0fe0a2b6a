"""The real programs of the platform: from PATH, or built from their Go modules into the user's cache."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.layout import Layout, which
from sandbox.progress import Steps
from sandbox.real.build import build
from sandbox.real.tool import Tool, tools


@dataclass(frozen=True)
class Programs:
    """The platform's programs.

    Args:
        paths: path by the name of the program.
        gitea_assets: templates and options of Gitea; None if the program contains them.
    """

    paths: Mapping[str, Path]
    gitea_assets: Path | None = None

    def __getitem__(self, name: str) -> Path:
        return self.paths[name]


def provide(layout: Layout, steps: Steps, wanted: Sequence[Tool] = ()) -> Programs:
    """Return every program. Build the programs that are neither on PATH nor in the cache.

    Args:
        layout: the sandbox, whose own programs on PATH are ignored.
        steps: the step counter. This is one step.
        wanted: the programs; by default the platform's.

    Raises:
        SandboxError: if a build fails, or SANDBOX_GITEA is not one of the lines.
    """
    wanted = wanted or tools()
    found = {tool.module: _on_path(tool, layout) for tool in wanted}
    built = [tool for tool in wanted if not found[tool.module]]
    missing = [tool for tool in built if not tool.folder.exists()]
    what = []
    if on_path := [module for module, programs in found.items() if programs]:
        what.append(f"on PATH: {', '.join(on_path)}")
    if missing:
        minutes = max(1, round(sum(tool.minutes for tool in missing)))
        what.append(f"building {', '.join(tool.module for tool in missing)}: about {minutes} min on two cores")
    with steps.step("; ".join(["programs", *what])):
        build(built)
    paths = {name: path for programs in found.values() for name, path in programs.items()}
    paths |= {name: tool.folder / name for tool in built for name in tool.binaries}
    assets = next((tool.folder / "assets" for tool in built if tool.assets), None)
    return Programs(paths, assets)


def own_program(name: str) -> Path:
    """Return the path of one of this project's own programs. Build it if it is missing.

    Raises:
        SandboxError: if the build fails.
    """
    tool = next(tool for tool in tools() if tool.own and name in tool.binaries)
    build([tool])
    return tool.folder / name


def _on_path(tool: Tool, layout: Layout) -> dict[str, Path]:
    """Return the programs of a tool if all of them are on PATH, else nothing."""
    found = {name: which(name, layout) for name in tool.binaries} if not (tool.own or tool.chosen) else {}
    return {name: path for name, path in found.items() if path} if all(found.values()) else {}
