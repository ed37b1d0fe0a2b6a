"""The files of a release: the list of packages, the notes and the archive; and the license."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import tomllib
from pathlib import Path

import pytest
import yaml

from sandbox.layout import PROJECT

METADATA = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
VERSION = METADATA["version"]


@pytest.fixture
def uv() -> str:
    found = os.environ.get("UV") or shutil.which("uv")
    if not found:
        pytest.skip("uv is not on PATH; run: make unit")
    return found


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a repository with the files that a release reads."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for file in ("Makefile", "pyproject.toml", "uv.lock", "CHANGELOG.md", "LICENSE"):
        shutil.copy(PROJECT / file, folder)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "release"]):
        subprocess.run([*git, *command], cwd=folder, check=True)
    return folder


def make(folder: Path, uv: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--silent", *arguments, f"UV={uv}"]
    # A `make` that runs the tests hands its own arguments on.
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKEOVERRIDES")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_list_of_packages_has_what_the_lock_file_has(uv, tmp_path):
    run = make(PROJECT, uv, "sbom", f"DIST={tmp_path}")
    assert run.returncode == 0, run.stderr
    listed = json.loads((tmp_path / "kargo-backstage.cdx.json").read_text())
    locked = tomllib.loads((PROJECT / "uv.lock").read_text())["package"]
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.5")
    components = {(component["name"], component["version"]) for component in listed["components"]}
    root = listed["metadata"]["component"]
    assert components | {(root["name"], root["version"])} == {(p["name"], p["version"]) for p in locked}


def test_a_release_has_the_source_the_packages_and_the_notes(uv, clone):
    run = make(clone, uv, "release", f"TAG=v{VERSION}")
    assert run.returncode == 0, run.stderr
    archive = f"kargo-backstage-{VERSION}"
    assert {path.name for path in (clone / "dist").iterdir()} == {
        f"{archive}.tar.gz",
        "kargo-backstage.cdx.json",
        "notes.md",
    }
    with tarfile.open(clone / "dist" / f"{archive}.tar.gz") as opened:
        assert f"{archive}/LICENSE" in opened.getnames()
    notes = (clone / "dist/notes.md").read_text()
    assert re.findall(r"^## \[(.*?)\]", notes, re.MULTILINE) == [VERSION]


@pytest.mark.parametrize("tag", ["v9.9.9", VERSION, "v0.0.0$(touch${IFS}run)"])
def test_another_tag_than_the_version_is_refused(uv, clone, tag):
    run = make(clone, uv, "release", f"TAG={tag}")
    assert run.returncode
    assert f"TAG: not the version in pyproject.toml; set it to v{VERSION}" in run.stderr
    assert not (clone / "run").exists()


def test_a_release_without_notes_is_refused(uv, clone):
    (clone / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n\nMuch.\n")
    run = make(clone, uv, "release", f"TAG=v{VERSION}")
    assert run.returncode
    assert f"CHANGELOG.md: no section [{VERSION}]; add it" in run.stderr


def test_the_workflow_attests_and_publishes_the_files():
    jobs = yaml.safe_load((PROJECT / ".github/workflows/release.yaml").read_text())["jobs"]
    steps = jobs["release"]["steps"]
    (build,) = [step["run"] for step in steps if "make" in step.get("run", "")]
    (publish,) = [step["run"] for step in steps if "gh release create" in step.get("run", "")]
    provenance, packages = (step["with"] for step in steps if step.get("uses", "").startswith("actions/attest@"))
    assert jobs["release"]["needs"] == "test"
    assert build == 'make --silent release TAG="$GITHUB_REF_NAME"'
    assert provenance == {"subject-path": "dist/kargo-backstage*"}
    assert packages["sbom-path"] == "dist/kargo-backstage.cdx.json"
    assert publish.endswith("--notes-file dist/notes.md dist/kargo-backstage*")


def test_the_license_is_apache_2():
    assert (METADATA["license"], METADATA["license-files"]) == ("Apache-2.0", ["LICENSE"])
    # The text as the Apache Software Foundation publishes it.
    digest = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    assert hashlib.sha256((PROJECT / "LICENSE").read_bytes()).hexdigest() == digest
