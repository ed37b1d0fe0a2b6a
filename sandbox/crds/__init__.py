"""The CRDs of Kargo and External Secrets: the files in this folder, or another folder.

`python -m sandbox.crds` writes the files from a release. Only the first line of each file contains the release.
"""

import json
import os
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent


def read() -> tuple[list[dict[str, Any]], str]:
    """Return the CRDs, and a phrase with their source.

    SANDBOX_CRDS may contain the path of a folder with other CRDs as YAML.
    """
    if folder := os.environ.get("SANDBOX_CRDS"):
        return documents(Path(folder)), f"CRDs from {folder}"
    lines = [path.read_text().splitlines() for path in sorted(FOLDER.glob("*.jsonl"))]
    sources = [json.loads(first)["source"] for first, *_ in lines]
    return [json.loads(line) for _, *rest in lines for line in rest], f"CRDs of {' and '.join(sources)}"


def documents(folder: Path) -> list[dict[str, Any]]:
    """Return the CRDs in a folder's YAML files."""
    texts = [path.read_text() for path in sorted(folder.rglob("*.y*ml"))]
    # The C loader needs a tenth of the time for External Secrets' two megabytes.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = [document for text in texts for document in yaml.load_all(text, loader) if document]
    return [document for document in found if document.get("kind") == "CustomResourceDefinition"]
