"""Servers of the sandbox that end after their start, Gitea's address, and its lines."""

import json
import os
import sys
from typing import Any

import pytest

from sandbox import __main__ as commands
from sandbox import layout as layouts
from sandbox import platform, processes, proxy, push, status
from sandbox.deployed import Deployed
from sandbox.layout import Layout
from sandbox.progress import SandboxError
from sandbox.real import kargo, tool
from sandbox.real.programs import _on_path

# Text of Kargo's main of August 2026 on the CRDs of 1.11.
NO_KIND = (
    '{"level":"error","err":"no matches for kind \\"PromotionRequest\\" in version \\"kargo.akuity.io/v1alpha1\\""}\n'
    'no matches for kind "Application" in version "argoproj.io/v1alpha1"\n'
)


@pytest.fixture
def layout(tmp_path):
    made = Layout(tmp_path)
    yield made
    processes.stop_all(made)


def start(layout: Layout, name: str, program: str) -> None:
    processes.start(layout, name, [sys.executable, "-c", program], ready=lambda: True)


def start_ended(layout: Layout, name: str, text: str) -> None:
    start(layout, name, f"print({text!r})")
    processes.eventually(lambda: processes.running(layout, name) is None, "the end", 20)


def test_a_server_that_ends_after_its_start_is_named_with_its_last_words(layout):
    start(layout, "lasting", "import time; time.sleep(60)")
    platform.require_servers(layout)
    start_ended(layout, "kargo-controller", "required variable is missing")
    with pytest.raises(SandboxError, match=r"(?s)kargo-controller ended unexpectedly; see .*\nrequired variable"):
        platform.require_servers(layout)
    assert list(processes.ended(layout)) == ["kargo-controller"]


def test_only_the_output_of_the_last_start_is_shown(layout):
    start_ended(layout, "kargo-controller", "of the first start")
    start_ended(layout, "kargo-controller", "of the second start")
    assert processes.log_of(layout, "kargo-controller") == "of the second start\n"


def test_kinds_that_kargo_misses_are_named_while_it_still_runs(layout):
    start(layout, "kargo-controller", f"import time; print({NO_KIND!r}, flush=True); time.sleep(60)")
    processes.eventually(lambda: bool(processes.log_of(layout, "kargo-controller")), "the log", 20)
    assert kargo.missing_kinds(layout) == ["PromotionRequest"]
    with pytest.raises(SandboxError, match=r"not installed: PromotionRequest; run make clean, set SANDBOX_CRDS"):
        platform.require_servers(layout)


def test_a_command_that_fails_names_the_server_that_has_ended(layout, monkeypatch, capsys):
    start_ended(layout, "gitea", "no space left")
    monkeypatch.setenv("SANDBOX_DIR", str(layout.root))
    monkeypatch.setattr(commands, "push", lambda *_: (_ for _ in ()).throw(SandboxError("nothing arrived")))
    monkeypatch.setattr(sys, "argv", ["sandbox", "push"])
    assert commands.main() == 1
    printed = capsys.readouterr().out
    assert "error: nothing arrived" in printed
    assert "error: gitea ended unexpectedly" in printed


def test_the_status_ends_with_an_error_if_a_server_has_ended(layout, capsys):
    assert status.status(layout)
    start(layout, "lasting", "import time; time.sleep(60)")
    assert status.status(layout)
    start_ended(layout, "gitea", "no space left")
    assert not status.status(layout)
    assert "no space left" in capsys.readouterr().out


def test_gitea_has_an_address_of_its_own_that_never_changes(tmp_path):
    assert Layout(tmp_path).gitea_host == f"127.0.0.2:{Layout(tmp_path).ports['gitea']}"


def test_a_system_without_that_address_and_an_older_sandbox_use_the_usual_one(tmp_path, monkeypatch):
    older, other = Layout(tmp_path / "older"), Layout(tmp_path / "other")
    layouts.write_private(older.folder(".") / "ports.json", json.dumps({"gitea": 20001}))
    assert older.gitea_host == "127.0.0.1:20001"
    monkeypatch.setattr(layouts, "_is_own", lambda address: False)
    assert other.gitea_host.startswith("127.0.0.1:")
    monkeypatch.undo()
    assert Layout(tmp_path / "other").gitea_host.startswith("127.0.0.1:")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, "127.0.0.2"),
        ({"NO_PROXY": "localhost"}, "localhost,127.0.0.2"),
        ({"no_proxy": "localhost,127.0.0.2"}, "localhost,127.0.0.2"),
        ({"no_proxy": "a", "NO_PROXY": "b"}, "a,127.0.0.2"),
    ],
)
def test_no_proxy_is_asked_for_gitea(monkeypatch, before, after):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, before.get(name, ""))
    proxy.exempt("127.0.0.2")
    assert proxy.exports() == {"no_proxy": after, "NO_PROXY": after}


