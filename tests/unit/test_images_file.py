"""The images files in which a Promotion can set a key, and the reason if it cannot."""

from typing import Any

import pytest
import yaml

from clients.images_file import images_file_problem
from tests.program import ROOT

FILES: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests" / "fixtures" / "images_files.yaml").read_text())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["text"])
def test_a_file_is_read_as_kargo_reads_it(file):
    assert images_file_problem(file["text"], "dev.app") == file["problem"]


def test_no_problem_quotes_the_file():
    for shape in ('{{"dev": {{"app": ["{0}"]}}}}', '{{"dev": "{0}"}}', "{0}", '{{"{0}": 1, "{0}": 2}} x', '["{0}"]'):
        assert "planted" not in str(images_file_problem(shape.format("planted-value"), "dev.app"))


def test_the_committed_file_is_fine():
    text = (ROOT / ".env-files" / "images.json").read_text()
    assert images_file_problem(text, "dev.backstage") is None


def test_a_file_that_is_nested_without_end_is_no_error_of_the_program():
    assert images_file_problem("[" * 100_000, "dev.app")
