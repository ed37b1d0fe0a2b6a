"""The committed stacks, and other forms of logins, render the golden files; `make golden` writes them again."""

import pytest

from tests.golden import FOLDER, golden_files
from tests.logins import PLANTED

FILES = golden_files()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_stack_renders_its_golden_file(path):
    assert FILES[path]() == path.read_text()


def test_there_is_no_other_golden_file():
    assert {*FOLDER.rglob("*.yaml")} == FILES.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_golden_file_holds_no_secret(path):
    assert not [value for value in PLANTED if value in path.read_text()]
    assert "planted" not in path.read_text()
