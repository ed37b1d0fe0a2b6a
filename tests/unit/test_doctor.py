"""Single checks of the doctor, and its summary; the end-to-end tests run all checks on a deployed stack."""

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
from clients.gitea_hooks import Hook
from clients.secrecy import Scrubber
from kargo.manifests import manifests
from kargo.receivers import receivers
from model.stage import AnalysisTemplate, Stage, Verification
from ops.doctor import certificates, chain, credentials, deployment, platform, report, stages, warehouses, webhooks
from ops.doctor.finding import failed, ok, unknown
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
    ("version", "verdict"), [("1.11.2", "ok"), ("v1.9.3", "ok"), ("1.9.2", "failed"), ("1.10", "ok"), ("edge", "ok")]
)
def test_kargo_must_be_new_enough(version, verdict):
    objects = {**APIS, DEPLOYMENTS: {"items": [deployment_of("kargo", version)]}}
    assert look(platform.checks(subject(objects)), "Kargo").verdict == verdict


@pytest.mark.parametrize(
    ("promote_by", "fields", "verdict", "says"),
    [
        ("push", "promotionWindows", "ok", "1.12 by the fields of its CRDs; this user may not read its version"),
        ("push", "freightLinks", "ok", "; only Kargo 1.12 gets security fixes, see https://github.com/akuity/kargo/"),
        ("push", "none", "failed", "1.8 by the fields of its CRDs"),
        ("pullRequest", "freightLinks", "ok", "1.11 by the fields"),
        ("pullRequest", "none", "failed", "1.8 by the fields of its CRDs"),
    ],
)
def test_a_version_that_is_hidden_is_recognized_by_the_fields_of_the_crds(promote_by, fields, verdict, says):
    specs = {"webhookReceivers": {"type": "array"}, fields: {}}
    schema = {
        "x-kubernetes-group-version-kind": [
            {"group": "kargo.akuity.io", "version": "v1alpha1", "kind": "ProjectConfig"}
        ],
        "properties": {"spec": {"properties": specs}},
    }
    openapi = {"/openapi/v3/apis/kargo.akuity.io/v1alpha1": {"components": {"schemas": {"config": schema}}}}
    of = stack(Stage(name="dev", promote_by=promote_by))
    objects = {**APIS, **openapi, DEPLOYMENTS: NotAllowedError("403")}
    found = look(platform.checks(subject(objects, of)), "Kargo")
    assert (found.verdict, says in found.found) == (verdict, True)


@pytest.mark.parametrize(("version", "verdict"), [("1.11.2", "ok"), ("1.12.0", "failed"), ("edge", "unknown")])
def test_a_host_that_kargo_takes_for_plain_http_is_named(version, verdict):
    of = stack()
    of = of.model_copy(update={"registry": of.registry.model_copy(update={"host": "10.1.2.3:3000"})})
    objects = {**APIS, DEPLOYMENTS: {"items": [deployment_of("kargo", version)]}}
    found = look(platform.checks(subject(objects, of)), "registry.host")
    assert (found.verdict, "10.1.2.3:3000" in found.found) == (verdict, True)
    assert "registry.host" not in dict(platform.checks(subject(objects)))


def test_a_version_that_a_viewer_may_not_read_is_not_a_failure():
    found = look(platform.checks(subject({**APIS, DEPLOYMENTS: NotAllowedError("403")})), "Kargo")
    assert (found.verdict, "this user may not read its version" in found.found) == ("ok", True)


def test_a_kind_that_is_missing_is_named():
    resources = [{"kind": kind} for kind in platform._KARGO_KINDS if kind != "PromotionTask"]
    found = look(
        platform.checks(subject({**APIS, "/apis/kargo.akuity.io/v1alpha1": {"resources": resources}})), "Kargo"
    )
    assert (found.verdict, found.found) == ("failed", "PromotionTask missing in API kargo.akuity.io/v1alpha1")


def test_an_api_that_is_missing_is_named():
    found = look(platform.checks(subject({"/version": {}})), "External Secrets")
    assert (found.verdict, found.found) == ("failed", "API external-secrets.io/v1 is missing")


IDENTITY = "pulumi-python:dynamic:ClusterIdentity"
KUBE_SYSTEM = "/api/v1/namespaces/kube-system"


