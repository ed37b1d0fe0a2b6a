"""The stand-in for Kargo beyond the end-to-end tests: the Secret that it selects, and its refusals."""

import base64
import hashlib
import hmac
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sandbox.real.gitea import OWNER, REPOSITORY
from sandbox.real.objects import Objects
from sandbox.standins.controllers.kargo.credentials import Credentials, Login
from sandbox.standins.controllers.kargo.freight import available, new_freight
from sandbox.standins.controllers.kargo.git import Git, GitError
from sandbox.standins.controllers.kargo.gitea_receiver import GiteaReceiver
from sandbox.standins.controllers.kargo.imitated import NotImitatedError
from sandbox.standins.controllers.kargo.promotion import new_promotion
from sandbox.standins.controllers.kargo.promotions import Promotions
from sandbox.standins.controllers.kargo.warehouses import Warehouses

pytestmark = pytest.mark.contract

_IMAGE = "gitea.example:8443/team/backstage"
_GIT = "https://gitea.example:8443/team/gitops.git"


class Kept(Objects):
    """Objects in memory that the stand-in reads, and its reports."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        self._objects = objects
        self.reported: dict[str, Any] = {}

    def all(self, api_version: str, kind: str, namespace: str | None = None, **more: str) -> list[dict[str, Any]]:
        label = more.get("label_selector", "").rpartition("=")[2]
        return [o for o in self._objects if o["kind"] == kind and label in ("", o["label"])]

    def get(self, api_version: str, kind: str, namespace: str | None, name: str) -> dict[str, Any] | None:
        return next((o for o in self._objects if (o["kind"], o["metadata"]["name"]) == (kind, name)), None)

    def report(self, live: dict[str, Any], status: dict[str, Any]) -> None:
        self.reported |= status


def secret(name: str, cred_type: str, **data: str) -> dict[str, Any]:
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"kind": "Secret", "label": cred_type, "metadata": {"name": name}, "data": encoded}


def regex(name: str, cred_type: str, pattern: str, **data: str) -> dict[str, Any]:
    return secret(name, cred_type, repoURL=pattern, repoURLIsRegex="true", username=name, **data)


@pytest.mark.parametrize(
    ("secrets", "cred_type", "repository", "chosen"),
    [
        ([secret("a", "image", repoURL=_IMAGE, username="a")], "image", _IMAGE, "a"),
        ([secret("a", "git", repoURL=_IMAGE, username="a")], "image", _IMAGE, None),
        ([secret("a", "image", repoURL="gitea.example:8443", username="a")], "image", _IMAGE, None),
        ([secret("a", "image", repoURL="gitea.example:8443/team/*", username="a")], "image", _IMAGE, None),
        ([regex("a", "image", "^gitea.example:8443/team/"), regex("b", "image", ".*")], "image", _IMAGE, "a"),
        ([regex("a", "image", "("), regex("b", "image", ".*")], "image", _IMAGE, "b"),
        ([secret("a", "image", repoURL=".*", repoURLIsRegex="True", username="a")], "image", _IMAGE, None),
        ([secret("a", "git", repoURL=_GIT.upper(), username="a")], "git", _GIT, "a"),
        ([secret("a", "git", repoURL=_GIT.removesuffix(".git") + "/", username="a")], "git", _GIT, "a"),
        ([secret("a", "git", repoURL=_GIT.replace(":8443", ""), username="a")], "git", _GIT, None),
        ([secret("a", "git", repoURL=_GIT, username="a")], "git", _GIT.replace("https", "http"), None),
    ],
    ids=[
        "exact",
        "type",
        "host",
        "glob",
        "first-by-name",
        "bad-regex",
        "True-is-not-true",
        "case",
        "ending",
        "port",
        "http",
    ],
)
def test_the_secret_is_taken_that_kargo_takes(libraries, secrets, cred_type, repository, chosen):
    login = Credentials(Kept(*secrets), libraries).find("project", cred_type, repository)
    assert (login.username if login else None) == chosen


def test_freight_has_the_name_that_kargo_gives_it():
    """The name was read from Kargo 1.11.2."""
    digest = "sha256:575d96ee83ac3a681e341c9687086b1960e6bedb74fff75d2aaae59e4822b9ce"
    image = {"repoURL": "127.0.0.1:13000/loop/e2e-d9a3bc-unruly", "tag": "v1", "digest": digest}
    freight = new_freight({"metadata": {"name": "unruly", "namespace": "project"}}, [image])
    assert freight["metadata"]["name"] == "498b8744d778ea00c0a25877235ea35256f728e3"


@pytest.mark.parametrize(
    "more",
    [{"platform": "linux/amd64"}, {"imageSelectionStrategy": "NewestBuild"}, {"strictSemvers": True}],
)
def test_a_subscription_that_the_program_does_not_write_is_refused(libraries, more):
    written = {"repoURL": _IMAGE, "imageSelectionStrategy": "SemVer", "strictSemvers": False, "discoveryLimit": 20}
    spec = {"subscriptions": [{"image": {**written, **more}}]}
    warehouse = {"metadata": {"name": "w", "namespace": "project", "uid": "u"}, "spec": spec}
    kept = Kept()
    Warehouses(kept, Credentials(kept, libraries), libraries, Path("ca.crt")).reconcile(warehouse)
    (ready, _) = kept.reported["conditions"]
    assert ready["reason"] == "DiscoveryFailure"
    assert "the stand-in does not imitate" in ready["message"]


def test_a_source_that_the_program_does_not_write_is_refused():
    origin = {"kind": "Warehouse", "name": "backstage"}
    request = {"origin": origin, "sources": {"stages": ["dev"], "autoPromotionOptions": {}}}
    stage = {"metadata": {"name": "prod"}, "spec": {"requestedFreight": [request]}}
    with pytest.raises(NotImitatedError, match="autoPromotionOptions"):
        available(stage, {"origin": origin})


def promoted(
    libraries,
    folder: Path,
    *steps: dict[str, Any],
    tasks: Sequence[dict[str, Any]] = (),
    secrets: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Return the status of a Promotion of these steps."""
    origin = {"kind": "Warehouse", "name": "backstage"}
    spec = {
        "requestedFreight": [{"origin": origin, "sources": {"direct": True}}],
        "promotionTemplate": {"spec": {"steps": list(steps)}},
    }
    stage = {"kind": "Stage", "metadata": {"name": "backstage-dev", "namespace": "p", "uid": "u"}, "spec": spec}
    warehouse = {"metadata": {"name": "backstage", "namespace": "p"}}
    freight = new_freight(warehouse, [{"repoURL": _IMAGE, "tag": "v1", "digest": "sha256:1"}])
    promotion = new_promotion(stage, freight, list(tasks), "a test")
    promotion["metadata"]["uid"] = "u"
    kept = Kept(stage, freight, *secrets)
    credentials = Credentials(kept, libraries)
    Promotions(kept, credentials, libraries, folder, folder / "ca.crt").advance(promotion)
    return kept.reported


