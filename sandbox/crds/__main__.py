"""Write the CRDs of a release, without descriptions, to the folder of this module.

    python -m sandbox.crds "Kargo v1.11.2" Apache-2.0 FOLDER

FOLDER contains the release's CRDs as YAML: `charts/kargo/resources/crds` of Kargo, `deploy/crds` of External Secrets.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from sandbox.crds import FOLDER, documents

# Keywords of a schema without an effect on validation.
_PROSE = {"description", "example", "externalDocs", "title"}
_OF_PROPERTIES = ("properties", "patternProperties")


def schema(full: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI schema without its prose. A property may have the name `description`."""
    kept: dict[str, Any] = {}
    for key, value in full.items():
        if key in _OF_PROPERTIES:
            kept[key] = {name: schema(inner) for name, inner in value.items()}
        elif key == "x-kubernetes-validations":
            kept[key] = [{k: v for k, v in rule.items() if k not in ("message", "messageExpression")} for rule in value]
        elif key in _PROSE:
            continue
        elif isinstance(value, dict) and key not in ("default", "enum"):
            kept[key] = schema(value)
        elif isinstance(value, list) and value and isinstance(value[0], dict) and key in ("allOf", "anyOf", "oneOf"):
            kept[key] = [schema(inner) for inner in value]
        else:
            kept[key] = value
    return kept


def compact(definition: dict[str, Any]) -> dict[str, Any]:
    """Return the names and schemas of a CRD."""
    spec = definition["spec"]
    versions = [
        {
            **{key: value for key, value in version.items() if key not in ("additionalPrinterColumns", "schema")},
            "schema": {"openAPIV3Schema": schema(version["schema"]["openAPIV3Schema"])},
        }
        for version in spec["versions"]
    ]
    kept = {key: spec[key] for key in ("group", "names", "scope")}
    named = {"name": definition["metadata"]["name"]}
    return {
        "apiVersion": definition["apiVersion"],
        "kind": definition["kind"],
        "metadata": named,
        "spec": {**kept, "versions": versions},
    }


def main() -> None:
    """Write one file: a line with the source of the CRDs, and a line for each CRD."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.crds", description=__doc__)
    parser.add_argument("release", help="project and version")
    parser.add_argument("license", help="the project's license")
    parser.add_argument("folder", type=Path, help="the release's CRDs")
    given = parser.parse_args()
    definitions = sorted(map(compact, documents(given.folder)), key=lambda one: str(one["metadata"]["name"]))
    source = {"source": given.release, "license": given.license, "without": "descriptions, examples, messages"}
    path = FOLDER / f"{given.release.partition(' v')[0].lower().replace(' ', '-')}.jsonl"
    path.write_text("".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in (source, *definitions)))


if __name__ == "__main__":
    main()
