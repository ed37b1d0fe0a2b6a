"""The doctor on a deployed stack: healthy, and with each fault, which is then undone."""

import base64
import copy
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from clients.cluster import Cluster
from kargo.names import KARGO_API
from ops.doctor import chain, report
from ops.doctor.subject import Subject, read
from sandbox.layout import PROJECT
from sandbox.names import REFRESH
from tests.e2e.conftest import DEV, deployed
from tests.e2e.target import IMAGES, SECONDS, Target, wait
from tests.service_account import kubeconfig_of

pytestmark = pytest.mark.e2e

EXTERNAL_SECRETS_API = "external-secrets.io/v1"
RECEIVER = "gitea-packages"


def doctor(target: Target, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the doctor as a person would."""
    environment = {**os.environ, **target.stack.environment}
    command = [sys.executable, "-m", "ops.doctor", "--stack", "dev", *options]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


_subjects: dict[tuple[int, ...], Subject] = {}


def subject_of(target: Target) -> Subject:
    """Return what the doctor reads from Pulumi, read again only after a change: it takes three pulumi commands."""
    project, states = target.stack.project, target.stack.layout.folder("pulumi-state")
    changed = tuple(path.stat().st_mtime_ns for path in (project.file, *sorted(states.rglob("dev.json"))))
    if changed not in _subjects:
        _subjects[changed] = read("dev")
    subject = _subjects[changed]
    kubernetes = subject.stack.kubernetes
    # A cluster's client keeps what it has read.
    return replace(subject, cluster=Cluster(kubernetes.kubeconfig or "", kubernetes.context))


@contextmanager
def looking(target: Target, **variables: str) -> Iterator[Subject]:
    """Yield what the doctor looks at, in its environment."""
    environment = {**target.stack.environment, **variables}
    # The client read that variable when it was imported.
    location = patch("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", environment["KUBECONFIG"])
    with patch.dict(os.environ, environment), location:
        yield subject_of(target)


def examined(target: Target, **variables: str) -> tuple[int, dict[str, dict[str, str]]]:
    """Return the doctor's exit code, and its findings by check; without the second that its imports take."""
    with looking(target, **variables) as subject:
        found = report.scrubbed(list(chain.walk(subject)), subject.scrubber)
    return report.code(found), {entry["check"]: entry for entry in json.loads(report.as_json("dev", found))["checks"]}


def failed(found: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the findings of failed checks, by check."""
    return {check: entry["found"] for check, entry in found.items() if entry["verdict"] == "failed"}


def is_healthy(target: Target) -> None:
    """Wait until no check fails; fail the test with the findings if one keeps failing."""
    end = time.monotonic() + SECONDS
    while found := failed(examined(target)[1]):
        assert time.monotonic() < end, found


@pytest.fixture(scope="module")
def patient(place, tmp_path_factory) -> Iterator[Target]:
    """Deploy a stack with both kinds of receivers, and promote one image."""
    pipelines: dict[str, dict[str, Any]] = {
        "backstage": {"stages": [DEV]},
        "review": {"stages": [{"name": "dev", "promoteBy": "pullRequest"}]},
    }
    with deployed(place, tmp_path_factory.mktemp("doctor"), pipelines) as target:
        # A Warehouse without an image repeats its discovery, also while a test sets a wrong password.
        for name in pipelines:
            target.pipeline(name).push("v1")
            target.pipeline(name).wait_for_freight("v1")
        target.pipeline("backstage").wait_for_commit("v1")
        is_healthy(target)
        yield target


def write(target: Target, api_version: str, kind: str, name: str, body: dict[str, Any]) -> None:
    target.objects.api.resources.get(api_version=api_version, kind=kind).patch(
        name=name, namespace=target.project, body=body, content_type="application/merge-patch+json"
    )


@contextmanager
def patched(target: Target, api_version: str, kind: str, name: str, body: dict[str, Any]) -> Iterator[None]:
    """Change an object's spec or data, then restore it."""
    before = target.objects.get(api_version, kind, target.project, name)
    assert before
    write(target, api_version, kind, name, body)
    yield
    write(target, api_version, kind, name, {key: before[key] for key in body if key in before})


@contextmanager
def hook(target: Target, **changes: Any) -> Iterator[None]:
    """Change the hook in Gitea as a person might, then change it back; an `up` creates one that was deleted."""
    (found,) = [hook for hook in target.hooks() if hook["events"] == ["package"]]
    path = f"/user/hooks/{found['id']}"
    whole = {"events": found["events"], "active": True, "config": {**found["config"], "content_type": "json"}}
    if changes:
        target.gitea.patch(path, json={**whole, **changes}).raise_for_status()
        yield
        target.gitea.patch(path, json=whole).raise_for_status()
    else:
        target.gitea.delete(path).raise_for_status()
        yield
        target.pulumi("up", "--yes", "--skip-preview", "--refresh")


def no_hook(target: Target) -> Any:
    return hook(target)


def inactive_hook(target: Target) -> Any:
    return hook(target, active=False)


def hook_of_pushes(target: Target) -> Any:
    return hook(target, events=["push"])


def hook_to_another_url(target: Target) -> Any:
    url = f"{target.place.webhooks_url}/generic/0000"
    return hook(target, events=["package"], config={"url": url, "content_type": "json"})


def edited_webhook_secret(target: Target) -> Any:
    value = base64.b64encode(b"another-one").decode()
    name = f"{target.project}-webhook-{RECEIVER}"
    return patched(target, "v1", "Secret", name, {"data": {"secret": value}})


@contextmanager
def synced(target: Target) -> Iterator[None]:
    """Sync both ExternalSecrets, now and at the end."""
    for last in (False, True):
        for name in ("credentials-image", "credentials-git"):
            annotations = {"force-sync": str(time.time_ns())}
            write(target, EXTERNAL_SECRETS_API, "ExternalSecret", name, {"metadata": {"annotations": annotations}})
        if not last:
            yield


@contextmanager
def store_with(target: Target, **passwords: str) -> Iterator[None]:
    """Write other values into the store; without values, delete the store."""
    store = target.objects.get(EXTERNAL_SECRETS_API, "ClusterSecretStore", None, target.project)
    assert store
    (entry,) = store["spec"]["provider"]["fake"]["data"]
    if passwords:
        target.write_store(**passwords)
    else:
        target.objects.delete(EXTERNAL_SECRETS_API, "ClusterSecretStore", None, target.project)
    with synced(target):
        yield
        target.write_store(password=entry["value"])


def no_store(target: Target) -> Any:
    return store_with(target)


def no_key(target: Target) -> Any:
    return store_with(target, another="x")


def wrong_password(target: Target) -> Any:
    return store_with(target, password="wrong")


@contextmanager
def reading_token(target: Target) -> Iterator[None]:
    wanted = {"name": "reader", "scopes": ["read:repository", "read:package"]}
    made = target.gitea.post(f"/users/{target.place.username}/tokens", json=wanted).raise_for_status()
    with store_with(target, password=made.json()["sha1"]):
        yield
    target.revoke("reader")


@contextmanager
def another_secret(target: Target) -> Iterator[None]:
    metadata = {
        "name": "aaa",
        "namespace": target.project,
        "labels": {"kargo.akuity.io/cred-type": "image"},
    }
    data = {"repoURL": f"^{target.place.gitea_host}/.*", "repoURLIsRegex": "true", "username": "x", "password": "y"}
    target.objects.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data})
    yield
    target.objects.delete("v1", "Secret", target.project, "aaa")


