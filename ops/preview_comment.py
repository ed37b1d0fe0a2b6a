"""`python -m ops.preview_comment --stack dev`: preview a stack, and post the result as one comment.

In a workflow of GitHub or Gitea the settings come from its environment: GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_REF
and GITHUB_TOKEN. With `--summary` the result goes to the summary of the workflow run (GITHUB_STEP_SUMMARY) instead,
which needs no token: for a stack without a pull request, or a fork whose token may not comment. The exit code is the
code of `pulumi preview`, or 2 if the comment could not be written.
"""

import argparse
import os
import re
import sys

from clients.connection import ServiceError
from clients.forge import Forge, ForgeError
from ops import engine, markdown, preview
from ops.workflow_run import append

_NOT_WRITTEN = 2


def main() -> int:
    """Preview, comment, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.preview_comment", description=__doc__)
    parser.add_argument("--stack", required=True, help="name of the stack")
    parser.add_argument(
        "--pull-request", type=int, help="number of the pull request, if GITHUB_REF does not contain it"
    )
    parser.add_argument("--summary", action="store_true", help="write to the summary of the workflow run instead")
    parser.add_argument("--print", action="store_true", help="print the comment instead of posting it")
    given = parser.parse_args()
    try:
        previewed = engine.preview(given.stack)
        marker = markdown.marker("preview", given.stack)
        content = preview.text(previewed, marker)
        print(f"{given.stack}: {markdown.summary(previewed.plan)}")
        if given.summary:
            append("GITHUB_STEP_SUMMARY", content)
        if given.print:
            print(content)
        if given.summary or given.print:
            return previewed.code
        number = given.pull_request or _pull_request(os.environ.get("GITHUB_REF", ""))
        print(write(Forge.of_the_workflow(previewed.recorded.ca_bundle), number, marker, content))
    except ServiceError as error:
        print(f"error: {error}", file=sys.stderr)
        return _NOT_WRITTEN
    return previewed.code


def write(forge: Forge, number: int, marker: str, body: str) -> str:
    """Write this program's comment on a pull request: edit it if it exists, else add it; return its URL.

    The comment is identified by `marker`, a hidden line of `body`. `number` is the number of the pull request.
    """
    path = f"issues/{number}/comments"
    return forge.keep(f"{path}?per_page=100", marker, {"body": body}, path, lambda own: f"issues/comments/{own['id']}")


def _pull_request(reference: str) -> int:
    found = re.match(r"refs/pull/(\d+)/", reference)
    if not found:
        raise ForgeError("GITHUB_REF: not the reference of a pull request; add --pull-request NUMBER")
    return int(found[1])


if __name__ == "__main__":
    sys.exit(main())
