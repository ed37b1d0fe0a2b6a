"""A shorter output of `pulumi`: one line for each changed resource, and the diagnostics."""

import itertools
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from sandbox.progress import console

# Pulumi's lines of progress: dots, and resources whose change has only begun.
_BEGUN = re.compile(
    r"@ |\s*$|Updating \(|Duration:|.* (creating|updating|deleting|replacing|refreshing)( \w+)? \(\d+s\)"
)
# Ends the preview.
_BEGINNING = re.compile(r"(Updating|Destroying) \(")
_GROUP = re.compile(r" ..\s+(pulumi:pulumi:|pulumi:providers:|kargo-backstage:index:)")
# The sandbox's Gitea has the setting that this line requires.
_SETTLED = re.compile(r".*\bALLOWED_HOST_LIST = ")
_HEADING = re.compile(r"Diagnostics:|  \S+ \(.*\):$")
_END_OF_DIAGNOSTICS = re.compile(r"\w+:$")


def told(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines with new information and their headings. Of a preview, yield lines only if it fails."""
    preview: list[str] = []
    left = iter(lines)
    for line in left:
        if _BEGINNING.match(line):
            preview = []
            break
        preview.append(line)
    yield from _told(itertools.chain(preview, left))


def _told(lines: Iterable[str]) -> Iterator[str]:
    headings: list[str] = []
    for line in lines:
        if _BEGUN.match(line) or _GROUP.match(line) or _SETTLED.match(line):
            continue
        if _HEADING.match(line):
            headings = [*headings[:1], line] if line.startswith(" ") else [line]
            continue
        if not _END_OF_DIAGNOSTICS.match(line):
            yield from headings
        headings.clear()
        yield line


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> int:
    """Run a command, print its shorter output at once, and return its exit code."""
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
