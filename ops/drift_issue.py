"""`python -m ops.drift_issue --stack dev`: compare a stack with its real resources, and report drift in one issue.

The command opens or edits the issue if a resource differs, and closes it if none differs. In a workflow the settings
come from its environment, as for `ops.preview_comment`. The exit code is 0 without a difference, 1 with a difference or
if the preview failed, and 2 if the issue could not be written.
"""

import argparse
import sys
from typing import Any

from clients.connection import ServiceError
from clients.forge import Forge
from ops import engine, markdown

_DIFFERS, _NOT_WRITTEN = 1, 2
_OPEN = "issues?state=open&per_page=100"


def main() -> int:
    """Compare, write or close the issue, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.drift_issue", description=__doc__)
    parser.add_argument("--stack", required=True, help="name of the stack")
    stack = parser.parse_args().stack
    try:
        previewed = engine.preview(stack, "--refresh")
        plan = previewed.plan
        marker = markdown.marker("drift", stack)
        content = markdown.body(plan, marker)
        print(f"{stack}: {markdown.summary(plan)}")
        forge = Forge.of_the_workflow(previewed.recorded.ca_bundle)
        if not plan.steps and not plan.errors:
            if closed := close(forge, marker):
                print(f"closed {closed}")
            return 0
        print(write(forge, marker, f"Stack {stack} differs from its resources", content))
    except ServiceError as error:
        print(f"error: {error}", file=sys.stderr)
        return _NOT_WRITTEN
    return _DIFFERS


def write(forge: Forge, marker: str, title: str, body: str) -> str:
    """Write this program's open issue: edit it if it exists, else open one; return its URL.

    The issue is identified by `marker`, a hidden line of `body`.
    """
    return forge.keep(_OPEN, marker, {"title": title, "body": body}, "issues", _path)


def close(forge: Forge, marker: str) -> str | None:
    """Close this program's open issue; return its URL, or None if no issue is open."""
    own = forge.own(_OPEN, marker)
    return None if own is None else str(forge.ask("PATCH", _path(own), {"state": "closed"})["html_url"])


def _path(issue: dict[str, Any]) -> str:
    return f"issues/{issue['number']}"


if __name__ == "__main__":
    sys.exit(main())
