"""The findings as a table, for users, and as JSON, for machines."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clients.secrecy import Scrubber
from ops.doctor.finding import Finding, Verdict

HEALTHY, FAILED, UNKNOWN = 0, 1, 2
_SIGNS: dict[Verdict, tuple[str, str]] = {"ok": ("✓", "green"), "failed": ("✗", "red"), "unknown": ("?", "yellow")}
_VERDICTS: tuple[Verdict, ...] = ("ok", "failed", "unknown")
# Width if the output is not a terminal, as in a log.
_WIDTH = 160

Found = Sequence[tuple[str, Finding]]


def scrubbed(found: Found, scrub: Scrubber) -> Found:
    """Return the findings without secrets."""
    return [(check, Finding(f.verdict, scrub(f.found), scrub(f.expected), scrub(f.advice))) for check, f in found]


def code(found: Found) -> int:
    """Return the exit code: 0 if all checks pass, 1 if one fails, 2 if none fails but some could not run."""
    verdicts = {finding.verdict for _, finding in found}
    return FAILED if "failed" in verdicts else UNKNOWN if "unknown" in verdicts else HEALTHY


def summary(stack: str, found: Found) -> str:
    """Return the result in one line."""
    failed = [check for check, finding in found if finding.verdict == "failed"]
    unknown = sum(finding.verdict == "unknown" for _, finding in found)
    rest = f"; {unknown} of {len(found)} could not run" if unknown else ""
    if failed:
        return f"{stack}: {len(failed)} of {len(found)} checks failed, the first: {failed[0]}{rest}"
    return f"{stack}: {'no check failed' if unknown else f'healthy, checks passed: {len(found)}'}{rest}"


def as_json(stack: str, found: Found) -> str:
    """Return the result as JSON: `{stack, summary, healthy, checks: [{check, verdict, found, expected, advice}]}`."""
    checks = [{"check": check, **asdict(finding)} for check, finding in found]
    content = {"stack": stack, "summary": summary(stack, found), "healthy": code(found) == HEALTHY, "checks": checks}
    return json.dumps(content, indent=2)


def show(stack: str, found: Found) -> None:
    """Print the table and the summary."""
    console = Console(width=None if os.isatty(1) or "COLUMNS" in os.environ else _WIDTH)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    table.add_column("Check", overflow="fold", ratio=2)
    table.add_column("Found", overflow="fold", ratio=3)
    table.add_column("Expected", overflow="fold", ratio=2)
    table.add_column("What to do", overflow="fold", ratio=4)
    for check, finding in found:
        sign, style = _SIGNS[finding.verdict]
        # Text, because a value may look like rich's markup.
        table.add_row(Text(sign, style), *map(Text, (check, finding.found, finding.expected, finding.advice)))
    console.print(table)
    console.print(Text(summary(stack, found), _SIGNS[_VERDICTS[code(found)]][1]))
