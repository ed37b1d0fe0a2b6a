"""`python -m sandbox.standins.plugins NAME`: runs a stand-in plugin.

A provider needs Pulumi's protobuf modules and nothing of the SDK around them, whose import takes longer than all else
that it does; the engine starts one plugin after the other, and waits for each.
"""

import importlib.util
import runpy
import sys
import types
from pathlib import Path

from sandbox.standins.plugins import MODULES

_WITHOUT_THE_SDK = ("kubernetes", "azure")


def _leave_out_the_sdk() -> None:
    """Let `pulumi.runtime.proto` be imported without what the packages above it import."""
    found = importlib.util.find_spec("pulumi")
    assert found
    assert found.origin
    root = Path(found.origin).parent
    for package, folder in {"pulumi": root, "pulumi.runtime": root / "runtime"}.items():
        module = types.ModuleType(package)
        module.__path__ = [str(folder)]
        sys.modules[package] = module


if __name__ == "__main__":
    name = sys.argv.pop(1)
    if name in _WITHOUT_THE_SDK:
        _leave_out_the_sdk()
    runpy.run_module(MODULES[name], run_name="__main__", alter_sys=True)
