"""What was found, for people as a table, for machines as JSON."""

import json
import os
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clients.secrecy import Scrubber
from ops.doctor.finding import Finding, Verdict

HEALTHY, BROKEN, UNSEEN = 0, 1, 2
_SIGNS: dict[Verdict, tuple[str, str]] = {"ok": ("✓", "green"), "broken": ("✗", "red"), "unseen": ("?", "yellow")}
# Where nobody says how wide the terminal is, as in a log.
_WIDTH = 160

Found = Sequence[tuple[str, Finding]]


def scrubbed(found: Found, scrub: Scrubber) -> Found:
    """Return what was found without any secret."""
    return [(link, Finding(f.verdict, scrub(f.found), scrub(f.expected), scrub(f.advice))) for link, f in found]


def code(found: Found) -> int:
    """Return the exit code: 0 healthy, 1 something is broken, 2 nothing is, but not all could be looked at."""
    verdicts = {finding.verdict for _, finding in found}
    return BROKEN if "broken" in verdicts else UNSEEN if "unseen" in verdicts else HEALTHY


def summary(stack: str, found: Found) -> str:
    """Return it in one line."""
    broken = [link for link, finding in found if finding.verdict == "broken"]
    hidden = sum(finding.verdict == "unseen" for _, finding in found)
    rest = f"; {hidden} of {len(found)} could not be looked at" if hidden else ""
    if broken:
        return f"{stack}: {len(broken)} of {len(found)} links are broken, the first: {broken[0]}{rest}"
    return f"{stack}: {'nothing is broken' if hidden else f'healthy, {len(found)} links'}{rest}"


def as_json(stack: str, found: Found) -> str:
    """Return it as JSON: `{stack, summary, healthy, links: [{link, verdict, found, expected, advice}]}`."""
    links = [
        {"link": link, "verdict": f.verdict, "found": f.found, "expected": f.expected, "advice": f.advice}
        for link, f in found
    ]
    content = {"stack": stack, "summary": summary(stack, found), "healthy": code(found) == HEALTHY, "links": links}
    return json.dumps(content, indent=2)


def show(stack: str, found: Found) -> None:
    """Print the table, and the summary below it."""
    console = Console(width=None if os.isatty(1) or "COLUMNS" in os.environ else _WIDTH)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    table.add_column("Link", overflow="fold", ratio=2)
    table.add_column("Found", overflow="fold", ratio=3)
    table.add_column("Expected", overflow="fold", ratio=2)
    table.add_column("What to do", overflow="fold", ratio=4)
    for link, finding in found:
        sign, style = _SIGNS[finding.verdict]
        # A Text, since a value may look like rich's own markup.
        table.add_row(Text(sign, style), *map(Text, (link, finding.found, finding.expected, finding.advice)))
    console.print(table)
    console.print(Text(summary(stack, found), _SIGNS[("ok", "broken", "unseen")[code(found)]][1]))