@contextmanager
def deleted(target: Target, api_version: str, kind: str, name: str) -> Iterator[None]:
    """Delete an object, then create it again."""
    before = target.objects.get(api_version, kind, target.project, name)
    assert before
    target.objects.delete(api_version, kind, target.project, name)
    yield
    kept = ("name", "namespace", "labels", "annotations")
    metadata = {key: before["metadata"][key] for key in kept if key in before["metadata"]}
    target.objects.create({**before, "metadata": metadata})


def no_external_secret(target: Target) -> Any:
    return deleted(target, EXTERNAL_SECRETS_API, "ExternalSecret", "credentials-git")


def no_policies(target: Target) -> Any:
    return patched(target, KARGO_API, "ProjectConfig", target.project, {"spec": {"promotionPolicies": []}})


@contextmanager
def no_stage(target: Target) -> Iterator[None]:
    target.objects.delete(KARGO_API, "Stage", target.project, "backstage-dev")
    wait(lambda: not target.objects.get(KARGO_API, "Stage", target.project, "backstage-dev"), "the Stage's end")
    yield
    target.pulumi("up", "--yes", "--skip-preview", "--refresh")
    target.pipeline("backstage").wait_for_end("dev", "v1")


@contextmanager
def warehouse_of(target: Target, tags: str) -> Iterator[None]:
    """Make the Warehouse match other tags."""
    live = target.pipeline("backstage").warehouse()
    (subscription,) = live["spec"]["subscriptions"]
    changed = {**subscription["image"], "allowTagsRegexes": [tags]}
    with patched(target, KARGO_API, "Warehouse", "backstage", {"spec": {"subscriptions": [{"image": changed}]}}):
        yield
    wait(lambda: target.pipeline("backstage").ready().get("status") == "True", "the Warehouse")


