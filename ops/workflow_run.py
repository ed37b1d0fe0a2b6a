"""The files through which a step of a workflow run of GitHub or Gitea returns something."""

import os
from pathlib import Path
from typing import Literal


def append(variable: Literal["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"], text: str) -> None:
    """Append a text to the file that a variable of the workflow run names; outside a workflow do nothing."""
    if path := os.environ.get(variable):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
