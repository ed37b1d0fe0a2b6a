"""Check a deployed stack from its kubeconfig to the images file, and print each problem with its fix.

The exit code is 0 if all checks pass, 1 if a check fails, and 2 if no check fails but some could not run.
"""

import argparse
import sys

from ops.doctor import chain, report
from ops.doctor.subject import NoSubjectError, read


def main() -> int:
    """Check, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.doctor", description=__doc__)
    parser.add_argument("--stack", required=True, help="name of the stack")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args()
    try:
        subject = read(given.stack)
    except NoSubjectError as error:
        print(f"error: {error}", file=sys.stderr)
        return report.UNKNOWN
    found = report.scrubbed(list(chain.walk(subject)), subject.scrubber)
    if given.json:
        print(report.as_json(given.stack, found))
    else:
        report.show(given.stack, found)
    return report.code(found)


if __name__ == "__main__":
    sys.exit(main())