@contextmanager
def rule_that_matches_nothing(target: Target) -> Iterator[None]:
    """Write the rule to the stack's file and the cluster."""
    written = target.stack.project.configuration()["config"]["kargo-backstage:pipelines"]
    first, *others = copy.deepcopy(written)
    first["warehouse"]["allowTagsRegexes"] = ["^v99"]
    with settings(target, "pipelines", [first, *others]), warehouse_of(target, "^v99"):
        yield


def rule_by_hand(target: Target) -> Any:
    return warehouse_of(target, "^v(")


def variable_by_hand(target: Target) -> Any:
    live = target.get("Stage", "backstage-dev")
    template = copy.deepcopy(live["spec"]["promotionTemplate"])
    template["spec"]["steps"][0]["vars"][0]["value"] = "another-branch"
    return patched(target, KARGO_API, "Stage", "backstage-dev", {"spec": {"promotionTemplate": template}})


def step_by_hand(target: Target) -> Any:
    steps = target.get("PromotionTask", "commit-image")["spec"]["steps"]
    changed = [{**steps[0], "config": {**steps[0]["config"], "repoURL": "https://example.com/x.git"}}, *steps[1:]]
    return patched(target, KARGO_API, "PromotionTask", "commit-image", {"spec": {"steps": changed}})


@contextmanager
def shard_by_hand(target: Target) -> Iterator[None]:
    write(target, KARGO_API, "Warehouse", "backstage", {"spec": {"shard": "elsewhere"}})
    yield
    write(target, KARGO_API, "Warehouse", "backstage", {"spec": {"shard": None}})


def no_task(target: Target) -> Any:
    return deleted(target, KARGO_API, "PromotionTask", "commit-image")


@contextmanager
def archived_repository(target: Target) -> Iterator[None]:
    repository = f"/repos/{target.place.username}/{target.project}"
    target.gitea.patch(repository, json={"archived": True}).raise_for_status()
    yield
    target.gitea.patch(repository, json={"archived": False}).raise_for_status()


@contextmanager
def no_branch(target: Target) -> Iterator[None]:
    repository = f"/repos/{target.place.username}/{target.project}"
    branches = f"{repository}/branches"

    def renamed(old: str, new: str) -> None:
        target.gitea.post(branches, json={"new_branch_name": new, "old_branch_name": old}).raise_for_status()
        # Gitea 1.25 may not know a new branch yet.
        wait(lambda: target.gitea.patch(repository, json={"default_branch": new}).is_success, "the default branch")
        target.gitea.delete(f"{branches}/{old}").raise_for_status()

    renamed("main", "elsewhere")
    yield
    renamed("elsewhere", "main")


@contextmanager
def images_file(target: Target, text: str | None) -> Iterator[None]:
    """Write another text to the images file; None deletes it."""
    path = f"/repos/{target.place.username}/{target.project}/contents/{IMAGES}"
    before = target.images_text()

    def commit(content: str | None) -> None:
        live = target.gitea.get(path)
        body = {"message": "By hand", "branch": "main"}
        if live.is_success:
            body["sha"] = live.json()["sha"]
        if content is None:
            target.gitea.request("DELETE", path, json=body).raise_for_status()
            return
        body["content"] = base64.b64encode(content.encode()).decode()
        (target.gitea.put if live.is_success else target.gitea.post)(path, json=body).raise_for_status()

    commit(text)
    yield
    commit(before)