@pytest.mark.parametrize("line", tool.GITEA_LINES)
def test_a_line_of_gitea_is_built_with_its_own_version(monkeypatch, line):
    monkeypatch.setenv("SANDBOX_GITEA", line)
    (chosen,) = [found for found in tool.tools() if "gitea" in found.binaries]
    version = chosen.ldflags.rpartition("=")[2]
    assert version.startswith(f"{line}.")
    assert f"code.gitea.io/gitea v{version}" in chosen.go_mod.read_text()


def test_the_default_is_one_of_the_lines_and_another_is_refused(monkeypatch):
    monkeypatch.delenv("SANDBOX_GITEA", raising=False)
    default = tool.tools()
    monkeypatch.setenv("SANDBOX_GITEA", tool.DEFAULT_GITEA)
    assert [one.folder for one in tool.tools()] == [one.folder for one in default]
    monkeypatch.setenv("SANDBOX_GITEA", "1.24")
    with pytest.raises(SandboxError, match=r"SANDBOX_GITEA: unknown Gitea 1\.24; set it to one of: 1\.25, 1\.26"):
        tool.tools()


def test_a_gitea_on_path_is_not_used_for_a_chosen_line(monkeypatch, layout, tmp_path):
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "gitea"
    program.write_text("")
    program.chmod(0o700)
    other = Layout(tmp_path / "sandbox")
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    line = tool.GITEA_LINES["1.26"]
    assert _on_path(line.tool(chosen=False), other) == {"gitea": program}
    assert _on_path(line.tool(chosen=True), other) == {}


class Pushed(Deployed):
    """A Warehouse whose states follow one another, as a push reads it."""

    def __init__(self, *states: dict[str, Any]) -> None:
        self.states = list(states)

    def again(self, live: dict[str, Any]) -> dict[str, Any]:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def all(self, kind: str, project: str | None = None) -> list[dict[str, Any]]:
        return [{"images": [{"tag": "v1", "digest": "sha256:1"}], "alias": "a"}]


BEFORE, SINCE, AFTER = "2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z", "2026-01-01T00:00:06Z"
UNKNOWN = "Artifact discovery failed: NAME_UNKNOWN: repository name not known to registry"


def warehouse(asked: str, ready: str, reason: str, message: str = "", found: str = "") -> dict[str, Any]:
    references = [{"tag": "v1", "digest": "sha256:1"}]
    condition = {"type": "Ready", "status": ready, "reason": reason, "message": message}
    return {
        "metadata": {"name": "w", "annotations": {"kargo.akuity.io/refresh": asked}},
        "status": {
            "lastHandledRefresh": asked,
            "conditions": [condition],
            "discoveredArtifacts": {"discoveredAt": found, "images": [{"references": references}]},
        },
    }


FIRST = warehouse(BEFORE, "False", "DiscoveryFailure", UNKNOWN)
DONE = warehouse(AFTER, "True", "ArtifactsDiscovered", found=AFTER)


@pytest.mark.parametrize(
    "states",
    [
        [FIRST, DONE],
        [warehouse(AFTER, "False", "DiscoveryFailure", UNKNOWN), DONE],
        [warehouse(AFTER, "False", "DiscoveryInProgress"), DONE],
        [warehouse(AFTER, "True", "ArtifactsDiscovered", found=BEFORE), DONE],
    ],
    ids=["before-the-push", "name-unknown", "under-way", "earlier-discovery"],
)
def test_a_push_waits_for_the_discovery_after_it(states):
    pushed = Pushed(*states)
    found = push._freight(pushed, FIRST, "v1", "sha256:1", SINCE)
    assert found
    assert found["alias"] == "a"


def test_a_discovery_that_fails_after_the_push_is_an_error():
    failed = warehouse(AFTER, "False", "DiscoveryFailure", 'scheme "https" does not match registry scheme "http"')
    with pytest.raises(SandboxError, match=r"the discovery failed; Warehouse w: scheme .* registry scheme"):
        push._freight(Pushed(FIRST, failed), FIRST, "v1", "sha256:1", SINCE)


def test_a_discovery_that_never_comes_is_an_error_with_kargos_own_words(monkeypatch):
    monkeypatch.setattr(push, "_SECONDS", 0.1)
    with pytest.raises(SandboxError, match=r"discovery of Warehouse w did not appear within 0 s; Warehouse w: "):
        push._freight(Pushed(FIRST), FIRST, "v1", "sha256:1", SINCE)


def test_a_tag_that_the_warehouse_does_not_select_is_no_error(capsys):
    unselected = warehouse(AFTER, "False", "MissingImageReferences", "No references discovered")
    assert push._freight(Pushed(unselected), FIRST, "latest", "sha256:1", SINCE) is None
    assert "No references discovered" in capsys.readouterr().out