@pytest.mark.parametrize(
    ("recorded", "live", "verdict"),
    [
        ([{"type": IDENTITY, "outputs": {"uid": "first"}}], {"metadata": {"uid": "first"}}, "ok"),
        ([{"type": IDENTITY, "outputs": {"uid": "first"}}], {"metadata": {"uid": "second"}}, "failed"),
        ([{"type": IDENTITY, "outputs": {"uid": ""}}], {"metadata": {"uid": "second"}}, "ok"),
        ([{"type": IDENTITY, "outputs": {"uid": "first"}}], NotAllowedError("403"), "ok"),
        ([{"type": "pulumi:pulumi:Stack"}], {"metadata": {"uid": "second"}}, "ok"),
        ([], {"metadata": {"uid": "second"}}, "ok"),
    ],
)
def test_another_cluster_than_the_one_of_the_last_up_is_a_failure(recorded, live, verdict):
    of = subject({**APIS, KUBE_SYSTEM: live}, deployment={"resources": recorded})
    found = look(platform.checks(of), "Kubernetes API")
    assert found.verdict == verdict
    if verdict == "failed":
        assert found.found == "v1.36.3, context test: another cluster than at the last up"
        assert found.advice.endswith("run to deploy to this cluster: pulumi up --refresh --stack dev")


def test_a_stack_without_outputs_is_not_deployed():
    assert look(deployment.checks(subject(outputs={})), "Pulumi stack").advice.startswith("run: pulumi up --stack dev;")


WAREHOUSE = "urn:pulumi:dev::kargo-backstage::kargo-backstage:index:P$kubernetes:kargo.akuity.io/v1alpha1:Warehouse::w"
CREATING = {"type": "creating", "resource": {"urn": WAREHOUSE}}


def test_an_interrupted_run_is_reported_with_the_commands_that_repair_it():
    hook = {"type": "creating", "resource": {"urn": "urn:pulumi:dev::p::pulumi-python:dynamic:GiteaWebhook::gitea"}}
    found = look(deployment.checks(subject(deployment={"pending_operations": [CREATING, hook]})), "Pulumi state")
    assert found.verdict == "failed"
    assert found.found == "a run was interrupted while creating Warehouse w, creating GiteaWebhook gitea"
    assert found.advice.splitlines()[1:] == ["pulumi cancel --yes --stack dev", "pulumi up --stack dev"]


def test_an_object_that_a_later_run_has_created_is_only_a_warning():
    state = {"pending_operations": [CREATING], "resources": [{"urn": WAREHOUSE}]}
    found = look(deployment.checks(subject(deployment=state)), "Pulumi state")
    assert found.verdict == "ok"
    assert found.found.endswith("until you run: pulumi refresh --clear-pending-creates --yes --stack dev")


def test_an_interrupted_update_is_unfinished_although_its_object_exists():
    state = {"pending_operations": [{**CREATING, "type": "updating"}], "resources": [{"urn": WAREHOUSE}]}
    assert look(deployment.checks(subject(deployment=state)), "Pulumi state").verdict == "failed"


def stage_with(status: dict[str, Any]) -> dict[str, Any]:
    return written("Stage", "backstage-dev", status=status)


@pytest.mark.parametrize(
    ("status", "verdict", "says"),
    [
        ({}, "ok", "nothing is promoted yet"),
        ({"currentPromotion": {"freight": {"images": [{"tag": "v2"}]}}}, "ok", "promoting v2"),
        ({"lastPromotion": {"name": "p", "freight": {"name": "f", "images": [{"tag": "v1"}]}}}, "ok", "v1 is promoted"),
        (
            {
                "lastPromotion": {"name": "p", "freight": {"name": "f", "images": [{"tag": "v1"}]}},
                "autoPromotionHolds": {"Warehouse/backstage": {}},
            },
            "ok",
            "v1 is promoted; automatic promotion is on hold",
        ),
    ],
)
def test_the_state_of_a_stage_is_reported(status, verdict, says):
    objects = {f"{PROJECT}/stages/backstage-dev": stage_with(status), f"{PROJECT}/freights": {}}
    found = look(stages.checks(subject(objects)), "Stage backstage-dev")
    assert (found.verdict, says in found.found) == (verdict, True)