def test_a_step_that_is_not_imitated_ends_the_promotion_and_is_named(libraries, tmp_path):
    status = promoted(libraries, tmp_path, {"uses": "argocd-update", "config": {}})
    assert status["phase"] == "Errored"
    assert "the stand-in does not imitate the step argocd-update" in status["message"]


def test_a_key_that_is_not_imitated_ends_the_promotion_and_is_named(libraries, tmp_path):
    step = {"uses": "git-commit", "config": {"path": "./x", "message": "m", "author": {"name": "a"}}}
    assert "the stand-in does not imitate author of git-commit" in promoted(libraries, tmp_path, step)["message"]
    with pytest.raises(NotImitatedError, match="strategy of step step-1"):
        promoted(libraries, tmp_path, {"uses": "git-push", "config": {"path": "./x"}, "strategy": "x"})


def written(name: str, **more: Any) -> dict[str, Any]:
    """Return a step that writes a file of a Promotion's folder."""
    return {"uses": "file-write", "as": name, "config": {"path": f"./{name}.json", "contents": "{}"}, **more}


def test_a_tasks_steps_see_its_variables_and_one_another_alone(libraries, tmp_path):
    update = {"path": "./${{ vars.file }}", "updates": [{"key": "${{ quote(vars.key) }}", "value": "1"}]}
    inner = [
        written("made"),
        {"uses": "json-update", "as": "set", "if": "${{ status('made') == 'Succeeded' }}", "config": update},
    ]
    task = {"metadata": {"name": "task"}, "spec": {"steps": inner}}
    variables = [{"name": "file", "value": "made.json"}, {"name": "key", "value": "a.b"}]
    used = {"as": "commit", "task": {"name": "task"}, "vars": variables}
    outside = written("outside", **{"if": "${{ status('commit::set') == 'Succeeded' }}"})
    status = promoted(libraries, tmp_path, used, outside, tasks=[task])
    assert status["phase"] == "Succeeded", status
    assert [(r["alias"], r["status"]) for r in status["stepExecutionMetadata"]] == [
        ("commit::made", "Succeeded"),
        ("commit::set", "Succeeded"),
        ("outside", "Skipped"),
    ]


