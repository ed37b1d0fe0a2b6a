"""The Pulumi project, whose name prefixes the keys in a stack's file."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
NAME: str = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["name"]
