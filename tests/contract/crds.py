"""The CRDs of Kargo's next line, as a difference from the CRDs in sandbox/crds.

`python -m tests.contract.crds SOURCE FOLDER` writes the difference. SOURCE is a text for the reader, and FOLDER has the
line's CRDs as YAML.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from sandbox import crds
from sandbox.crds.__main__ import compact

FILE = Path(__file__).parents[1] / "fixtures" / "kargo-next.jsonl"


def next_line() -> list[dict[str, Any]]:
    """Return the CRDs of sandbox/crds, with those of Kargo's next line."""
    known = {str(crd["metadata"]["name"]): crd for crd in crds.read()[0]}
    _, *lines = FILE.read_text().splitlines()
    for line in map(json.loads, lines):
        name = line["metadata"]["name"]
        known[name] = merged(known[name], line) if name in known else line
    return list(known.values())


def merged(old: Any, change: Any) -> Any:
    """Return `old` with a change: a mapping changes its keys, a list of the same length its items, null removes."""
    if isinstance(old, dict) and isinstance(change, dict):
        both = {key: merged(old.get(key), value) for key, value in change.items()}
        return {key: value for key, value in {**old, **both}.items() if value is not None}
    if isinstance(old, list) and isinstance(change, list) and len(old) == len(change):
        return [merged(one, other) for one, other in zip(old, change, strict=True)]
    return change


def difference(old: Any, new: Any) -> Any:
    """Return the smallest change that makes `new` of `old`."""
    if isinstance(old, dict) and isinstance(new, dict):
        changed = {key: difference(old.get(key), value) for key, value in new.items() if old.get(key) != value}
        return {**changed, **dict.fromkeys(key for key in old if key not in new)}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [difference(one, other) for one, other in zip(old, new, strict=True)]
    return new


def main() -> None:
    """Write one line with the source, and one for each CRD that differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.contract.crds", description=__doc__)
    parser.add_argument("source")
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    known = {str(crd["metadata"]["name"]): crd for crd in crds.read()[0]}
    lines: list[dict[str, Any]] = [{"source": given.source, "license": "Apache-2.0"}]
    for crd in sorted(map(compact, crds.documents(given.folder)), key=lambda one: str(one["metadata"]["name"])):
        name = str(crd["metadata"]["name"])
        if name not in known:
            lines.append(crd)
        elif known[name] != crd:
            lines.append({"metadata": {"name": name}, **difference(known[name], crd)})
    FILE.write_text("".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines))


if __name__ == "__main__":
    main()
