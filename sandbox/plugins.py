"""Pulumi's plugins: the programs on PATH, or scripts that start the stand-ins."""

import shlex
import sys
from pathlib import Path

from sandbox.layout import PROJECT, Layout, which, write_private
from sandbox.standins.plugins import launch as launcher

AZURE = "pulumi-resource-azure-native"
_STANDINS = {
    "pulumi-language-python": "language",
    "pulumi-resource-kubernetes": "kubernetes",
    AZURE: "azure",
    "pulumi-resource-pulumi-python": "dynamic",
}


def provide(layout: Layout, forks: Path | None = None) -> dict[str, Path]:
    """Write a script for each plugin that is not on PATH; return the path of every plugin.

    Args:
        layout: the sandbox, whose `bin` contains the scripts.
        forks: socket of the server that forks stand-ins; None starts a new Python for each.
    """
    provided = {}
    for plugin, standin in _STANDINS.items():
        script = layout.folder("bin") / plugin
        if real := which(plugin, layout):
            script.unlink(missing_ok=True)
            provided[plugin] = real
            continue
        launch = [sys.executable, "-IS", launcher.__file__, forks or "", sys.executable, PROJECT, standin]
        write_private(script, f'#!/bin/sh\nexec {shlex.join(map(str, launch))} "$@"\n')
        script.chmod(0o700)
        provided[plugin] = script
    return provided


def standins(layout: Layout) -> list[str]:
    """Return the names of the plugins that have a stand-in."""
    return sorted(path.name for path in layout.folder("bin").glob("pulumi-*"))