def no_images_file(target: Target) -> Any:
    return images_file(target, None)


def images_file_without_json(target: Target) -> Any:
    return images_file(target, "dev: v1\n")


def images_file_by_hand(target: Target) -> Any:
    return images_file(target, json.dumps({"dev": {"backstage": "elsewhere:v7"}}, indent=2))


def images_file_on_one_line(target: Target) -> Any:
    return images_file(target, json.dumps({**target.images(), "staging": {}}))


@contextmanager
def protected_branch(target: Target) -> Iterator[None]:
    protections = f"/repos/{target.place.username}/{target.project}/branch_protections"
    target.gitea.post(protections, json={"branch_name": "main", "enable_push": False}).raise_for_status()
    yield
    target.gitea.delete(f"{protections}/main").raise_for_status()


@contextmanager
def old_kargo(target: Target) -> Iterator[None]:
    labels = {"app.kubernetes.io/name": "kargo", "app.kubernetes.io/version": "1.9.2"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "controller", "image": "none"}]}}
    target.objects.create(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "kargo-controller", "namespace": target.project, "labels": labels},
            "spec": {"selector": {"matchLabels": labels}, "template": template},
        }
    )
    yield
    target.objects.delete("apps/v1", "Deployment", target.project, "kargo-controller")


@contextmanager
def settings(target: Target, path: str, value: Any) -> Iterator[None]:
    """Set another value in the stack's file."""
    key = path.partition(".")[0]
    before = target.stack.project.configuration()["config"][f"kargo-backstage:{key}"]
    target.stack.project.replace(path, value)
    yield
    target.stack.project.replace(key, before)


def server_that_is_not_there(target: Target) -> Any:
    return settings(target, "kargo.webhooksBaseUrl", "http://127.0.0.1:9")


def server_of_something_else(target: Target) -> Any:
    return settings(target, "kargo.webhooksBaseUrl", f"https://{target.place.gitea_host}")


