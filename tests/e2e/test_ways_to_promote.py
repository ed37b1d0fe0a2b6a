"""The other ways to promote: selection, the written reference, the conditions of a Stage, and its further steps."""

import datetime
import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from clients.conditions import condition
from clients.repository import Repository
from clients.sign_in import User
from clients.targets import Target as Place
from clients.targets import check_targets
from ops.doctor import stages
from sandbox.names import KARGO
from sandbox.real import kargo
from sandbox.real.images import Registry
from sandbox.real.kubernetes_api import client
from sandbox.real.objects import Objects
from sandbox.standins.controllers.kargo.promotion import new_promotion
from sandbox.standins.controllers.kargo.stages import NO_ROLLOUTS
from tests.e2e.conftest import DEV, deployed
from tests.e2e.receiver import Receiver
from tests.e2e.target import IMAGES, DeployedPipeline, Target, done, steps, wait
from tests.e2e.test_doctor import looking
from tests.e2e.test_promotion import promote, pulls
from tests.service_account import kubeconfig_of

pytestmark = pytest.mark.e2e

CROWD = tuple(f"crowd-{i}" for i in range(10))
ROUNDS = int(os.environ.get("E2E_ROUNDS", "1"))
SOAK_SECONDS = 30
# Kargo reconciles a Stage every five minutes. The end of a soak does not trigger it.
SOAK_ENDS_WITHIN = 360.0
LABELS = ("deploy", "kargo bot")
ANALYSIS = {
    "analysisTemplates": [{"name": "smoke", "kind": "AnalysisTemplate"}],
    "args": [
        {"name": "freight", "value": "${{ ctx.targetFreight.name }}"},
        {"name": "url", "value": "http://backstage.svc:7007/healthcheck"},
    ],
}
NOTIFY_TOKEN = "planted-notify-token"
PULL_REQUEST = {
    "title": "Deploy {app} {tag} to {environment}",
    "labels": list(LABELS),
    "merge": True,
    "mergeMethod": "squash",
}
DETAILS = {"description": "details", "merge": True, "mergeMethod": "rebase"}
MESSAGE = "chore({pipeline}-{stage}): {tag} [skip ci]"
PROTECTED = "env/protected"


def select(strategy: str, **rules: Any) -> dict[str, Any]:
    """Return a Warehouse's settings with a strategy and its rules."""
    return {"imageSelectionStrategy": strategy, **rules}


