"""`python -m ops.preview_comment --stack dev`: previews a stack, and writes the result as one comment.

In a workflow of GitHub or Gitea everything else comes from its environment: GITHUB_API_URL, GITHUB_REPOSITORY,
GITHUB_REF and GITHUB_TOKEN. It ends as `pulumi preview` does, or with 2 where the comment could not be written.
"""

import argparse
import os
import re
import sys

from ops import comments, engine, markdown
from ops.forge import Forge, ForgeError, Repository

_NOT_WRITTEN = 2
_OF_A_PULL_REQUEST = re.compile(r"refs/pull/(\d+)/")


def main() -> int:
    """Preview, comment, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.preview_comment", description=__doc__)
    parser.add_argument("--stack", required=True, help="the stack")
    parser.add_argument("--pull-request", type=int, help="its number, where GITHUB_REF does not tell")
    parser.add_argument("--print", action="store_true", help="print the comment instead of writing it")
    given = parser.parse_args()
    plan, code = engine.preview(given.stack)
    marker = markdown.marker("preview", given.stack)
    content = markdown.body(plan, marker)
    print(f"{given.stack}: {markdown.summary(plan)}")
    if given.print:
        print(content)
        return code
    try:
        number = given.pull_request or _number(os.environ.get("GITHUB_REF", ""))
        print(comments.write(Forge(Repository.of_the_workflow()), number, marker, content))
    except ForgeError as error:
        print(f"error: {error}", file=sys.stderr)
        return _NOT_WRITTEN
    return code


def _number(reference: str) -> int:
    """Return the number of the pull request that a workflow's reference is of.

    Raises:
        ForgeError: if it is of none.
    """
    found = _OF_A_PULL_REQUEST.match(reference)
    if not found:
        raise ForgeError("GITHUB_REF is that of no pull request; give its number with --pull-request")
    return int(found[1])


if __name__ == "__main__":
    sys.exit(main())
