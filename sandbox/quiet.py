"""What `pulumi up` prints where nobody watches it redraw: a line for each resource that is done, and the rest."""

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from sandbox.progress import console

# Pulumi's lines of progress: dots, what has only begun, and what groups resources.
_BEGUN = re.compile(
    r"@ |\s*$|Updating \(|Duration:|.* (creating|updating|deleting|replacing|refreshing)( \w+)? \(\d+s\)"
)
_GROUP = re.compile(r" ..\s+(pulumi:pulumi:|pulumi:providers:|kargo-backstage:index:)")


def told(lines: Iterable[str]) -> Iterator[str]:
    """Return the lines that say something new."""
    return (line for line in lines if not _BEGUN.match(line) and not _GROUP.match(line))


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> int:
    """Run a command, show what is left of its lines as they come, and return its exit code."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout
        for line in told(process.stdout):
            console.print(line.rstrip(), markup=False)
    return process.returncode
