"""Pulumi's plugins: the real ones where PATH has them, else scripts that start the stand-ins."""

import shlex
import sys
from pathlib import Path

from sandbox.layout import PROJECT, Layout, which, write_private

AZURE = "pulumi-resource-azure-native"
_STANDINS = {
    "pulumi-language-python": "language",
    "pulumi-resource-kubernetes": "kubernetes",
    AZURE: "azure",
    "pulumi-resource-pulumi-python": "dynamic",
}


def provide(layout: Layout) -> dict[str, Path]:
    """Make a script in the sandbox's `bin` for each plugin that PATH has not; return where every one of them lies."""
    provided = {}
    for plugin, standin in _STANDINS.items():
        script = layout.folder("bin") / plugin
        if real := which(plugin, layout):
            script.unlink(missing_ok=True)
            provided[plugin] = real
            continue
        python = f"{shlex.quote(sys.executable)} -u -m sandbox.standins.plugins"
        command = f"cd {shlex.quote(str(PROJECT))} && exec {python} {standin}"
        write_private(script, f'#!/bin/sh\n{command} "$@"\n')
        script.chmod(0o700)
        provided[plugin] = script
    return provided


def standins(layout: Layout) -> list[str]:
    """Return the names of the plugins that stand in."""
    return sorted(path.name for path in layout.folder("bin").glob("pulumi-*"))
