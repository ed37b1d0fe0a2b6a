"""Everything that a user reads is plain English: a few words and phrases that must not come back."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

from sandbox.layout import PROJECT

REFUSED = re.compile(
    r"\b(beside|behind|by itself|by themselves|by himself|for ever|anew|is taken|second word|there is none|"
    r"it has none|in clear|proofs?|that of|those of|the one of|lets [^.;]{1,40} not)\b",
    re.IGNORECASE,
)
OPENERS = re.compile(r"(What|Which|Whose|Who)\b")
FOLDERS = ("model", "config", "kargo", "clients", "components", "ops", "sandbox")
PROGRAM = [
    PROJECT / "__main__.py",
    *(path for folder in FOLDERS for path in sorted((PROJECT / folder).rglob("*.py")) if "tools" not in path.parts),
]
PAGES = [
    PROJECT / "README.md",
    PROJECT / "CHANGELOG.md",
    PROJECT / "CONTRIBUTING.md",
    PROJECT / "SECURITY.md",
    PROJECT / "Makefile",
    PROJECT / "Pulumi.yaml",
    *sorted((PROJECT / "docs").rglob("*.md")),
]


def name(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def prose(path: Path) -> list[str]:
    """Return docstrings, comments and other strings of a module, without single words such as keys."""
    text = path.read_text()
    strings = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return [" ".join(found.split()) for found in [*strings, *comments] if isinstance(found, str) and " " in found]


@pytest.mark.parametrize("path", PROGRAM, ids=name)
def test_the_program_says_it_plainly(path):
    assert [found for text in prose(path) for found in REFUSED.findall(text)] == []


@pytest.mark.parametrize("path", PROGRAM, ids=name)
def test_no_docstring_begins_with_a_question(path):
    nodes = (
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    )
    docstrings = [ast.get_docstring(node) or "" for node in nodes]
    assert [text.splitlines()[0] for text in docstrings if OPENERS.match(text)] == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_the_documentation_says_it_plainly(path):
    """Code is not prose: a page may show a former key."""
    assert REFUSED.findall(" ".join(re.sub("`[^`]*`", "", path.read_text()).split())) == []
