"""`python -m ops.graph --stack dev`: print the pipelines of a stack's file as a Mermaid flowchart.

The command reads the file alone: it needs no state, no cluster and no secret. The exit code is 0, or 2 if the file
cannot be used.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kargo.manifest import Manifest
from kargo.manifests import manifests
from model.stack import Stack
from ops import stack_file
from ops.plan import Step

_NOT_READ = 2
_KINDS = ("Warehouse", "Stage")
# Mermaid reads every other character as markup at some place, `www.` as a link, and `direction LR` as a statement even
# within quotes (11.17).
_ACTIVE = re.compile(r"(?i:(?<=www)\.)|(?<=direction) |[^A-Za-z0-9 /.-]")
# Only the border: the colors must show on a light and on a dark page.
_MARKS = {
    "added": "stroke:#1a7f37,stroke-width:3px",
    "changed": "stroke:#9a6700,stroke-width:3px",
    "lost": "stroke:#cf222e,stroke-width:3px,stroke-dasharray:5",
}
# Kind and name of a Warehouse or Stage.
_Key = tuple[str, str]


@dataclass(frozen=True)
class _Node:
    """A Warehouse or Stage.

    Args:
        pipeline: name of its pipeline.
        lines: the lines of its label.
        images: repositories of the images to which it subscribes.
        sources: the Warehouse or the Stages that give it Freight.
    """

    pipeline: str
    lines: tuple[str, ...]
    images: tuple[str, ...] = ()
    sources: tuple[_Key, ...] = ()


def text(stack: Stack) -> str:
    """Return the pipelines of a stack as a Mermaid flowchart: images, Warehouses, and Stages."""
    return _flowchart(_nodes(manifests(stack)), {}, str)


def changes(
    stack: Stack, resources: Iterable[Mapping[str, Any]], steps: Iterable[Step], scrub: Callable[[str], str]
) -> str:
    """Return the pipelines that change as a Mermaid flowchart, with marks; empty if no pipeline changes.

    Args:
        stack: content of the stack's file.
        resources: resources of the stack's state.
        steps: steps of the preview.
        scrub: removes secrets from a text.
    """
    deployed = [resource for resource in resources if _is_drawn(resource)]
    before, after = _nodes(resource["inputs"] for resource in deployed), _nodes(manifests(stack))
    of_steps = {(step.kind, step.name) for step in steps}
    touched = {_key(r["inputs"]) for r in deployed if (r["inputs"]["kind"], _pulumi_name(r)) in of_steps}
    marks = {
        **dict.fromkeys(before.keys() - after.keys(), "lost"),
        **dict.fromkeys(after.keys() - before.keys(), "added"),
        **{key: "changed" for key in before.keys() & after if key in touched or before[key] != after[key]},
    }
    nodes = {**after, **{key: node for key, node in before.items() if key not in after}}
    changed = {nodes[key].pipeline for key in marks}
    shown = {key: node for key, node in nodes.items() if node.pipeline in changed}
    return _flowchart(shown, marks, scrub) if shown else ""


def _is_drawn(resource: Mapping[str, Any]) -> bool:
    """Return whether a resource of the state is an object that the picture needs, and not one to delete."""
    kind = str(resource.get("type")).rpartition(":")[2]
    return kind in (*_KINDS, "ProjectConfig") and "kind" in resource.get("inputs", {}) and not resource.get("delete")


def _pulumi_name(resource: Mapping[str, Any]) -> str:
    return str(resource["urn"]).rpartition("::")[2]


def _key(found: Manifest) -> _Key:
    return found["kind"], found["metadata"]["name"]


def _nodes(objects: Iterable[Manifest]) -> dict[_Key, _Node]:
    """Return the Warehouses and Stages among objects, in their order."""
    found = {_key(one): one.get("spec") or {} for one in objects}
    automatic = {
        policy.get("stageSelector", {}).get("name")
        for (kind, _), spec in found.items()
        if kind == "ProjectConfig"
        for policy in spec.get("promotionPolicies", ())
        if policy.get("autoPromotionEnabled")
    }
    return {
        (kind, name): _warehouse(name, spec) if kind == "Warehouse" else _stage(name, spec, name in automatic)
        for (kind, name), spec in found.items()
        if kind in _KINDS
    }


def _warehouse(name: str, spec: Mapping[str, Any]) -> _Node:
    images = [subscription["image"] for subscription in spec["subscriptions"] if "image" in subscription]
    rules = [f"{image['imageSelectionStrategy']} {image.get('constraint', '')}".strip() for image in images]
    return _Node(name, (f"Warehouse {name}", *rules), tuple(image["repoURL"] for image in images))


def _stage(name: str, spec: Mapping[str, Any], is_automatic: bool) -> _Node:
    requested, *_ = spec["requestedFreight"]
    pipeline, sources = requested["origin"]["name"], requested["sources"]
    upstream = tuple(("Stage", stage) for stage in sources.get("stages", ()))
    lines = (f"Stage {name}", *_promotion(spec, sources, is_automatic), *_checks(spec))
    return _Node(pipeline, lines, sources=upstream or (("Warehouse", pipeline),))


def _promotion(spec: Mapping[str, Any], sources: Mapping[str, Any], is_automatic: bool) -> Iterator[str]:
    yield f"promoted {'automatically' if is_automatic else 'by hand'}"
    names = _steps(spec)
    if "open-pr" in names:
        yield "pull request, merged by Kargo" if "merge-pr" in names else "pull request"
    if "requiredSoakTime" in sources:
        yield f"soak time {sources['requiredSoakTime']}"
    if sources.get("availabilityStrategy") == "All":
        yield "verified in all upstream Stages"


def _checks(spec: Mapping[str, Any]) -> Iterator[str]:
    if "check" in _steps(spec):
        yield "HTTP check"
    for template in spec.get("verification", {}).get("analysisTemplates", ()):
        yield f"{template['kind']} {template['name']}"


def _steps(spec: Mapping[str, Any]) -> set[str]:
    """Return the names of the steps of a Stage's Promotion."""
    return {step.get("as", "") for step in spec["promotionTemplate"]["spec"]["steps"]}


