"""The CRDs of Kargo and External Secrets: those of the releases beside this module, or of another folder.

`python -m sandbox.crds` writes them from a release. Each file's first line says which; this is the one place that does.
"""

import json
import os
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent


def read() -> tuple[list[dict[str, Any]], str]:
    """Return the CRDs, and in a sentence whose they are.

    SANDBOX_CRDS may name a folder with others, as YAML.
    """
    if folder := os.environ.get("SANDBOX_CRDS"):
        return documents(Path(folder)), f"CRDs from {folder}"
    lines = [path.read_text().splitlines() for path in sorted(FOLDER.glob("*.jsonl"))]
    sources = [json.loads(first)["source"] for first, *_ in lines]
    return [json.loads(line) for _, *rest in lines for line in rest], f"CRDs of {' and '.join(sources)}"


def documents(folder: Path) -> list[dict[str, Any]]:
    """Return the CRDs in a folder's YAML files."""
    texts = [path.read_text() for path in sorted(folder.rglob("*.y*ml"))]
    # The C loader reads External Secrets' two megabytes in a tenth of the time.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = [document for text in texts for document in yaml.load_all(text, loader) if document]
    return [document for document in found if document.get("kind") == "CustomResourceDefinition"]