def refresh(target: Target) -> str:
    """Refresh the Warehouse, as the doctor advises; return the value of the annotation."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    write(target, KARGO_API, "Warehouse", "backstage", {"metadata": {"annotations": {REFRESH: now}}})
    return now


@contextmanager
def unseen_push(target: Target) -> Iterator[None]:
    with hook(target):
        target.pipeline("backstage").push("v2")
        yield
    refresh(target)
    target.pipeline("backstage").wait_for_commit("v2")


def _ended_badly(target: Target) -> bool:
    last = target.promotions("backstage-dev")[-1]
    return (last.get("status") or {}).get("phase") in ("Errored", "Failed")


@contextmanager
def failed_promotion(target: Target) -> Iterator[None]:
    with protected_branch(target):
        pipeline = target.pipeline("backstage")
        pipeline.push("v3")
        # Three tries, each with pauses that grow.
        wait(lambda: _ended_badly(target), "the failure of the Promotion", seconds=300)
        yield
    pipeline.push("v4")
    wait(lambda: pipeline.deployed() == "v4", "the next Promotion")


@contextmanager
def failed_refresh(target: Target) -> Iterator[None]:
    """Refresh the Warehouse with a wrong password: Kargo reports Ready although the discovery fails."""
    with wrong_password(target):
        pipeline = target.pipeline("backstage")
        wait(lambda: examined(target)[1]["image registry login"]["verdict"] == "failed", "the wrong password")
        asked = refresh(target)
        wait(lambda: pipeline.warehouse()["status"].get("lastHandledRefresh") == asked, "the refresh")
        yield
    wait(lambda: examined(target)[1]["image registry login"]["verdict"] == "ok", "the right password")
    refresh(target)


Fault = Callable[[Target], Any]
# The fault, the check that fails, its finding, and its advice.
FAULTS: list[tuple[Fault, str, str, str]] = [
    (no_hook, f"webhook of receiver {RECEIVER}", "missing in user/hooks", "pulumi up --refresh --stack dev"),
    (inactive_hook, f"webhook of receiver {RECEIVER}", "inactive", "pulumi up --refresh"),
    (hook_of_pushes, f"webhook of receiver {RECEIVER}", "events: push", "pulumi up --refresh"),
    (hook_to_another_url, f"webhook of receiver {RECEIVER}", "delivers to another URL", "pulumi up --refresh"),
    (edited_webhook_secret, f"URL of receiver {RECEIVER}", "the Secret was changed", "writes the stack's secret again"),
    (no_store, "image registry ExternalSecret", "the store does not exist", "force-sync"),
    (no_key, "image registry ExternalSecret", "does not contain", "force-sync"),
    (
        wrong_password,
        "image registry login",
        "refused the sign-in",
        "pulumi config set --secret kargo-backstage:giteaPassword",
    ),
    (reading_token, "GitOps repository login", "write:repository", "pulumi config set --secret"),
    (another_secret, "image registry Secret", "Kargo uses Secret aaa", "remove Secret aaa"),
    (no_external_secret, "GitOps repository ExternalSecret", "missing", "pulumi up --refresh"),
    (no_policies, "ProjectConfig", "spec.promotionPolicies[0] differs", "pulumi up --refresh"),
    (variable_by_hand, "Stage backstage-dev", "vars[0].value differs", "pulumi up --refresh"),
    (step_by_hand, "PromotionTask commit-image", "spec.steps[0].config.repoURL differs", "pulumi up --refresh"),
    (shard_by_hand, "Warehouse backstage", "spec.shard was added", "edit warehouse backstage"),
    (no_task, "PromotionTask commit-image", "missing", "pulumi up --refresh"),
    (no_stage, "Stage backstage-dev", "missing", "pulumi up --refresh"),
    (rule_that_matches_nothing, "Warehouse backstage", "in the registry is eligible", "correct pipelines[].warehouse"),
    (rule_by_hand, "Warehouse backstage", "allowTagsRegexes[0] differs", "pulumi up --refresh"),
    (no_images_file, f"{IMAGES}: dev.backstage", "the file is missing", "promote again"),
    (images_file_without_json, f"{IMAGES}: dev.backstage", "it is not JSON", "restore the file"),
    (images_file_by_hand, f"{IMAGES}: dev.backstage", "elsewhere:v7", "the file was changed"),
    (images_file_on_one_line, f"{IMAGES}: dev.backstage", "the file has only one line", "format the file"),
    (archived_repository, "GitOps repository write access", "archived", "unarchive it"),
    (no_branch, "GitOps branch main", "does not exist", "create it"),
    (protected_branch, "GitOps branch main", "protected", "promoteBy: pullRequest"),
    (old_kargo, "Kargo", "1.9.2", "upgrade Helm chart kargo"),
    (server_that_is_not_there, f"server of receiver {RECEIVER}", "cannot be reached", "kargo.webhooksBaseUrl"),
    (server_of_something_else, f"server of receiver {RECEIVER}", "404", "kargo.webhooksBaseUrl"),
    (unseen_push, "newest tag of", "v2 is in the registry", "Recent Deliveries"),
    (failed_promotion, "Stage backstage-dev", "Errored at step", "push another tag"),
    (failed_refresh, "Warehouse backstage", "although Kargo reports Ready", "push again"),
]


@pytest.mark.parametrize(("fault", "check", "found", "advice"), FAULTS, ids=[fault.__name__ for fault, *_ in FAULTS])
def test_a_fault_is_reported_with_its_fix(patient, fault, check, found, advice):
    def line() -> dict[str, str] | None:
        code, checks = examined(patient)
        wanted = [entry for name, entry in checks.items() if name.startswith(check)]
        assert wanted, checks.keys()
        is_found = wanted[0]["verdict"] == "failed" and found in wanted[0]["found"]
        return {**wanted[0], "code": str(code)} if is_found else None

    entry = None
    # The fault is undone even if the check does not find it.
    with fault(patient), suppress(AssertionError):
        entry = wait(line, f"{check}: {found}")
    assert entry, examined(patient)
    assert entry["code"] == "1"
    assert entry["expected"]
    assert advice in entry["advice"]
    is_healthy(patient)


def test_no_finding_has_a_secret(patient):
    outputs = json.loads(patient.pulumi("stack", "output", "--json", "--show-secrets"))
    table, as_json = doctor(patient), doctor(patient, "--json")
    printed = table.stdout + as_json.stdout
    assert (table.returncode, as_json.returncode) == (0, 0), printed + table.stderr
    assert json.loads(as_json.stdout)["healthy"]
    for url in outputs["webhookUrls"].values():
        assert url.rpartition("/")[2] not in printed
    assert patient.place.password not in printed


@contextmanager
def somebody(target: Target, folder: Path, rights: dict[str | None, list[dict[str, Any]]]) -> Iterator[str]:
    """Yield the kubeconfig of a ServiceAccount.

    Args:
        target: where.
        folder: where the kubeconfig is written.
        rights: the rules of its roles, by namespace; None is the whole cluster.
    """
    group = "rbac.authorization.k8s.io"
    name = f"somebody-{target.project}"
    subject = {"kind": "ServiceAccount", "name": name, "namespace": "default"}
    made: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "default"}}
    ]
    for namespace, rules in rights.items():
        kind, metadata = ("Role", {"namespace": namespace}) if namespace else ("ClusterRole", {})
        about = {"apiVersion": f"{group}/v1", "metadata": {"name": name, **metadata}}
        reference = {"kind": kind, "name": name, "apiGroup": group}
        made += [
            {**about, "kind": kind, "rules": rules},
            {**about, "kind": f"{kind}Binding", "roleRef": reference, "subjects": [subject]},
        ]
    for manifest in made:
        target.objects.create(manifest)
    try:
        yield str(kubeconfig_of(name, "default", target.place.kubeconfig, folder / "somebody"))
    finally:
        for manifest in reversed(made):
            metadata = manifest["metadata"]
            target.objects.delete(manifest["apiVersion"], manifest["kind"], metadata.get("namespace"), name)


def test_a_viewer_gets_unknown_checks_instead_of_failures(patient, tmp_path):
    """The user may only read Kargo's objects and ExternalSecrets, and no Secrets."""
    rules = [
        {"apiGroups": ["kargo.akuity.io"], "resources": ["*"], "verbs": ["get", "list"]},
        {"apiGroups": ["external-secrets.io"], "resources": ["externalsecrets"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]},
    ]
    with somebody(patient, tmp_path, {None: rules}) as kubeconfig:
        code, checks = examined(patient, KUBECONFIG=kubeconfig)
    assert (code, failed(checks)) == (2, {})
    assert checks["image registry Secret"]["found"].startswith("the Secrets cannot be read")
    assert checks["Warehouse backstage"]["verdict"] == "ok"


