"""The kubeconfig: it must contain the stack's context before anything changes, and no line shows its content."""

import json
import os
import time
from pathlib import Path

import pytest

from tests.unit.configuration import PLANTED, at, lines, load

NOT_IN_IT = "kubernetes.context: not in the kubeconfig ({}); add it there, or write one of its contexts: {}"
NO_CONTEXT = "kubernetes.context: not in the kubeconfig (no current context); add it there"


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
        NOT_IN_IT.format("current context: 'kind-localdev'", "kind-localdev, backstage-prod")
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
        (f"users: [{{token: {PLANTED}", "is not YAML"),
        (f"a: b: {PLANTED}", "is not YAML"),
        (f"\t{PLANTED}", "is not YAML"),
        (f"!!python/object:os.{PLANTED} {{}}", "is not YAML"),
        (f"*{PLANTED}", "is not YAML"),
        (f"when: 2026-13-45\n{PLANTED}: 1", "is not YAML"),
        ("[" * 5000, "is not YAML"),
        (f"a: \x01{PLANTED}", "is not YAML"),
        (b"\xff\xfe\x00" + PLANTED.encode(), "is not text"),
        (f"[{PLANTED}]", "is not a mapping"),
        (PLANTED, "is not a mapping"),
        ("5", "is not a mapping"),
    ],
)
def test_a_file_that_is_no_kubeconfig_gives_one_line_without_its_content(use, content, problem):
    (path,) = use(content)
    assert lines({}) == [f"kubernetes.context: file 1 of KUBECONFIG {problem}; write the path of a kubeconfig"]
    named = lines(at("kubernetes.kubeconfig", str(path)))
    assert named == [f"kubernetes.kubeconfig: the file {problem}; write the path of a kubeconfig"]


@pytest.mark.parametrize("path", ["~nosuchuser/config", "a" * 1000])
def test_a_path_that_cannot_be_opened_gives_one_line(monkeypatch, path):
    problem = "cannot be opened; write the path of a kubeconfig"
    assert lines(at("kubernetes.kubeconfig", path)) == [f"kubernetes.kubeconfig: the file {problem}"]
    monkeypatch.setenv("KUBECONFIG", path)
    assert lines({}) == [f"kubernetes.context: file 1 of KUBECONFIG {problem}"]


@pytest.mark.parametrize("path", ["absent", "/", "~"])
def test_a_file_that_is_not_there_has_no_context(tmp_path, path):
    assert lines(at("kubernetes.kubeconfig", path if path != "absent" else str(tmp_path / path))) == [NO_CONTEXT]


def test_the_second_file_may_be_the_broken_one(use):
    use(contexts("kind-localdev"), "[")
    assert lines({}) == ["kubernetes.context: file 2 of KUBECONFIG is not YAML; write the path of a kubeconfig"]


def test_a_context_of_any_file_is_enough(use):
    use(contexts("other", current="other"), contexts("kind-localdev"))
    assert load().stack.kubernetes.context == "kind-localdev"


def test_the_first_file_names_the_current_context(use):
    use(contexts("a", current="a"), contexts("b", current="b"))
    assert lines({}) == [NOT_IN_IT.format("current context: 'a'", "a, b")]


def test_a_contexts_name_cannot_break_the_line(use):
    use(contexts("a\nb", "\x1b[31mred"))
    assert lines({}) == [NOT_IN_IT.format("no current context", "'a\\nb', '\\x1b[31mred'")]


def test_a_tilde_is_the_home_directory(monkeypatch, tmp_path):
    (tmp_path / "kube").write_text(contexts("kind-localdev"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load(at("kubernetes.kubeconfig", "~/kube")).stack.kubernetes.kubeconfig == "~/kube"


def test_a_large_kubeconfig_is_read_at_once(use):
    users = "".join(f"- name: u{n}\n  user: {{client-key-data: {'A' * 3000}}}\n" for n in range(300))
    use(f"users:\n{users}contexts: [{{name: kind-localdev}}]\n")
    start = time.process_time()
    load()
    assert time.process_time() - start < 1


@pytest.mark.parametrize("content", ["", "[", contexts("another", current="another")])
def test_a_preview_is_the_same_whatever_kubeconfig_the_machine_has(use, content):
    use(content)
    assert load(preview=True).stack.kubernetes.context == "kind-localdev"
