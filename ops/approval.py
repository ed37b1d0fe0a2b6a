"""`python -m ops.approval --stack prod`: preview a stack for an approval, and deploy only the approved plan.

The command adds the plan and its digest to the summary of the workflow run (GITHUB_STEP_SUMMARY) and to the log, and
the digest to the outputs of the step (GITHUB_OUTPUT). With `--approved DIGEST` it compares the plan with the approved
one. The exit code is 0, the code of a failed `pulumi preview`, 2 if Pulumi cannot run, or 10 if the plan is not the
approved one.
"""

import argparse
import sys

from clients.connection import ServiceError
from ops import engine, markdown, preview
from ops.plan_digest import digest
from ops.workflow_run import append

_NOT_RUN = 2
# Pulumi's own codes are 0 to 9 and 255 (3.259).
_NOT_APPROVED = 10


def main() -> int:
    """Preview, write, compare, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.approval", description=__doc__)
    parser.add_argument("--stack", required=True, help="name of the stack")
    parser.add_argument("--approved", metavar="DIGEST", help="digest of the approved plan, which the plan must have")
    given = parser.parse_args()
    approved = None if given.approved is None else given.approved.strip()
    if approved == "":
        parser.error("--approved: empty; read a plan first, and pass its digest")
    try:
        previewed = engine.preview(given.stack)
        content = preview.text(previewed, markdown.marker("plan", given.stack))
    except ServiceError as error:
        print(f"error: {error}", file=sys.stderr)
        return _NOT_RUN
    plan = previewed.plan
    found = digest(plan)
    if not plan.errors:
        content += f"\n\nDigest of this plan: {markdown.code(found)}"
    append("GITHUB_STEP_SUMMARY", content)
    print(content)
    if plan.errors:
        return previewed.code or 1
    if approved is None:
        append("GITHUB_OUTPUT", f"digest={found}")
    elif approved != found:
        print(
            f"error: the plan of stack '{plan.stack}' is not the approved one (now: {markdown.summary(plan)}); its "
            "state, the program or a version changed after the approved preview. Nothing was deployed. Read the plan "
            "above, and approve it in a new run; in GitHub, re-run all jobs",
            file=sys.stderr,
        )
        return _NOT_APPROVED
    return 0


if __name__ == "__main__":
    sys.exit(main())
