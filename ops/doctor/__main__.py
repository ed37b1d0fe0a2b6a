"""Follow a deployed stack from its kubeconfig to the images file, and say what is broken and what to do.

It ends with 0 where all is well, 1 where something is broken, and 2 where nothing is but not all could be looked at.
"""

import argparse
import sys

from ops.doctor import chain, report
from ops.doctor.subject import NoSubjectError, read


def main() -> int:
    """Look, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.doctor", description=__doc__)
    parser.add_argument("--stack", required=True, help="the stack")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()
    try:
        subject = read(given.stack)
    except NoSubjectError as error:
        print(f"error: {error}", file=sys.stderr)
        return report.UNSEEN
    found = report.scrubbed(list(chain.walk(subject)), subject.scrubber)
    if given.json:
        print(report.as_json(given.stack, found))
    else:
        report.show(given.stack, found)
    return report.code(found)


if __name__ == "__main__":
    sys.exit(main())