def test_the_rights_to_deploy_are_enough_to_see_everything(patient, tmp_path):
    everywhere, inside = yaml.safe_load_all((PROJECT / "docs" / "rbac.yaml").read_text())
    with somebody(patient, tmp_path, {None: everywhere["rules"], patient.project: inside["rules"]}) as kubeconfig:
        code, checks = examined(patient, KUBECONFIG=kubeconfig)
    assert {check: entry["found"] for check, entry in checks.items() if entry["verdict"] != "ok"} == {}
    assert code == 0


def test_a_cluster_that_does_not_answer_leaves_the_rest_looked_at(patient, tmp_path):
    content = yaml.safe_load(patient.place.kubeconfig.read_text())
    for cluster in content["clusters"]:
        cluster["cluster"]["server"] = "https://127.0.0.1:9"
    kubeconfig = tmp_path / "away"
    kubeconfig.write_text(yaml.safe_dump(content))
    code, checks = examined(patient, KUBECONFIG=str(kubeconfig))
    assert code == 1
    assert "the cluster cannot be reached" in checks["Kubernetes API"]["found"]
    assert checks[f"webhook of receiver {RECEIVER}"]["verdict"] == "ok"


def test_a_stack_that_is_not_there_is_one_line(patient):
    environment = {**os.environ, **patient.stack.environment}
    command = [sys.executable, "-m", "ops.doctor", "--stack", "absent"]
    result = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
