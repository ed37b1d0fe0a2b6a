"""`python -m ops.preview_comment --stack dev`: previews a stack, and writes the result as one comment.

In a workflow of GitHub or Gitea everything else comes from its environment: GITHUB_API_URL, GITHUB_REPOSITORY,
GITHUB_REF and GITHUB_TOKEN. It ends as `pulumi preview` does, or with 2 where the comment could not be written.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ops import comment, plan
from ops.forge import Comments, ForgeError, PullRequest
from ops.secrecy import Scrubber

_NOT_WRITTEN = 2
_OF_A_PULL_REQUEST = re.compile(r"refs/pull/(\d+)/")


def main(arguments: Sequence[str] | None = None) -> int:
    """Preview, comment, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.preview_comment", description=__doc__)
    parser.add_argument("--stack", required=True, help="the stack")
    parser.add_argument("--pull-request", type=int, help="its number, where GITHUB_REF does not tell")
    parser.add_argument("--print", action="store_true", help="print the comment instead of writing it")
    given = parser.parse_args(arguments)
    previewed = _pulumi("preview", "--json", "--stack", given.stack)
    scrub = Scrubber(_secrets(given.stack))
    read = plan.read(given.stack, previewed.stdout, previewed.stderr)
    content = scrub(comment.body(read))
    print(f"{given.stack}: {comment.summary(read)}")
    if given.print:
        print(content)
        return previewed.returncode
    try:
        pull_request = _pull_request(os.environ, given.pull_request)
        print(Comments(pull_request).write(comment.marker(given.stack), content))
    except ForgeError as error:
        print(f"error: {error}", file=sys.stderr)
        return _NOT_WRITTEN
    return previewed.returncode


def _pull_request(environment: Mapping[str, str], number: int | None) -> PullRequest:
    """Return the pull request that a workflow runs for.

    Raises:
        ForgeError: naming what is not told.
    """
    found = _OF_A_PULL_REQUEST.match(environment.get("GITHUB_REF", ""))
    number = number or (int(found[1]) if found else None)
    names = ("GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN")
    if missing := [name for name in names if not environment.get(name)]:
        raise ForgeError(f"{', '.join(missing)} not set; run it in a workflow, or set them")
    if number is None:
        raise ForgeError("GITHUB_REF is that of no pull request; give its number with --pull-request")
    api, repository, token = (environment[name] for name in names)
    return PullRequest(api.rstrip("/"), repository, number, token)


def _secrets(stack: str) -> list[Any]:
    """Return every secret of the stack, those of its file and those among its outputs."""
    config = _json("config", "--show-secrets", "--json", "--stack", stack)
    masked = _json("stack", "output", "--json", "--stack", stack)
    outputs = _json("stack", "output", "--json", "--show-secrets", "--stack", stack)
    found = [entry.get("value") for entry in config.values() if entry.get("secret")]
    return [*found, *(value for name, value in outputs.items() if value != masked.get(name))]


def _json(*arguments: str) -> dict[str, Any]:
    try:
        return dict(json.loads(_pulumi(*arguments).stdout))
    except ValueError:
        return {}


def _pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["pulumi", *arguments, "--non-interactive"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main())
