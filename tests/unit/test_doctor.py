"""What the doctor says of single links, and how it sums up; the whole chain is walked in the end-to-end tests."""

import datetime
import json
import re
import socket
import ssl
import threading
from dataclasses import replace
from typing import Any

import pytest
import trustme

from clients.cluster import NotAllowedError
from clients.connection import ServiceError
from clients.secrecy import Scrubber
from ops.doctor import certificates, chain, credentials, deployment, platform, report, stages, warehouses
from ops.doctor.finding import broken, ok, unseen
from sandbox.layout import PROJECT as PROJECT_FOLDER
from tests.other_host import other_host
from tests.unit.doctor import MemoryCluster, look, stack, subject, written

APIS = {
    "/version": {"gitVersion": "v1.36.3"},
    "/apis/kargo.akuity.io/v1alpha1": {
        "resources": [{"kind": kind} for kind in platform._KARGO_KINDS],
    },
    "/apis/external-secrets.io/v1": {"resources": [{"kind": "ExternalSecret"}]},
}
DEPLOYMENTS = "/apis/apps/v1/deployments"
PROJECT = "/apis/kargo.akuity.io/v1alpha1/namespaces/project"


def deployment_of(name, version):
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/version": version}
    return {"metadata": {"labels": labels}}


@pytest.mark.parametrize(
    ("version", "verdict"), [("1.11.2", "ok"), ("v1.9.3", "ok"), ("1.9.2", "broken"), ("1.10", "ok"), ("edge", "ok")]
)
def test_kargo_must_be_new_enough(version, verdict):
    objects = {**APIS, DEPLOYMENTS: {"items": [deployment_of("kargo", version)]}}
    assert look(platform.links(subject(objects)), "Kargo").verdict == verdict


def test_what_a_viewer_may_not_see_of_the_version_breaks_nothing():
    found = look(platform.links(subject({**APIS, DEPLOYMENTS: NotAllowedError("403")})), "Kargo")
    assert (found.verdict, "not for this user" in found.found) == ("ok", True)


def test_a_kind_that_is_missing_is_named():
    resources = [{"kind": kind} for kind in platform._KARGO_KINDS if kind != "PromotionTask"]
    found = look(platform.links(subject({**APIS, "/apis/kargo.akuity.io/v1alpha1": {"resources": resources}})), "Kargo")
    assert (found.verdict, found.found) == ("broken", "no PromotionTask in kargo.akuity.io/v1alpha1")


def test_an_api_that_is_missing_is_named():
    found = look(platform.links(subject({"/version": {}})), "External Secrets")
    assert (found.verdict, found.found) == ("broken", "no API external-secrets.io/v1")


def test_a_stack_without_outputs_is_not_deployed():
    assert look(deployment.links(subject(outputs={})), "stack").advice.startswith("pulumi up --stack dev")


WAREHOUSE = "urn:pulumi:dev::kargo-backstage::kargo-backstage:index:P$kubernetes:kargo.akuity.io/v1alpha1:Warehouse::w"
CREATING = {"type": "creating", "resource": {"urn": WAREHOUSE}}


def test_a_run_that_was_cut_off_comes_with_the_commands_that_repair_it():
    hook = {"type": "creating", "resource": {"urn": "urn:pulumi:dev::p::pulumi-python:dynamic:GiteaWebhook::gitea"}}
    found = look(deployment.links(subject(deployment={"pending_operations": [CREATING, hook]})), "state")
    assert found.verdict == "broken"
    assert found.found == "a run was cut off while creating Warehouse w, creating GiteaWebhook gitea"
    assert found.advice.splitlines()[1:] == ["pulumi cancel --yes --stack dev", "pulumi up --stack dev"]


def test_what_a_later_run_has_created_is_only_warned_of():
    state = {"pending_operations": [CREATING], "resources": [{"urn": WAREHOUSE}]}
    found = look(deployment.links(subject(deployment=state)), "state")
    assert found.verdict == "ok"
    assert found.found.endswith("until: pulumi refresh --clear-pending-creates --yes --stack dev")


def test_an_update_that_was_cut_off_is_unfinished_though_its_object_is_there():
    state = {"pending_operations": [{**CREATING, "type": "updating"}], "resources": [{"urn": WAREHOUSE}]}
    assert look(deployment.links(subject(deployment=state)), "state").verdict == "broken"


def stage_with(status: dict[str, Any]) -> dict[str, Any]:
    return written("Stage", "backstage-dev", status=status)


