"""The kubeconfig: it must have the stack's context before anything changes, and no line shows what it holds."""

import json
import os
import time
from pathlib import Path

import pytest

from tests.unit.configuration import PLANTED, at, lines, load

NONE = (
    "kubernetes.context: the kubeconfig has no such context (and no current one); add it there, or write one that it "
    "has: "
)
NO_CONTEXT = f"{NONE}it has no context at all"


@pytest.fixture
def use(monkeypatch, tmp_path):
    """Return a function that makes KUBECONFIG name files with these contents, the last one first to fail."""

    def write(*contents: str | bytes) -> list[Path]:
        paths = []
        for number, content in enumerate(contents):
            path = tmp_path / f"config{number}"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            paths.append(path)
        monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, paths)))
        return paths

    return write


def contexts(*names: object, current: object = None) -> str:
    return json.dumps({"contexts": [{"name": name} for name in names], "current-context": current})


def test_a_context_that_is_missing_is_refused_with_those_that_there_are_and_is_not_repeated():
    assert lines(at("kubernetes.context", PLANTED)) == [
        "kubernetes.context: the kubeconfig has no such context (its current one is 'kind-localdev'); add it there, or "
        "write one that it has: kind-localdev, backstage-prod"
    ]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "null",
        "{}",
        "contexts:",
        "contexts: {}",
        "contexts: text",
        "contexts: [text, 1, null, [], {}, {name: 1}, {name: null}]",
        "current-context: [kind-localdev]",
        "current-context: ''",
    ],
)
def test_a_kubeconfig_without_contexts_has_none(use, content):
    use(content)
    assert lines({}) == [NO_CONTEXT]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (f"users: [{{token: {PLANTED}", "is no YAML"),
        (f"a: b: {PLANTED}", "is no YAML"),
        (f"\t{PLANTED}", "is no YAML"),
        (f"!!python/object:os.{PLANTED} {{}}", "is no YAML"),
        (f"*{PLANTED}", "is no YAML"),
        (f"when: 2026-13-45\n{PLANTED}: 1", "is no YAML"),
        ("[" * 5000, "is no YAML"),
        (f"a: \x01{PLANTED}", "is no YAML"),
        (b"\xff\xfe\x00" + PLANTED.encode(), "is not text"),
        (f"[{PLANTED}]", "is no mapping"),
        (PLANTED, "is no mapping"),
        ("5", "is no mapping"),
    ],
)
def test_a_file_that_is_no_kubeconfig_gives_one_line_without_its_content(use, content, problem):
    (path,) = use(content)
    assert lines({}) == [f"kubernetes.context: file 1 of KUBECONFIG {problem}; name a kubeconfig"]
    named = lines(at("kubernetes.kubeconfig", str(path)))
    assert named == [f"kubernetes.kubeconfig: the file {problem}; name a kubeconfig"]


@pytest.mark.parametrize("path", ["~nosuchuser/config", "a" * 1000])
def test_a_path_that_cannot_be_opened_gives_one_line(monkeypatch, path):
    problem = "cannot be opened; name a kubeconfig"
    assert lines(at("kubernetes.kubeconfig", path)) == [f"kubernetes.kubeconfig: the file {problem}"]
    monkeypatch.setenv("KUBECONFIG", path)
    assert lines({}) == [f"kubernetes.context: file 1 of KUBECONFIG {problem}"]


@pytest.mark.parametrize("path", ["absent", "/", "~"])
def test_a_file_that_is_not_there_has_no_context(tmp_path, path):
    assert lines(at("kubernetes.kubeconfig", path if path != "absent" else str(tmp_path / path))) == [NO_CONTEXT]


def test_the_second_file_may_be_the_broken_one(use):
    use(contexts("kind-localdev"), "[")
    assert lines({}) == ["kubernetes.context: file 2 of KUBECONFIG is no YAML; name a kubeconfig"]


def test_a_context_of_any_file_is_enough(use):
    use(contexts("other", current="other"), contexts("kind-localdev"))
    assert load().stack.kubernetes.context == "kind-localdev"


def test_the_first_file_names_the_current_context(use):
    use(contexts("a", current="a"), contexts("b", current="b"))
    assert lines({}) == [
        "kubernetes.context: the kubeconfig has no such context (its current one is 'a'); add it there, or write one "
        "that it has: a, b"
    ]


def test_a_contexts_name_cannot_break_the_line(use):
    use(contexts("a\nb", "\x1b[31mred"))
    assert lines({}) == [f"{NONE}'a\\nb', '\\x1b[31mred'"]


def test_a_tilde_is_the_home_directory(monkeypatch, tmp_path):
    (tmp_path / "kube").write_text(contexts("kind-localdev"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load(at("kubernetes.kubeconfig", "~/kube")).stack.kubernetes.kubeconfig == "~/kube"


def test_a_large_kubeconfig_is_read_at_once(use):
    users = "".join(f"- name: u{n}\n  user: {{client-key-data: {'A' * 3000}}}\n" for n in range(300))
    use(f"users:\n{users}contexts: [{{name: kind-localdev}}]\n")
    start = time.monotonic()
    load()
    assert time.monotonic() - start < 1


@pytest.mark.parametrize("content", ["", "[", contexts("another", current="another")])
def test_a_preview_is_the_same_whatever_kubeconfig_the_machine_has(use, content):
    use(content)
    assert load(preview=True).stack.kubernetes.context == "kind-localdev"
