"""Random mistakes in a stack's file: it loads, or it gets error lines that help and show no value."""

import asyncio
import os
import re
import time
from collections import Counter
from random import Random

from pulumi.runtime.settings import Settings, configure

import config.load
from config import reachability
from config.errors import ConfigError
from tests.program import PROJECT, set_config
from tests.unit.mutations import stack_files

# Fewer for a quick look: CONFIGURATIONS=500.
COUNT = int(os.environ.get("CONFIGURATIONS", "10000"))
SLOWEST_SECONDS = 1.0
_LINE = re.compile(r"  [^ ].*: .+; .+")


def test_every_stack_file_loads_or_gets_lines_that_help(kubeconfig, monkeypatch):
    # There is no cluster.
    monkeypatch.setattr(reachability, "require_reachable", lambda cluster: None)
    kubeconfig.write_text("users: [{token: hunter2}]\ncontexts: [{name: kind-localdev}, {name: backstage-prod}]")
    asyncio.run(_load_all())


async def _load_all() -> None:
    configure(Settings(project=PROJECT, stack="dev", dry_run=False))
    made = stack_files(Random("stack files 1"))
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for number in range(COUNT):
        values, secrets = next(made)
        set_config(values, secrets)
        start = time.process_time()
        try:
            config.load.load()
            outcomes["loaded"] += 1
        except ConfigError as error:
            outcomes["refused"] += 1
            _check(str(error), f"{number}: {values!r}")
        slowest = max(slowest, time.process_time() - start)
        assert slowest < SLOWEST_SECONDS, f"{number}: {values!r}"
    print(f"\n{COUNT} stack files: {dict(outcomes)}, the slowest took {slowest * 1000:.0f} ms")
    assert min(outcomes["loaded"], outcomes["refused"]) > COUNT / 20


def _check(text: str, which: str) -> None:
    first, *lines = text.split("\n")
    assert first == "the configuration of stack 'dev' cannot be used; nothing was changed", which
    assert lines, which
    assert "hunter2" not in text.lower(), which
    assert len(set(lines)) == len(lines), (lines, which)
    for line in lines:
        assert _LINE.fullmatch(line), (line, which)
        assert line.isprintable(), (line, which)
        assert "Input should" not in line, (line, which)
        assert "cannot be read" not in line, (line, which)
