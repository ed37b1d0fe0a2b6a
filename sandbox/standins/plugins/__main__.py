"""`python -m sandbox.standins.plugins NAME`: run a stand-in plugin.

A provider needs only the protobuf modules of Pulumi's SDK. The import of the whole SDK would take longer than the rest
of its work, and the engine starts the plugins one after the other and waits for each.
"""

import importlib.util
import runpy
import sys
import types
from pathlib import Path

from sandbox.standins.plugins import MODULES

_WITHOUT_THE_SDK = ("kubernetes", "azure")


def _leave_out_the_sdk() -> None:
    """Make `pulumi.runtime.proto` importable without the imports of its parent packages."""
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