@dataclass
class Application:
    """The server that a Stage's check requests. It answers with `status`."""

    port: int
    status: int = 200
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            running.asked.append(self.path)
            self.send_response(running.status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Application(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield running
    server.shutdown()


def own_steps(application: Application) -> dict[str, list[dict[str, Any]]]:
    """Return steps of a team: a gate, a file with an expression in it, and a request with an output of that."""
    server = f"http://127.0.0.1:{application.port}"
    # Quotes around the whole template keep it a text.
    note = {"path": "./own/note.json", "contents": '"{"stage": "${{ ctx.stage }}"}"'}
    read = {"path": "./own/note.json", "outputs": [{"name": "stage", "fromExpression": "stage"}]}
    answers = {"successExpression": "response.status == 200", "failureExpression": "response.status == 500"}
    gate = {"as": "gate", "uses": "http", "retry": {"timeout": "1m"}, "config": {"url": f"{server}/gate", **answers}}
    announce = {
        "as": "announce",
        "uses": "http",
        "if": "${{ status('check') == 'Succeeded' }}",
        # Kargo evaluates variables before `if`: without ?. an output of a step that did not run is an error.
        "vars": [{"name": "page", "value": "announced/${{ outputs['read-note']?.stage }}"}],
        "config": {"url": f"{server}/${{{{ vars.page }}}}", **answers},
    }
    return {
        "before": [
            gate,
            {"as": "note", "uses": "file-write", "config": note},
            {"as": "read-note", "uses": "json-parse", "config": read},
        ],
        "after": [announce],
    }


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def standin(layout) -> bool:
    """Whether Kargo is the sandbox's stand-in, which reports anything that it does not imitate."""
    return layout is not None and not kargo.runs(layout)


@pytest.fixture(scope="module")
def owner(place) -> Iterator[str]:
    """A second owner of images in Gitea, as GHCR's would be."""
    name = f"released-{place.username}"
    with place.gitea() as api:
        api.post("/orgs", json={"username": name}).raise_for_status()
        yield name
        for package in api.get(f"/packages/{name}").raise_for_status().json():
            api.delete(f"/packages/{name}/container/{package['name']}/{package['version']}")
        api.delete(f"/orgs/{name}")


@pytest.fixture(scope="module")
def several(place, tmp_path_factory, application, receiver, owner) -> Iterator[Target]:
    """Deploy a stack with a pipeline for each way to promote."""
    check = {
        "url": f"http://127.0.0.1:{application.port}/healthcheck",
        "successExpression": "response.status == 200",
        "failureExpression": "response.status == 500",
        "retry": {"timeout": "1m"},
    }
    notify = {
        "url": f"{receiver.url}/announced",
        "token": {"from": "stack"},
        "authScheme": "token",
        "on": ["failed", "succeeded"],
        "body": [{"result": "{result}", "text": "{app} {tag} in {environment}", "promotion": "{promotion}"}],
    }
    production = {"name": "production", "upstream": ["dev"], "autoPromotion": True}
    pipelines: dict[str, dict[str, Any]] = {
        "soaked": {"stages": [DEV, {**production, "requiredSoakTime": f"{SOAK_SECONDS}s"}]},
        "again": {"reference": "tagAndDigest", "stages": [DEV]},
        "followed": {"reference": "digest", "warehouse": select("Digest", constraint="edge"), "stages": [DEV]},
        "lexical": {"warehouse": select("Lexical", allowTagsRegexes=["^b-"]), "stages": [DEV]},
        "built": {"warehouse": select("NewestBuild", allowTagsRegexes=["^b-"]), "stages": [DEV]},
        "matching": {"stages": [DEV, {**production, "selectionPolicy": "MatchUpstream"}]},
        "ignoring": {"warehouse": {"ignoreTagsRegexes": ["^v13$"]}, "stages": [DEV]},
        "both": {
            "stages": [DEV, {"name": "qa"}, {**production, "upstream": ["dev", "qa"], "availabilityStrategy": "All"}]
        },
        "merged": {"stages": [{**DEV, "promoteBy": "pullRequest", "pullRequest": PULL_REQUEST}]},
        "reviewed": {"stages": [DEV, {**production, "promoteBy": "pullRequest", "pullRequest": DETAILS}]},
        "protected": {
            "stages": [{**DEV, "promoteBy": "pullRequest", "branch": PROTECTED, "pullRequest": {"merge": True}}]
        },
        "checked": {"stages": [{**DEV, "httpCheck": check}, production]},
        "analyzed": {"stages": [{**DEV, "verification": ANALYSIS}, production]},
        "guarded": {"stages": [{"name": "dev", "promoters": ["release-managers"]}, {"name": "production"}]},
        "wrapped": {"stages": [{**DEV, "httpCheck": check, "steps": own_steps(application)}, production]},
        "announced": {"stages": [{**DEV, "httpCheck": check, "notify": notify}]},
        "alone": {"stages": [{**DEV, "imagesFile": "apps/{pipeline}/{environment}.json"}]},
        # Needs parts that are missing here: another shard's controller, Argo CD and Rollouts.
        "elsewhere": {
            "shard": "elsewhere",
            "warehouse": {"cacheByTag": True, "platform": "linux/amd64"},
            "stages": [
                {
                    **DEV,
                    "argoCD": {"apps": [{"name": "elsewhere"}]},
                    "verification": {"analysisTemplates": [{"name": "smoke"}]},
                    "branch": "env/dev",
                }
            ],
        },
        "released": {"stages": [{**DEV, "publish": True}]},
        **{name: {"stages": [DEV]} for name in CROWD},
    }
    publish_to = {
        "kind": "gitea",
        "host": place.gitea_host,
        "owner": owner,
        "login": {"username": place.username, "password": {"from": "stack"}},
    }
    secrets = {"publishPassword": place.password, "notifyToken": NOTIFY_TOKEN}
    settings = {"publishTo": publish_to, "gitOps.message": MESSAGE}
    with deployed(place, tmp_path_factory.mktemp("ways"), pipelines, None, settings, secrets) as made:
        # Kargo accepts only labels that exist in the repository.
        for label in LABELS:
            wanted = {"name": label, "color": "#00aabb"}
            made.gitea.post(f"/repos/{place.username}/{made.project}/labels", json=wanted).raise_for_status()
        soaked = made.pipeline("soaked")
        soaked.push("v1")
        soaked.wait_for_commit("v1")
        yield made


def reference(pipeline: DeployedPipeline, environment: str = "dev") -> str | None:
    """Return the part of the committed reference after the image's repository."""
    written = pipeline.target.images().get(environment, {}).get(pipeline.name)
    return written.removeprefix(pipeline.image) if written else None


def wait_for(pipeline: DeployedPipeline, written: str) -> None:
    """Wait until the committed reference ends so, after the image's repository."""
    wait(lambda: reference(pipeline) == written, f"the reference {written} of {pipeline.name}")


def test_a_tag_pushed_again_is_deployed_again_where_the_digest_is_written(several):
    again = several.pipeline("again")
    for platforms in (1, 2):
        digest = again.push("v1", platforms)
        wait_for(again, f":v1@{digest}")
    assert len(several.promotions("again-dev")) == 2


def test_one_tag_is_followed(several):
    followed = several.pipeline("followed")
    for tag in ("v99", "edge", "edge"):
        digest = followed.push(tag)
        if tag == "edge":
            wait_for(followed, f"@{digest}")


def test_texts_are_ordered_as_texts(several):
    lexical = several.pipeline("lexical")
    for tag, expected in (("b-10", ":b-10"), ("b-9", ":b-9"), ("c-1", ":b-9"), ("b-11", ":b-9")):
        lexical.push(tag)
        wait_for(lexical, expected)
    time.sleep(2)
    assert reference(lexical) == ":b-9"


def test_the_newest_build_is_taken_whatever_its_tag(several, standin):
    built = several.pipeline("built")
    for tag in ("b-2", "b-1"):
        built.push(tag)
        if standin:
            wait(lambda: "does not imitate the strategy NewestBuild" in built.ready().get("message", ""), "the reason")
            return
        wait_for(built, f":{tag}")
        time.sleep(1)


def test_a_stage_follows_its_upstream_stage(several, standin):
    matching = several.pipeline("matching")
    matching.push("v1")
    matching.wait_for_commit("v1")
    if standin:
        (ready,) = several.get("Stage", "matching-production")["status"]["conditions"]
        assert "does not imitate autoPromotionOptions" in ready["message"]
        return
    matching.wait_for_commit("v1", "production")


def test_a_tag_is_ignored(several):
    ignoring = several.pipeline("ignoring")
    for tag in ("v12", "v13"):
        ignoring.push(tag)
    ignoring.wait_for_commit("v12")
    assert "v13" not in ignoring.freight()


def commits(target: Target, first_line: str) -> list[dict[str, Any]]:
    """Return the newest commits of the GitOps repository whose messages begin with this line."""
    path = f"/repos/{target.place.username}/{target.project}/commits"
    found = target.gitea.get(path, params={"limit": 50}).raise_for_status().json()
    return [entry for entry in found if entry["commit"]["message"].split("\n")[0] == first_line]


def test_the_commit_names_image_tag_digest_stage_and_freight(several):
    ignoring = several.pipeline("ignoring")
    digest = ignoring.push("v14")
    ignoring.wait_for_commit("v14")
    (commit,) = commits(several, "chore(ignoring-dev): v14 [skip ci]")
    message = commit["commit"]["message"]
    freight = ignoring.freight()["v14"]["metadata"]["name"]
    assert message.rstrip("\n").split("\n")[2:] == [
        f"Image: {ignoring.image}:v14 ({digest.removeprefix('sha256:')[:12]})",
        "Stage: ignoring-dev",
        f"Freight: {freight[:7]}",
    ]


def test_a_stage_waits_for_all_its_upstream_stages(several):
    both = several.pipeline("both")
    both.push("v1")
    both.wait_for_commit("v1")
    time.sleep(3)
    assert several.promotions("both-production") == []
    assert promote(both, "both-qa", "v1")["status"]["phase"] == "Succeeded"
    both.wait_for_commit("v1", "production")


def test_kargo_merges_a_pull_request_with_title_and_labels(several):
    merged = several.pipeline("merged")
    merged.push("v1")
    promotion = merged.wait_for_end("dev", "v1")
    assert promotion["status"]["phase"] == "Succeeded", promotion["status"]
    assert merged.deployed() == "v1"
    found = several.gitea.get(pulls(several), params={"state": "closed"}).raise_for_status().json()
    (pull,) = [pull for pull in found if pull["title"] == "Deploy merged v1 to dev"]
    assert pull["merged"]
    assert {label["name"] for label in pull["labels"]} == set(LABELS)
    # Squashed: one commit, and no merge.
    (commit,) = commits(several, f"Deploy merged v1 to dev (#{pull['number']})")
    assert len(commit["parents"]) == 1
    assert commits(several, "chore(merged-dev): v1 [skip ci]") == []


def test_a_pull_request_shows_what_it_promotes_and_when_it_was_promoted_upstream(several, place):
    reviewed = several.pipeline("reviewed")
    digest = reviewed.push("v1")
    assert done(reviewed.wait_for_end("dev", "v1"))[-1] == "record"
    promotion = reviewed.wait_for_end("production", "v1")
    assert promotion["status"]["phase"] == "Succeeded", promotion["status"]
    found = several.gitea.get(pulls(several), params={"state": "closed"}).raise_for_status().json()
    (pull,) = [pull for pull in found if pull["title"] == "production: reviewed v1"]
    # Kargo appends a link to its UI, if it knows the address.
    *lines, recorded = pull["body"].split("\n\n")[0].split("\n")
    freight = reviewed.freight()["v1"]
    owner, name = place.username, reviewed.image.rpartition("/")[2]
    page = f"https://{place.gitea_host}/{owner}/-/packages/container/{name}/v1"
    assert lines == [
        f"- Image: `{reviewed.image}`",
        f"- Tag: `v1` ([package]({page}))",
        f"- Digest: `{digest}`",
        f"- Freight: `{freight['metadata']['name']}`, alias `{freight['alias']}`",
        "- Stage: `reviewed-production`",
    ]
    time_of_dev = freight["status"]["metadata"]["promoted-to-reviewed-dev"]
    assert recorded == f"- Promoted to `reviewed-dev`: {time_of_dev}"
    upstream = reviewed.wait_for_end("dev", "v1")["status"]
    read = datetime.datetime.strptime(time_of_dev, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=datetime.UTC).isoformat()
    assert _seconds_between(upstream["startedAt"], read) >= 0
    assert _seconds_between(read, upstream["finishedAt"]) >= 0
    # Rebased: the commit of the Promotion itself.
    (commit,) = commits(several, "chore(reviewed-production): v1 [skip ci]")
    assert len(commit["parents"]) == 1


def test_gitea_refuses_kargos_merge_at_once_where_the_branch_requires_approvals(several, place):
    written = Place(PROTECTED, IMAGES, "dev.protected", pushed=False, merge="merge")
    url = f"https://{place.gitea_host}/{place.username}/{several.project}.git"

    def warnings() -> list[str]:
        user, ca = User(place.username, place.password), str(place.ca) if place.ca else None
        with Repository(url, user, ca) as repository:
            return check_targets(repository, [written])

    assert warnings() == []
    protection = {"rule_name": PROTECTED, "enable_push": True, "required_approvals": 1}
    path = f"/repos/{place.username}/{several.project}/branch_protections"
    several.gitea.post(path, json=protection).raise_for_status()
    (warning,) = warnings()
    assert warning.startswith(
        f"branch '{PROTECTED}' of {place.username}/{several.project} requires approvals, for which"
    )
    protected = several.pipeline("protected")
    protected.push("v1")
    status = protected.wait_for_end("dev", "v1")["status"]
    assert status["phase"] == "Failed", status
    assert "merge rejected for pull request" in status["message"]


def test_a_pull_request_without_a_change_is_none_and_the_promotion_ends(several):
    merged = several.pipeline("merged")
    merged.push("v2")
    merged.wait_for_end("dev", "v2")
    promotion = promote(merged, "merged-dev", "v2", automatic=True)
    assert promotion["status"]["phase"] == "Succeeded"
    assert done(promotion) == ["clone", "read", "set", "verify"]
    assert steps(promotion)["open-pr"] == "Skipped"


def test_freight_that_fails_a_check_goes_no_further(several, application):
    checked = several.pipeline("checked")
    application.status = 500
    checked.push("v1")
    promotion = checked.wait_for_end("dev", "v1")
    assert promotion["status"]["phase"] == "Failed"
    assert "HTTP (500) response met failure criteria" in promotion["status"]["message"]
    assert application.asked
    assert (checked.deployed(), several.promotions("checked-production")) == ("v1", [])
    application.status = 200
    assert promote(checked, "checked-dev", "v1", automatic=True)["status"]["phase"] == "Succeeded"
    wait(lambda: checked.deployed("production") == "v1", "its way to production")


def test_freight_that_argo_rollouts_cannot_verify_goes_no_further(several, layout):
    """Each Freight gets one try. The Stage goes on with the next one, and nothing reaches the downstream Stage."""
    analyzed = several.pipeline("analyzed")
    for tag in ("v1", "v2"):
        analyzed.push(tag)
        analyzed.wait_for_commit(tag)
    names = [analyzed.freight()[tag]["metadata"]["name"] for tag in ("v2", "v1")]

    def ended() -> dict[str, Any] | None:
        stage = several.get("Stage", "analyzed-dev")
        history = (stage.get("status") or {}).get("freightHistory") or []
        there = [entry["items"]["Warehouse/analyzed"]["name"] for entry in history]
        tried = all(entry.get("verificationHistory") for entry in history)
        return stage if there == names and tried and condition(stage, "Verified").get("status") == "False" else None

    stage = wait(ended, "the end of the second verification")
    verified = condition(stage, "Verified")
    assert verified["reason"] == condition(stage, "Ready")["reason"] == "VerificationError"
    if layout:
        assert verified["message"] == NO_ROLLOUTS
    else:
        print(f"\nthis platform may have Argo Rollouts, and has no template: {verified['message']}")
    entries = [entry["verificationHistory"] for entry in stage["status"]["freightHistory"]]
    assert [[tried["phase"] for tried in entry] for entry in entries] == [["Error"], ["Error"]]
    assert stage["spec"]["verification"] == ANALYSIS
    wait(lambda: "analyzed-dev" in (analyzed.freight()["v2"].get("status") or {}).get("currentlyIn", {}), "the Freight")
    time.sleep(3)
    assert not any((piece.get("status") or {}).get("verifiedIn") for piece in analyzed.freight().values())
    assert several.promotions("analyzed-production") == []
    with looking(several) as subject:
        finding = dict(stages.checks(subject))["Stage analyzed-dev"]()
    assert finding.verdict == "failed"
    assert finding.found.endswith(verified["message"])


def test_a_group_promotes_to_its_stage_and_to_no_other(several, standin, tmp_path):
    """As the ServiceAccount of the groups, whose rights Kargo's API server and its admission ask for."""
    guarded, account = several.pipeline("guarded"), "guarded-dev-promoters"
    guarded.push("v1")
    guarded.wait_for_freight("v1")
    kubeconfig = kubeconfig_of(account, several.project, several.place.kubeconfig, tmp_path / "kubeconfig")
    group = Objects(client(kubeconfig))

    def may(verb: str, resource: str, name: str = "", subresource: str = "") -> bool:
        of_kargo = {"group": KARGO.partition("/")[0], "namespace": several.project, "subresource": subresource}
        asked = {"resourceAttributes": {**of_kargo, "verb": verb, "resource": resource, "name": name}}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "metadata": {}}
        answered = group.create({**review, "spec": asked})
        assert answered
        return bool(answered["status"]["allowed"])

    assert may("promote", "stages", "guarded-dev")
    assert may("create", "promotions")
    assert not may("promote", "stages", "guarded-production")
    assert not may("promote", "stages")
    assert not may("patch", "stages", "guarded-dev")
    assert not may("patch", "freights", subresource="status")

    def promotion(stage: str) -> dict[str, Any]:
        freight, tasks = guarded.freight()["v1"], several.all("PromotionTask")
        return new_promotion(several.get("Stage", stage), freight, tasks, "a test")

    with pytest.raises(ApiException) as refused:
        group.create(promotion("guarded-production"))
    subject = f"system:serviceaccount:{several.project}:{account}"
    sentence = f'subject "{subject}" is not permitted to create Promotions for Stage "guarded-production"'
    assert sentence in json.loads(refused.value.body or "{}")["message"]
    assert group.create(promotion("guarded-dev"))
    assert guarded.wait_for_end("dev", "v1")["status"]["phase"] == "Succeeded"
    assert several.promotions("guarded-production") == []
    if standin:
        print("\nonly real Kargo creates the role kargo-viewer, with which the group may view the project")
        return
    for kind in ("Stage", "Warehouse", "Freight", "Promotion"):
        assert group.all(KARGO, kind, several.project), kind


def test_a_teams_own_steps_run_around_the_commit_and_the_check(several, application):
    wrapped = several.pipeline("wrapped")
    application.asked.clear()
    wrapped.push("v1")
    promotion = wrapped.wait_for_end("dev", "v1")
    assert promotion["status"]["phase"] == "Succeeded", promotion["status"]
    committed = [f"commit::{name}" for name in ("clone", "read", "set", "verify", "commit", "push")]
    assert done(promotion) == ["gate", "note", "read-note", *committed, "check", "announce"]
    assert wrapped.deployed() == "v1"
    assert application.asked == ["/gate", "/healthcheck", "/announced/wrapped-dev"]


def test_a_failed_step_before_the_commit_ends_the_promotion_without_a_commit(several, application):
    wrapped = several.pipeline("wrapped")
    wrapped.wait_for_commit("v1", "production")
    application.status = 500
    wrapped.push("v2")
    promotion = wrapped.wait_for_end("dev", "v2")
    application.status = 200
    assert promotion["status"]["phase"] == "Failed"
    assert "HTTP (500) response met failure criteria" in promotion["status"]["message"]
    assert {alias for alias, status in steps(promotion).items() if status != "Skipped"} == {"gate"}
    assert (wrapped.deployed(), wrapped.deployed("production")) == ("v1", "v1")


def test_the_end_of_a_promotion_is_announced_once_with_the_token(several, application, receiver):
    announced = several.pipeline("announced")
    application.status = 500
    announced.push("v1")
    failed = announced.wait_for_end("dev", "v1")
    application.status = 200
    succeeded = promote(announced, "announced-dev", "v1", automatic=True)
    ends = {"failed": failed, "succeeded": succeeded}
    assert [end["status"]["phase"] for end in ends.values()] == ["Failed", "Succeeded"]
    assert receiver.received == [
        (
            "/announced",
            f"token {NOTIFY_TOKEN}",
            [{"result": result, "text": "announced v1 in dev", "promotion": end["metadata"]["name"]}],
        )
        for result, end in ends.items()
    ]
    assert NOTIFY_TOKEN not in json.dumps(ends)


def test_a_receiver_that_is_down_changes_no_result(several, receiver):
    announced, before = several.pipeline("announced"), list(receiver.received)
    with receiver.down():
        announced.push("v2")
        promotion = announced.wait_for_end("dev", "v2")
    assert promotion["status"]["phase"] == "Succeeded", promotion["status"]
    assert (steps(promotion)["notify-failed"], steps(promotion)["notify-succeeded"]) == ("Skipped", "Errored")
    assert announced.deployed() == "v2"
    assert receiver.received == before
    assert NOTIFY_TOKEN not in json.dumps(promotion)


def test_a_file_that_is_missing_is_made(several):
    alone = several.pipeline("alone")
    alone.push("v1")
    promotion = alone.wait_for_end("dev", "v1")
    assert promotion["status"]["phase"] == "Succeeded", promotion["status"]
    assert done(promotion) == [
        f"commit::{name}" for name in ("clone", "create-file", "set", "verify", "commit", "push")
    ]
    path = f"/repos/{several.place.username}/{several.project}/raw/apps/alone/dev.json"
    assert several.gitea.get(path).raise_for_status().json() == {"dev": {"alone": f"{alone.image}:v1"}}
    alone.push("v2")
    assert "commit::set" in done(alone.wait_for_end("dev", "v2"))


@pytest.mark.parametrize("number", range(1, ROUNDS + 1))
def test_ten_pipelines_promoted_at_once_all_land_on_adjacent_lines(several, number):
    images = several.images()
    several.write_images({**images, "dev": {**images["dev"], **dict.fromkeys(CROWD, "none")}})
    crowd = [several.pipeline(name) for name in CROWD]
    with ThreadPoolExecutor(len(CROWD)) as pool:
        [*pool.map(lambda pipeline: pipeline.push(f"v{number}"), crowd)]
    started = time.monotonic()
    ends = {pipeline.name: pipeline.wait_for_end("dev", f"v{number}")["status"] for pipeline in crowd}
    print(f"\nten at once: {time.monotonic() - started:.1f} s")
    assert {name: end.get("message") for name, end in ends.items() if end["phase"] != "Succeeded"} == {}
    assert [pipeline.deployed() for pipeline in crowd] == [f"v{number}"] * len(CROWD)


@pytest.mark.parametrize("platforms", [1, 2])
def test_the_very_image_is_published_and_another_stack_deploys_it(several, owner, standin, place, tmp_path, platforms):
    released, tag = several.pipeline("released"), f"v{platforms}"
    digest = released.push(tag, platforms)
    promotion = released.wait_for_end("dev", tag)
    if standin:
        assert promotion["status"]["phase"] == "Errored"
        assert "the stand-in does not imitate the step oci-push" in promotion["status"]["message"]
        return
    assert promotion["status"]["phase"] == "Succeeded", promotion["status"]
    name = released.image.rpartition("/")[2]
    registry = Registry(place.gitea_host, place.username, place.password, str(place.ca) if place.ca else None)
    assert registry.digest(f"{owner}/{name}", tag) == digest
    login = {"username": place.username, "password": {"from": "stack"}}
    registry_of_production = {"kind": "gitea", "host": place.gitea_host, "owner": owner, "login": login}
    production = {"backstage": {"image": name, "reference": "tagAndDigest", "stages": [DEV]}}
    settings = {"registry": registry_of_production}
    with deployed(place, tmp_path, production, None, settings, {"registryPassword": place.password}) as second:
        wait(
            lambda: (
                second.images().get("dev", {}).get("backstage") == f"{place.gitea_host}/{owner}/{name}:{tag}@{digest}"
            ),
            "the commit of the published image",
        )


def test_a_soak_holds_and_lets_go_by_itself(several):
    soaked = several.pipeline("soaked")

    def upstream() -> Any:
        status = soaked.freight()["v1"].get("status") or {}
        return (status.get("currentlyIn") or {}).get("soaked-dev")

    (promotion,) = wait(
        lambda: several.promotions("soaked-production"), "the end of the soak", SOAK_SECONDS + SOAK_ENDS_WITHIN
    )
    since, begun = upstream()["since"], promotion["metadata"]["creationTimestamp"]
    assert _seconds_between(since, begun) >= SOAK_SECONDS
    print(f"\nsoak of {SOAK_SECONDS} s: promoted after {_seconds_between(since, begun):.0f} s")
    soaked.wait_for_commit("v1", "production")


def test_nothing_of_this_shows_as_a_change(several):
    several.pulumi("preview", "--expect-no-changes", "--refresh")


def _seconds_between(first: str, second: str) -> float:
    return (datetime.datetime.fromisoformat(second) - datetime.datetime.fromisoformat(first)).total_seconds()