@pytest.mark.parametrize(
    ("status", "verdict", "says"),
    [
        ({}, "ok", "nothing promoted yet"),
        ({"currentPromotion": {"freight": {"images": [{"tag": "v2"}]}}}, "ok", "promoting v2"),
        ({"lastPromotion": {"name": "p", "freight": {"name": "f", "images": [{"tag": "v1"}]}}}, "ok", "has v1"),
        (
            {
                "lastPromotion": {"name": "p", "freight": {"name": "f", "images": [{"tag": "v1"}]}},
                "autoPromotionHolds": {"Warehouse/backstage": {}},
            },
            "ok",
            "has v1; held by hand",
        ),
    ],
)
def test_what_a_stage_has(status, verdict, says):
    objects = {f"{PROJECT}/stages/backstage-dev": stage_with(status), f"{PROJECT}/freights": {}}
    found = look(stages.links(subject(objects)), "Stage backstage-dev")
    assert (found.verdict, says in found.found) == (verdict, True)


def test_freight_that_is_not_promoted_by_itself_is_named():
    freight = {"origin": {"name": "backstage"}, "images": [{"tag": "v2"}]}
    freight["metadata"] = {"name": "f2", "creationTimestamp": "2026-01-01T00:00:00Z"}
    last = {"lastPromotion": {"name": "p", "freight": {"name": "f1", "images": [{"tag": "v1"}]}}}
    objects = {
        f"{PROJECT}/stages/backstage-dev": stage_with(last),
        f"{PROJECT}/freights": {"items": [freight]},
    }
    found = look(stages.links(subject(objects)), "Stage backstage-dev")
    assert (found.verdict, found.found) == ("broken", "has v1; v2 is there and is not promoted")


def warehouse(asked: str, handled: str, discovered: str) -> dict[str, Any]:
    status = {
        "conditions": [{"type": "Ready", "status": "True"}],
        "lastHandledRefresh": handled,
        "discoveredArtifacts": {"discoveredAt": discovered},
    }
    found = written("Warehouse", "backstage", status=status)
    found["metadata"]["annotations"] = {"kargo.akuity.io/refresh": asked}
    return found


@pytest.mark.parametrize("reason", ["DiscoveryInProgress", "AwaitingFreightCreation"])
def test_a_warehouse_that_is_being_looked_at_is_not_broken(reason):
    conditions = [{"type": "Ready", "status": "False", "reason": reason, "message": "under way"}]
    live = written("Warehouse", "backstage", status={"conditions": conditions})
    found = look(warehouses.links(subject({f"{PROJECT}/warehouses/backstage": live})), "Warehouse backstage")
    assert (found.verdict, found.found) == ("ok", "Kargo is looking for artifacts: not Ready: under way")


def test_a_stage_that_kargo_cannot_reconcile_is_quoted():
    conditions = [{"type": "Ready", "status": "False", "reason": "ReconcileError", "message": "no PromotionTask"}]
    objects = {f"{PROJECT}/stages/backstage-dev": stage_with({"conditions": conditions})}
    found = look(stages.links(subject(objects)), "Stage backstage-dev")
    assert (found.verdict, found.found) == ("broken", "not Ready: no PromotionTask")


