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

import httpx
import pytest

from sandbox.real.gitea import OWNER, REPOSITORY
from sandbox.real.objects import Objects
from sandbox.standins.controllers.kargo.credentials import Credentials, Login
from sandbox.standins.controllers.kargo.freight import available, new_freight, reference
from sandbox.standins.controllers.kargo.git import Git, GitError
from sandbox.standins.controllers.kargo.gitea_receiver import GiteaReceiver
from sandbox.standins.controllers.kargo.github_receiver import GitHubReceiver
from sandbox.standins.controllers.kargo.imitated import NotImitatedError
from sandbox.standins.controllers.kargo.promotion import new_promotion
from sandbox.standins.controllers.kargo.promotions import Promotions
from sandbox.standins.controllers.kargo.pull_requests import PullRequests
from sandbox.standins.controllers.kargo.stages import Stages
from sandbox.standins.controllers.kargo.warehouses import Warehouses
from tests.memory_gitea import answer_with

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


@pytest.mark.parametrize("verification", [{}, {"verification": {"analysisTemplates": [{"name": "smoke"}]}}])
def test_a_verification_ends_as_in_kargo_without_argo_rollouts(verification):
    """Text and phase are those of Kargo 1.11.2 with `ROLLOUTS_INTEGRATION_ENABLED=false`."""
    metadata = {"name": "backstage", "namespace": "p"}
    freight = new_freight({"metadata": metadata}, [{"repoURL": _IMAGE, "tag": "v1", "digest": "sha256:1"}])
    request = {"origin": freight["origin"], "sources": {"direct": True}}
    spec = {"requestedFreight": [request], "promotionTemplate": {"spec": {"steps": []}}, **verification}
    stage = {"metadata": {**metadata, "name": "backstage-dev", "uid": "u"}, "spec": spec}
    ended = {"phase": "Succeeded", "freight": reference(freight)}
    promotion = {"metadata": {"name": "p"}, "spec": {"freight": freight["metadata"]["name"]}, "status": ended}
    kept = Kept()
    Stages(kept).reconcile(stage, [promotion], [freight], [], automatic=True)
    (verified,) = kept.reported["freightHistory"][0]["verificationHistory"]
    states = [(c["type"], c["status"], c["reason"]) for c in kept.reported["conditions"]]
    assert "backstage-dev" in kept.reported["currentlyIn"]
    if verification:
        message = "Rollouts integration is disabled on this controller: cannot start verification"
        assert (verified["phase"], verified["message"]) == ("Error", message)
        assert states == [("Ready", "False", "VerificationError"), ("Verified", "False", "VerificationError")]
        assert "verifiedIn" not in kept.reported
    else:
        assert verified["phase"] == "Successful"
        assert states == [("Ready", "True", "Synced")]
        assert "backstage-dev" in kept.reported["verifiedIn"]


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


def test_a_task_of_the_cluster_is_not_imitated(libraries, tmp_path):
    step = {"as": "audit", "task": {"name": "audit", "kind": "ClusterPromotionTask"}}
    tasks = [{"metadata": {"name": "audit"}, "spec": {"steps": [written("made")]}}]
    with pytest.raises(NotImitatedError, match="kind of the task of step audit"):
        promoted(libraries, tmp_path, step, tasks=tasks)


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


def metadata_of(kind: str, name: str, **values: str) -> dict[str, Any]:
    """Return a step that writes metadata."""
    return {"uses": "set-metadata", "config": {"updates": [{"kind": kind, "name": name, "values": values}]}}


def test_metadata_is_written_to_the_freight_and_to_no_other_object(libraries, tmp_path):
    status = promoted(libraries, tmp_path, metadata_of("Freight", "${{ ctx.targetFreight.name }}", a="b"))
    assert (status["phase"], status["metadata"]) == ("Succeeded", {"a": "b"})
    absent = promoted(libraries, tmp_path, metadata_of("Freight", "absent", a="b"))
    assert 'freights.kargo.akuity.io "absent" not found' in absent["message"]
    other = promoted(libraries, tmp_path, metadata_of("Stage", "backstage-dev", a="b"))
    assert "the stand-in does not imitate metadata of a Stage" in other["message"]


def test_metadata_of_other_freight_is_not_imitated(libraries, tmp_path):
    step = written("made", **{"if": "${{ freightMetadata('other')?.['a'] == nil }}"})
    assert "does not imitate freightMetadata of other Freight" in promoted(libraries, tmp_path, step)["message"]


MERGEABLE = {"state": "open", "merged": False, "draft": False, "mergeable": True, "merge_commit_sha": "c0ffee"}


@pytest.fixture
def merge(sandbox, monkeypatch):
    """Merge a pull request with these fields by a method; return the result, and what Gitea was asked for."""

    def merged(pull: dict[str, Any], method: str, answer: int = 200) -> tuple[str, list[Any]]:
        asked: list[Any] = []

        def gitea(request: httpx.Request) -> httpx.Response:
            if request.method != "POST":
                return httpx.Response(200, json={**MERGEABLE, **pull})
            asked.append(json.loads(request.content))
            return httpx.Response(answer)

        answer_with(monkeypatch, gitea)
        return PullRequests(_GIT, Login("kargo", "planted"), sandbox.layout.ca).merge(7, method), asked

    return merged


@pytest.mark.parametrize(
    ("pull", "commit", "asked"),
    [
        ({}, "c0ffee", [{"Do": "squash"}]),
        ({"mergeable": False}, "", []),
        ({"draft": True}, "", []),
        ({"state": "closed", "merged": True}, "c0ffee", []),
    ],
)
def test_a_pull_request_is_merged_as_soon_as_gitea_has_looked_for_conflicts(merge, pull, commit, asked):
    """As in Kargo 1.11.2, pkg/gitprovider/gitea."""
    assert merge(pull, "squash") == (commit, asked)


@pytest.mark.parametrize(
    ("pull", "method", "answer", "reason"),
    [
        ({}, "merge", 405, "merge rejected for pull request 7"),
        ({}, "merge", 409, "merge rejected for pull request 7"),
        ({}, "octopus", 200, 'unsupported merge method "octopus"'),
        ({"state": "closed"}, "merge", 200, "pull request 7 is closed but not merged"),
    ],
)
def test_a_merge_that_gitea_refuses_once_is_not_tried_again(merge, pull, method, answer, reason):
    with pytest.raises(ValueError, match=f"^{reason}$"):
        merge(pull, method, answer)


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


def test_the_github_receiver_answers_signed_events_as_kargo_does():
    receiver = GitHubReceiver("secret", list, lambda _: True)

    def sent(event: str, signature: str | None = None) -> tuple[int, dict[str, Any]]:
        raw = json.dumps({"action": "closed", "pull_request": {"html_url": "u/1"}}).encode()
        right = f"sha256={hmac.new(b'secret', raw, hashlib.sha256).hexdigest()}"
        sign = right if signature is None else signature
        return receiver.handle({"X-GitHub-Event": event, "X-Hub-Signature-256": sign}, raw)

    assert sent("ping") == (200, {"msg": "ping event received, webhook is configured correctly"})
    assert sent("pull_request") == (200, {"msg": "refreshed 0 promotion(s)"})
    assert sent("push") == (200, {"msg": "refreshed 0 warehouse(s)"})
    assert sent("ping", "") == (401, {"error": "missing signature"})
    assert sent("ping", "sha256=00") == (401, {"error": "unauthorized"})
    assert sent("issues") == (400, {"error": "event type issues is not supported"})