@pytest.mark.parametrize("phase", ["Errored", "Failed"])
@pytest.mark.parametrize(
    ("status", "says"),
    [
        (
            {"stepExecutionMetadata": [{"alias": "push", "status": "Errored", "message": "no\naccess"}]},
            " at step push: no access",
        ),
        ({"message": "aborted by a user"}, ": aborted by a user"),
    ],
)
def test_a_promotion_that_ended_badly_is_quoted(phase, status, says):
    last = {"name": "p", "freight": {"name": "f", "images": [{"tag": "v1"}]}, "status": {"phase": phase}}
    promotion = {"status": {"phase": phase, **status}}
    objects = {
        f"{PROJECT}/stages/backstage-dev": stage_with({"lastPromotion": last}),
        f"{PROJECT}/promotions/p": promotion,
    }
    found = look(stages.checks(subject(objects)), "Stage backstage-dev")
    assert (found.verdict, found.found) == ("failed", f"Promotion of v1: {phase}{says}")


NO_ROLLOUTS = "Rollouts integration is disabled on this controller: cannot start verification"


@pytest.mark.parametrize(
    ("reason", "message", "advice"),
    [
        ("VerificationError", NO_ROLLOUTS, "install Argo Rollouts, set the chart value controller.rollouts"),
        ("VerificationFailed", 'Metric "web" assessed Failed', "fix the reported cause; then click Reverify"),
    ],
)
def test_freight_whose_verification_ended_badly_is_quoted(reason, message, advice):
    verified = {"type": "Verified", "status": "False", "reason": reason, "message": message}
    last = {"name": "p", "freight": {"name": "f", "images": [{"tag": "v1"}]}, "status": {"phase": "Succeeded"}}
    status = {"lastPromotion": last, "conditions": [verified], "autoPromotionHolds": {"Warehouse/backstage": {}}}
    of = stack(Stage(name="dev", verification=Verification(analysis_templates=(AnalysisTemplate(name="smoke"),))))
    live = {**next(m for m in manifests(of) if m["kind"] == "Stage"), "status": status}
    found = look(stages.checks(subject({f"{PROJECT}/stages/backstage-dev": live}, of)), "Stage backstage-dev")
    assert found.verdict == "failed"
    assert found.found == f"v1 is promoted, but is not verified and goes to no downstream Stage: {message}"
    assert found.advice.startswith(advice)
    assert found.advice.endswith("kargo verify stage --project project backstage-dev")


@pytest.mark.parametrize("status", ["True", "Unknown"])
def test_freight_that_is_verified_or_waits_for_it_is_no_failure(status):
    last = {"name": "p", "freight": {"name": "f", "images": [{"tag": "v1"}]}}
    verified = {"type": "Verified", "status": status, "reason": "VerificationRunning", "message": "is being verified"}
    live = stage_with({"lastPromotion": last, "conditions": [verified]})
    objects = {f"{PROJECT}/stages/backstage-dev": live, f"{PROJECT}/freights": {}}
    found = look(stages.checks(subject(objects)), "Stage backstage-dev")
    assert (found.verdict, found.found) == ("ok", "v1 is promoted")


def test_freight_that_is_not_promoted_automatically_is_named():
    freight = {"origin": {"name": "backstage"}, "images": [{"tag": "v2"}]}
    freight["metadata"] = {"name": "f2", "creationTimestamp": "2026-01-01T00:00:00Z"}
    last = {"lastPromotion": {"name": "p", "freight": {"name": "f1", "images": [{"tag": "v1"}]}}}
    objects = {
        f"{PROJECT}/stages/backstage-dev": stage_with(last),
        f"{PROJECT}/freights": {"items": [freight]},
    }
    found = look(stages.checks(subject(objects)), "Stage backstage-dev")
    assert (found.verdict, found.found) == ("failed", "v1 is promoted; v2 is newer and is not promoted")


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
def test_a_warehouse_during_a_discovery_is_not_a_failure(reason):
    conditions = [{"type": "Ready", "status": "False", "reason": reason, "message": "under way"}]
    live = written("Warehouse", "backstage", status={"conditions": conditions})
    found = look(warehouses.checks(subject({f"{PROJECT}/warehouses/backstage": live})), "Warehouse backstage")
    assert (found.verdict, found.found) == ("ok", "the discovery is in progress: not Ready: under way")