@pytest.mark.parametrize(
    ("asked", "handled", "discovered", "says"),
    [
        ("2026-01-01T00:00:02Z", "2026-01-01T00:00:02Z", "2026-01-01T00:00:03Z", "polls every 5m0s"),
        ("2026-01-01T00:00:02Z", "2026-01-01T00:00:02Z", "2026-01-01T00:00:01Z", "which Kargo hides behind Ready"),
        ("2026-01-01T00:00:02Z", "2025-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "was not looked at"),
        ("by-hand", "by-hand", "2026-01-01T00:00:01Z", "polls every 5m0s"),
        ("2026-13-99Tx", "2026-13-99Tx", "2026-01-01T00:00:01Z", "polls every 5m0s"),
    ],
)
def test_a_refresh_that_failed_or_waits_is_seen(asked, handled, discovered, says):
    objects = {f"{PROJECT}/warehouses/backstage": warehouse(asked, handled, discovered)}
    assert says in look(warehouses.links(subject(objects)), "Warehouse backstage").found


def external_secret(**status: Any) -> dict[str, Any]:
    known = {"conditions": [{"type": "Ready", "status": "True"}], "binding": {"name": "s"}, **status}
    found = written("ExternalSecret", "credentials-git", status=known)
    found["metadata"] |= {"uid": "u", "managedFields": [{"time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {}}}]}
    found["spec"]["target"]["name"] = "s"
    return found


@pytest.mark.parametrize(
    ("ago", "status", "says"),
    [
        (30, {}, "Ready, at"),
        (3 * 3600, {}, "synced 20"),
        (30, {"binding": {"name": "another"}}, "bound to another"),
        (30, {"refreshTime": "2025-12-31T00:00:00Z"}, "changed 00:00:00"),
        (30, {"conditions": [{"type": "Ready", "status": "False", "message": "no"}]}, "not Ready: no"),
    ],
)
def test_an_external_secret_must_be_synced_since_its_change_and_within_its_interval(ago, status, says):
    looked = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=ago)
    live = external_secret(**{"refreshTime": f"{looked:%Y-%m-%dT%H:%M:%SZ}", **status})
    path = "/apis/external-secrets.io/v1/namespaces/project/externalsecrets/credentials-git"
    objects = {path: live, "/api/v1/namespaces/project/events": {"items": []}}
    found = look(credentials.links(subject(objects)), "ExternalSecret for the GitOps repository")
    assert says in found.found


@pytest.mark.parametrize(("days", "verdict"), [(365, "ok"), (7, "broken")])
def test_a_certificate_that_ends_soon_is_told(tmp_path, days, verdict):
    authority = trustme.CA()
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_after=end).configure_cert(server)
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(authority.cert_pem.bytes())
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with server.wrap_socket(connection, server_side=True) as secure:
                secure.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        of = stack().model_copy(update={"ca_bundle": str(bundle)})
        found = certificates._certificate(subject(of=of), host, False)
    assert (found.verdict, f"ends on {end:%Y-%m-%d}" in found.found) == (verdict, True)


def test_a_certificate_that_is_not_trusted_is_broken_unless_nobody_verifies(tmp_path):
    with other_host() as server:
        host = f"127.0.0.1:{server.port}"
        assert certificates._certificate(subject(), host, False).verdict == "broken"
        assert certificates._certificate(subject(), host, True).verdict == "ok"


def test_nothing_stops_the_chain_and_no_text_of_an_error_gets_out():
    class Failing(MemoryCluster):
        def get(self, what: str, path: str) -> dict[str, Any]:
            raise RuntimeError("hunter2")

    found = dict(chain.walk(replace(subject(), cluster=Failing())))
    assert found["Kubernetes API"] == unseen(
        "could not be looked at (RuntimeError)", "report this; it is a defect of the doctor"
    )
    assert "hunter2" not in str(found)
    assert "Stage backstage-dev" in found


def test_what_may_not_be_seen_is_no_fault():
    found = dict(chain.walk(subject({f"{PROJECT}/warehouses/backstage": NotAllowedError("Warehouse (403)")})))
    assert found["Warehouse backstage"].found == "may not see: Warehouse (403)"


FOUND = [("first", ok("fine")), ("second", broken("s3cret-value", "b", "c")), ("third", unseen("d"))]


def test_the_exit_code_tells_healthy_broken_and_unseen():
    assert [report.code(FOUND), report.code(FOUND[:1]), report.code([FOUND[0], FOUND[2]])] == [1, 0, 2]


def test_the_summary_is_one_line():
    assert report.summary("dev", FOUND) == (
        "dev: 1 of 3 links are broken, the first: second; 1 of 3 could not be looked at"
    )
    assert report.summary("dev", FOUND[:1]) == "dev: healthy, 1 links"
    assert report.summary("dev", FOUND[2:]) == "dev: nothing is broken; 1 of 1 could not be looked at"


def test_the_table_and_the_json_have_what_was_found_without_secrets(capsys):
    found = report.scrubbed(FOUND, Scrubber(["s3cret-value"]))
    report.show("dev", found)
    printed = capsys.readouterr().out
    content = json.loads(report.as_json("dev", found))
    assert "s3cret" not in printed + str(content)
    assert [link["verdict"] for link in content["links"]] == ["ok", "broken", "unseen"]
    assert content["healthy"] is False
    assert all(text in printed for text in ("Link", "Found", "Expected", "What to do", "second", "[secret]"))


def test_markup_in_a_value_is_text(capsys):
    report.show("dev", [("[red]x[/red]", ok("[bold]"))])
    assert "[red]x[/red]" in capsys.readouterr().out


def test_an_error_that_says_why_is_shown():
    found = dict(chain.walk(subject({"/version": ServiceError("the kubeconfig's context 'x' cannot be used")})))
    assert found["Kubernetes API"] == unseen("the kubeconfig's context 'x' cannot be used")


def test_the_guide_speaks_of_the_doctors_lines_alone():
    guide = (PROJECT_FOLDER / "docs" / "kargo-gitea-webhook-setup.md").read_text()
    section = guide.split("## Troubleshooting")[1].split("\n## ")[0]
    rows = [row.split(" | ")[1] for row in section.splitlines() if row.startswith("| ") and " | " in row][2:]
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    known = dict(chain.walk(subject()))
    assert len(named) > 12
    for name in named:
        assert any(name in link for link in known), name
