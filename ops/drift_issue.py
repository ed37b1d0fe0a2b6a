"""`python -m ops.drift_issue --stack dev`: compares a stack with what is there, and keeps one issue about it.

The issue is opened or edited where something differs, and closed where nothing does. In a workflow everything else
comes from its environment, as for `ops.preview_comment`. It ends with 0 where nothing differs, 1 where something does
or the preview failed, and 2 where the issue could not be written.
"""

import argparse
import sys

from ops import engine, issues, markdown
from ops.forge import Forge, ForgeError, Repository

_DIFFERS, _NOT_WRITTEN = 1, 2


def main() -> int:
    """Compare, keep the issue, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.drift_issue", description=__doc__)
    parser.add_argument("--stack", required=True, help="the stack")
    stack = parser.parse_args().stack
    plan, _ = engine.preview(stack, "--refresh", "--expect-no-changes")
    marker = markdown.marker("drift", stack)
    content = markdown.body(plan, marker)
    print(f"{stack}: {markdown.summary(plan)}")
    try:
        forge = Forge(Repository.of_the_workflow())
        if not plan.steps and not plan.errors:
            if closed := issues.close(forge, marker):
                print(f"closed {closed}")
            return 0
        print(issues.write(forge, marker, f"Stack {stack} differs from what is there", content))
    except ForgeError as error:
        print(f"error: {error}", file=sys.stderr)
        return _NOT_WRITTEN
    return _DIFFERS


if __name__ == "__main__":
    sys.exit(main())