def _flowchart(nodes: Mapping[_Key, _Node], marks: Mapping[_Key, str], scrub: Callable[[str], str]) -> str:
    ids = {key: f"{key[0].lower()}{number}" for number, key in enumerate(nodes, 1)}
    images: dict[str, str] = {}
    lines = ["flowchart LR"]
    for key, node in nodes.items():
        for image in node.images:
            if image not in images:
                images[image] = f"image{len(images) + 1}"
                lines.append(f"{images[image]}([{_label([image], scrub)}])")
        mark = marks.get(key)
        first, *rest = node.lines
        label = _label([f"{first} - {mark}" if mark else first, *rest], scrub)
        lines.append(f"{ids[key]}[{label}]{f':::{mark}' if mark else ''}")
        sources = [*(images[image] for image in node.images), *(ids[key] for key in node.sources if key in ids)]
        lines += [f"{source} {'-.->' if mark == 'lost' else '-->'} {ids[key]}" for source in sources]
    lines += [f"classDef {mark} {style}" for mark, style in _MARKS.items() if mark in marks.values()]
    return "\n    ".join(lines) + "\n"


def _label(lines: Iterable[str], scrub: Callable[[str], str]) -> str:
    """Return lines as a label that Mermaid shows unchanged."""
    return '"' + "<br>".join(_ACTIVE.sub(lambda found: f"#{ord(found[0])};", scrub(line)) for line in lines) + '"'


def main() -> int:
    """Print the flowchart, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.graph", description=__doc__)
    parser.add_argument("--stack", required=True, help="name of the stack")
    try:
        print(text(stack_file.read(parser.parse_args().stack)), end="")
    except stack_file.StackFileError as error:
        print(f"error: {error}", file=sys.stderr)
        return _NOT_READ
    return 0


if __name__ == "__main__":
    sys.exit(main())