def test_a_stage_that_kargo_cannot_reconcile_is_quoted():
    conditions = [{"type": "Ready", "status": "False", "reason": "ReconcileError", "message": "no PromotionTask"}]
    objects = {f"{PROJECT}/stages/backstage-dev": stage_with({"conditions": conditions})}
    found = look(stages.checks(subject(objects)), "Stage backstage-dev")
    assert (found.verdict, found.found) == ("failed", "not Ready: no PromotionTask")


@pytest.mark.parametrize(
    ("asked", "handled", "discovered", "says"),
    [
        ("2026-01-01T00:00:02Z", "2026-01-01T00:00:02Z", "2026-01-01T00:00:03Z", "polls every 5m0s"),
        ("2026-01-01T00:00:02Z", "2026-01-01T00:00:02Z", "2026-01-01T00:00:01Z", "although Kargo reports Ready"),
        ("2026-01-01T00:00:02Z", "2025-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "was not handled"),
        ("by-hand", "by-hand", "2026-01-01T00:00:01Z", "polls every 5m0s"),
        ("2026-13-99Tx", "2026-13-99Tx", "2026-01-01T00:00:01Z", "polls every 5m0s"),
    ],
)
def test_a_refresh_that_failed_or_waits_is_seen(asked, handled, discovered, says):
    objects = {f"{PROJECT}/warehouses/backstage": warehouse(asked, handled, discovered)}
    assert says in look(warehouses.checks(subject(objects)), "Warehouse backstage").found


def test_a_warehouse_that_no_controller_handles_is_a_failure():
    live = written("Warehouse", "backstage")
    live["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    found = look(warehouses.checks(subject({f"{PROJECT}/warehouses/backstage": live})), "Warehouse backstage")
    assert (found.verdict, found.found) == ("failed", "not handled since its creation at 2026-01-01T00:00:00Z")
    assert found.advice == "check that Kargo's controller runs"


@pytest.mark.parametrize("reason", ["DiscoveryFailure", "DiscoveryInProgress"])
def test_a_refresh_that_nobody_handles_comes_before_the_last_discovery(reason):
    live = warehouse("2026-01-01T00:00:02Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z")
    live["status"]["conditions"] = [{"type": "Ready", "status": "False", "reason": reason, "message": "NAME_UNKNOWN"}]
    found = look(warehouses.checks(subject({f"{PROJECT}/warehouses/backstage": live})), "Warehouse backstage")
    assert (found.verdict, "was not handled" in found.found) == ("failed", True)


HOOK = Hook(None, "", ["package"], active=True, settled=True, path="/user/hooks/1")


@pytest.mark.parametrize(
    ("name", "url", "stale"),
    [
        ("Kargo project/gitea-packages at https://former.example.com", "https://former.example.com/x", True),
        ("somebody's", "https://kargo.example.com/generic/1", False),
        (None, "https://kargo.example.com/generic/1", True),
        (None, "https://kargo.example.com/gitea/1", False),
        (None, "https://kargo.example.com.evil.example/generic/1", False),
        ("", "https://ci.example.com/generic/1", False),
    ],
)
def test_a_webhook_of_ours_is_recognized_with_and_without_a_name(name, url, stale):
    (receiver,) = receivers(stack())
    assert webhooks._is_stale(subject(), receiver, replace(HOOK, name=name, url=url)) is stale


def external_secret(**status: Any) -> dict[str, Any]:
    known = {"conditions": [{"type": "Ready", "status": "True"}], "binding": {"name": "s"}, **status}
    found = written("ExternalSecret", "credentials-git", status=known)
    found["metadata"] |= {"uid": "u", "managedFields": [{"time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {}}}]}
    found["spec"]["target"]["name"] = "s"
    return found


@pytest.mark.parametrize(
    ("ago", "status", "says"),
    [
        (30, {}, "Ready, synced at 20"),
        (3 * 3600, {}, "synced at 20"),
        (30, {"binding": {"name": "another"}}, "bound to Secret another"),
        (30, {"refreshTime": "2025-12-31T00:00:00Z"}, "changed at 00:00:00 UTC"),
        (30, {"conditions": [{"type": "Ready", "status": "False", "message": "no"}]}, "not Ready: no"),
    ],
)
def test_an_external_secret_must_be_synced_since_its_change_and_within_its_interval(ago, status, says):
    looked = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=ago)
    live = external_secret(**{"refreshTime": f"{looked:%Y-%m-%dT%H:%M:%SZ}", **status})
    path = "/apis/external-secrets.io/v1/namespaces/project/externalsecrets/credentials-git"
    objects = {path: live, "/api/v1/namespaces/project/events": {"items": []}}
    found = look(credentials.checks(subject(objects)), "GitOps repository ExternalSecret")
    assert says in found.found


@pytest.mark.parametrize(("days", "verdict"), [(365, "ok"), (7, "failed")])
def test_a_certificate_that_expires_soon_is_reported(tmp_path, days, verdict):
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
    assert (found.verdict, f"expires on {end:%Y-%m-%d}" in found.found) == (verdict, True)


def test_a_certificate_that_is_not_trusted_is_a_failure_unless_nobody_verifies(tmp_path):
    with other_host() as server:
        host = f"127.0.0.1:{server.port}"
        assert certificates._certificate(subject(), host, False).verdict == "failed"
        assert certificates._certificate(subject(), host, True).verdict == "ok"


def test_a_server_without_tls_is_told():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        found = certificates._certificate(subject(), f"127.0.0.1:{listener.getsockname()[1]}", False)
    # The reason differs between versions of OpenSSL.
    assert (found.verdict, found.found.partition(" (")[0]) == ("failed", "no TLS connection")


def test_nothing_stops_the_chain_and_no_text_of_an_error_gets_out():
    class Failing(MemoryCluster):
        def get(self, what: str, path: str) -> dict[str, Any]:
            raise RuntimeError("hunter2")

    found = dict(chain.walk(replace(subject(), cluster=Failing())))
    assert found["Kubernetes API"] == unknown(
        "the check failed (RuntimeError)", "report this as a defect of the doctor"
    )
    assert "hunter2" not in str(found)
    assert "Stage backstage-dev" in found


def test_an_object_that_the_user_may_not_read_is_unknown():
    refused = NotAllowedError("Warehouse cannot be read (403)")
    found = dict(chain.walk(subject({f"{PROJECT}/warehouses/backstage": refused})))["Warehouse backstage"]
    assert (found.verdict, found.found) == ("unknown", "Warehouse cannot be read (403)")


FOUND = [("first", ok("fine")), ("second", failed("s3cret-value", "b", "c")), ("third", unknown("d"))]


def test_the_exit_code_distinguishes_healthy_failed_and_unknown():
    assert [report.code(FOUND), report.code(FOUND[:1]), report.code([FOUND[0], FOUND[2]])] == [1, 0, 2]


def test_the_summary_is_one_line():
    assert report.summary("dev", FOUND) == ("dev: 1 of 3 checks failed, the first: second; 1 of 3 could not run")
    assert report.summary("dev", FOUND[:1]) == "dev: healthy, checks passed: 1"
    assert report.summary("dev", FOUND[2:]) == "dev: no check failed; 1 of 1 could not run"


def test_the_table_and_the_json_have_what_was_found_without_secrets(capsys):
    found = report.scrubbed(FOUND, Scrubber(["s3cret-value"]))
    report.show("dev", found)
    printed = capsys.readouterr().out
    content = json.loads(report.as_json("dev", found))
    assert "s3cret" not in printed + str(content)
    assert [check["verdict"] for check in content["checks"]] == ["ok", "failed", "unknown"]
    assert content["healthy"] is False
    assert all(text in printed for text in ("Check", "Found", "Expected", "What to do", "second", "[secret]"))
    assert printed.endswith(f"{report.summary('dev', found)}\n")


def test_markup_in_a_value_is_text(capsys):
    report.show("dev", [("[red]x[/red]", ok("[bold]"))])
    assert "[red]x[/red]" in capsys.readouterr().out


def test_an_error_with_a_reason_is_shown():
    found = dict(chain.walk(subject({"/version": ServiceError("the kubeconfig's context 'x' cannot be used")})))
    assert found["Kubernetes API"] == unknown("the kubeconfig's context 'x' cannot be used")


def test_the_guide_names_existing_rows_of_the_doctor():
    guide = (PROJECT_FOLDER / "docs" / "kargo-gitea-webhook-setup.md").read_text()
    section = guide.split("## Troubleshooting")[1].split("\n## ")[0]
    rows = [row.split(" | ")[1] for row in section.splitlines() if row.startswith("| ") and " | " in row][2:]
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    known = dict(chain.walk(subject()))
    assert len(named) > 12
    for name in named:
        assert any(name in row for row in known), name
