"""A stack that a release has deployed previews without changes after an upgrade to this version."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from pulumi.dynamic import Resource

from components import dynamic
from tests import released

FILES = sorted(released.FOLDER.glob("*.yaml"))
STACKS = [(file, name) for file in FILES for name in released.read(file)]
# Words for a developer whose change alters deployed stacks.
TOLD = (
    "stacks of {release} would change; keep the names, types and inputs, or describe the change in CHANGELOG.md and "
    "run: python -m tests.released"
)


def name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize(("file", "stack"), STACKS, ids=[f"{file.stem}-{stack}" for file, stack in STACKS])
def test_a_stack_of_a_release_previews_without_changes(file, stack):
    deployed = released.read(file)[stack]
    now = released.resources(deployed["stack"], deployed["configuration"], deployed["secrets"])
    before = deployed["resources"]
    changes = {
        "create": sorted(now.keys() - before.keys()),
        "delete": sorted(before.keys() - now.keys()),
        "update": sorted(urn for urn in now.keys() & before.keys() if now[urn] != before[urn]),
    }
    assert changes == {"create": [], "delete": [], "update": []}, TOLD.format(release=file.stem)


@pytest.mark.parametrize("file", FILES, ids=name)
def test_the_provider_of_each_dynamic_resource_is_at_its_path(file):
    """The state of a resource that was removed from the configuration still names its provider."""
    stacks = released.read(file).values()
    paths = {r["provider"] for stack in stacks for r in stack["resources"].values() if "provider" in r}
    modules = [path.rpartition(".") for path in sorted(paths)]
    assert [path for path, _, provider in modules if not hasattr(import_module(path), provider)] == []


def test_the_next_release_covers_every_kind_of_dynamic_resource():
    """The stacks whose resources `python -m tests.released` writes."""
    modules = [import_module(f"components.dynamic.{found.name}") for found in iter_modules(dynamic.__path__)]
    found = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type)]
    kinds = {kind.__name__ for kind in found if issubclass(kind, Resource) and kind is not Resource}
    urns = {
        urn
        for _, stack, configuration, secrets in released.stacks()
        for urn in released.resources(stack, configuration, secrets)
    }
    assert kinds
    assert kinds - {urn.partition("::")[0].rpartition(":")[2] for urn in urns} == set()
