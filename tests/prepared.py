"""New stacks of a test run. Pulumi creates the first one with a password; the others are its copies.

`pulumi stack init` and `config set --secret` each derive a key from the passphrase a million times (3.259).
"""

import shutil
from pathlib import Path

from sandbox.stack import Stack

_FOLDERS = ("secrets", "project", "pulumi-state")
# Untouched copies by the password in the stack's file.
_made: dict[str, Path] = {}


def prepare(stack: Stack) -> None:
    """Prepare a stack whose folder is empty."""
    layout, password = stack.layout, stack.platform.gitea_password
    if password in _made:
        for name in _FOLDERS:
            shutil.copytree(_made[password] / name, layout.folder(name), dirs_exist_ok=True)
    stack.prepare()
    if password not in _made:
        for name in _FOLDERS:
            shutil.copytree(layout.folder(name), layout.folder("untouched") / name)
        _made[password] = layout.folder("untouched")