def test_an_error_that_is_tolerated_does_not_end_the_promotion(libraries, tmp_path):
    absent = {"path": "./absent.json", "updates": [{"key": "a", "value": "b"}]}
    tolerated = {"uses": "json-update", "as": "set", "continueOnError": True, "config": absent}
    status = promoted(libraries, tmp_path, tolerated, written("made"))
    assert status["phase"] == "Succeeded", status
    assert [record["status"] for record in status["stepExecutionMetadata"]] == ["Errored", "Succeeded"]


def test_an_error_is_met_as_often_as_the_step_says(libraries, tmp_path):
    absent = {"path": "./absent.json", "updates": [{"key": "a", "value": "b"}]}
    status = promoted(libraries, tmp_path, {"uses": "json-update", "config": absent, "retry": {"errorThreshold": 2}})
    assert "met error threshold of 2" in status["message"]


def test_no_path_leads_out_of_the_working_directory(libraries, tmp_path):
    (tmp_path / "outside.json").write_text("{}")
    update = {"path": "../outside.json", "updates": [{"key": "a", "value": "b"}]}
    status = promoted(libraries, tmp_path, {"uses": "json-update", "config": update})
    assert "outside of the working directory" in status["message"]
    assert (tmp_path / "outside.json").read_text() == "{}"


def test_the_password_is_in_no_argument_no_file_and_no_message(sandbox, tmp_path, monkeypatch):
    layout, log = sandbox.layout, tmp_path / "arguments"
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {shutil.which("git")} "$@"\n')
    shim.chmod(0o700)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    password = layout.secret("gitea-password")
    url = f"https://{layout.gitea_host}/{OWNER}/{REPOSITORY}.git"
    Git(tmp_path, layout.ca, Login(OWNER, password))("clone", url, "clone")
    Git(tmp_path / "clone", layout.ca, Login(OWNER, password))("push", "origin", "HEAD:refs/heads/a-test")
    assert "clone" in log.read_text()
    assert password not in log.read_text()
    assert password not in (tmp_path / "clone" / ".git" / "config").read_text()
    with pytest.raises(GitError) as refused:
        Git(tmp_path / "clone", layout.ca, Login(OWNER, "wrong-password"))("push", "origin", "HEAD:refs/heads/other")
    assert "Authentication failed" in str(refused.value)
    assert "wrong-password" not in str(refused.value)


def test_a_closed_pull_request_refreshes_the_promotion_that_waits_for_it_alone():
    def promotion(name: str, url: str, phase: str = "Running") -> dict[str, Any]:
        status = {"phase": phase, "state": {"wait": {"pr": {"url": url}}}}
        spec = {"steps": [{"uses": "git-wait-for-pr", "as": "wait"}]}
        return {"metadata": {"name": name}, "spec": spec, "status": status}

    promotions = [promotion("a", "u/1"), promotion("b", "u/2"), promotion("c", "u/1", "Succeeded")]
    refreshed: list[str] = []

    def refresh(target: dict[str, Any]) -> bool:
        refreshed.append(target["metadata"]["name"])
        return True

    receiver = GiteaReceiver("secret", lambda: promotions, refresh)

    def sent(body: Any, secret: str = "secret", event: str = "pull_request") -> int:
        raw = json.dumps(body).encode()
        signature = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
        return receiver.handle({"X-Gitea-Event": event, "X-Hub-Signature-256": f"sha256={signature}"}, raw)[0]

    closed = {"action": "closed", "pull_request": {"html_url": "u/1"}}
    assert (sent(closed, secret="other"), sent(closed, event="package"), refreshed) == (401, 501, [])
    assert (sent({**closed, "action": "opened"}), refreshed) == (200, [])
    assert (sent(closed), refreshed) == (200, ["a"])
