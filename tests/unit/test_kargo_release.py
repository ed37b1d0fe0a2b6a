"""Kargo's release: how it is recognized, and what `up` refuses and warns of."""

from typing import Any

import pulumi
import pytest

from clients import kargo_release
from clients.cluster import AbsentError, NotAllowedError
from components.kargo_release import require_kargo
from kargo.registry_hosts import taken_for_http
from model.pipeline import Pipeline
from model.stage import Stage
from sandbox import crds
from tests.contract.crds import next_line
from tests.unit import values
from tests.unit.doctor import MemoryCluster

DEPLOYMENTS = "/apis/apps/v1/deployments"
OPENAPI = "/openapi/v3/apis/kargo.akuity.io/v1alpha1"


def document(definitions: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the OpenAPI document of an API server with these CRDs."""
    schemas = {}
    for crd in definitions:
        names, group, (version, *_) = crd["spec"]["names"], crd["spec"]["group"], crd["spec"]["versions"]
        kinds = [{"group": group, "version": version["name"], "kind": names["kind"]}]
        schemas[names["plural"]] = {
            **version["schema"]["openAPIV3Schema"],
            "x-kubernetes-group-version-kind": kinds,
        }
    return {"components": {"schemas": schemas}}


def without(found: dict[str, Any], *fields: str) -> dict[str, Any]:
    for schema in found["components"]["schemas"].values():
        for field in fields:
            schema.get("properties", {}).get("spec", {}).get("properties", {}).pop(field, None)
    return found


def without_generic() -> dict[str, Any]:
    found = without(document(crds.read()[0]), "freightLinks", "gitClient")
    for plural in ("projectconfigs", "clusterconfigs"):
        spec = found["components"]["schemas"][plural]["properties"]["spec"]
        del spec["properties"]["webhookReceivers"]["items"]["properties"]["generic"]
    return found


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (lambda: document(next_line()), (1, 12)),
        (lambda: document(crds.read()[0]), (1, 11)),
        (lambda: without(document(crds.read()[0]), "freightLinks"), (1, 10)),
        (lambda: without(document(crds.read()[0]), "freightLinks", "gitClient"), (1, 9)),
        (without_generic, (1, 8)),
        (lambda: {"components": {"schemas": {"other": {"properties": {}}}}}, None),
        (lambda: {}, None),
        (lambda: AbsentError("404"), None),
    ],
    ids=["1.12", "1.11", "1.10", "1.9", "1.8", "no-kargo", "empty", "absent"],
)
def test_a_line_is_recognized_by_the_fields_of_its_crds(monkeypatch, found, line):
    monkeypatch.delenv("SANDBOX_CRDS", raising=False)
    assert kargo_release.line(MemoryCluster(**{OPENAPI: found()})) == line


def deployment(image: str, label: str = "") -> dict[str, Any]:
    containers = [{"image": "proxy:v9.9.9"}, {"image": image}]
    labels = {"app.kubernetes.io/version": label} if label else {}
    return {"metadata": {"labels": labels}, "spec": {"template": {"spec": {"containers": containers}}}}


@pytest.mark.parametrize(
    ("image", "label", "version"),
    [
        ("ghcr.io/akuity/kargo:v1.11.2", "", (1, 11, 2)),
        ("ghcr.io/akuity/kargo:v1.12.0@sha256:1234", "1.11.2", (1, 12, 0)),
        ("mirror:5000/kargo:1.12.3-rc.1", "", (1, 12, 3)),
        ("ghcr.io/akuity/kargo@sha256:1234", "v1.10.1", (1, 10, 1)),
        ("ghcr.io/akuity/kargo:edge", "1.10", (1, 10)),
        ("ghcr.io/akuity/kargo:edge", "edge", None),
        ("ghcr.io/acme/not-kargo:v7.0.0", "", None),
    ],
)
def test_the_image_of_a_deployment_comes_before_its_label(image, label, version):
    cluster = MemoryCluster(**{DEPLOYMENTS: {"items": [deployment(image, label)]}})
    assert kargo_release.versions(cluster, "kargo") == ([version] if version else [])
    assert kargo_release.release(cluster) == version


def test_the_oldest_deployment_counts_and_the_fields_are_the_fallback():
    both = [deployment("ghcr.io/akuity/kargo:v1.12.0"), deployment("ghcr.io/akuity/kargo:v1.9.3")]
    assert kargo_release.release(MemoryCluster(**{DEPLOYMENTS: {"items": both}})) == (1, 9, 3)
    hidden = {DEPLOYMENTS: NotAllowedError("403"), OPENAPI: document(crds.read()[0])}
    assert kargo_release.release(MemoryCluster(**hidden)) == (1, 11)


@pytest.mark.parametrize(
    ("version", "least", "older"),
    [
        ((1, 11), (1, 11, 0), False),
        ((1, 10), (1, 11, 0), True),
        ((1, 11, 9), (1, 12), True),
        ((1, 12, 0), (1, 12), False),
        ((1, 9, 2), (1, 9, 3), True),
        ((1, 9), (1, 9, 3), False),
        ((2, 0, 0), (1, 12), False),
    ],
)
def test_a_line_is_compared_with_lines(version, least, older):
    assert kargo_release.is_older(version, least) is older


@pytest.mark.parametrize(
    ("host", "taken"),
    [
        ("127.0.0.1:3000", True),
        ("127.0.0.1", True),
        ("localhost:3000", True),
        ("gitea.localhost", True),
        ("gitea.localhost:8443", True),
        ("gitea-http.gitea.svc.cluster.local:3000", True),
        ("10.1.2.3:3000", True),
        ("172.16.0.1", True),
        ("172.31.255.255", True),
        ("192.168.1.1", True),
        ("127.0.0.2:3000", False),
        ("172.32.0.1", False),
        ("11.0.0.1", False),
        ("gitea.cnoe.localtest.me:8443", False),
        ("local.example.com", False),
        ("localhost.example.com:443", False),
        ("ghcr.io", False),
    ],
)
def test_the_hosts_that_the_library_takes_for_http(host, taken):
    assert taken_for_http(host) is taken


def stack(host: str = "gitea.example.com", promote_by: Any = "push") -> Any:
    stages = (Stage(name="dev", promote_by=promote_by),)
    registry = values.GITEA.model_copy(update={"host": host})
    return values.stack(registry, values.REPOSITORY, Pipeline(name="a", image="a", stages=stages))


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the warnings of an `up`."""
    texts: list[str] = []
    monkeypatch.setattr(pulumi, "warn", texts.append)
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: False)
    return texts


def up(monkeypatch: pytest.MonkeyPatch, of: Any, release: tuple[int, ...] | None) -> None:
    monkeypatch.setattr(kargo_release, "release", lambda cluster: release)
    require_kargo(of)


@pytest.mark.parametrize(
    ("promote_by", "release", "refusal"),
    [
        ("pullRequest", (1, 10, 3), "has Kargo 1.10.3, which has no webhooks for pull requests .* to 1.11 or newer"),
        ("pullRequest", (1, 10), "has Kargo 1.10, which has no webhooks for pull requests"),
        ("push", (1, 8), "has Kargo 1.8, which has no webhooks for pushed images .* to 1.9 or newer"),
    ],
)
def test_an_up_refuses_a_kargo_that_lacks_what_the_stack_needs(monkeypatch, warned, promote_by, release, refusal):
    with pytest.raises(pulumi.RunError, match=refusal):
        up(monkeypatch, stack(promote_by=promote_by), release)
    assert warned == []


@pytest.mark.parametrize(
    ("promote_by", "release"), [("push", (1, 10)), ("pullRequest", (1, 11)), ("push", None), ("pullRequest", None)]
)
def test_an_up_accepts_a_kargo_that_has_it_or_shows_no_version(monkeypatch, warned, promote_by, release):
    up(monkeypatch, stack(promote_by=promote_by), release)
    assert warned == []


@pytest.mark.parametrize(("release", "number"), [((1, 11, 2), 1), ((1, 11), 0), ((1, 12, 0), 0), (None, 0)])
def test_an_up_warns_of_a_version_without_security_fixes(monkeypatch, warned, release, number):
    up(monkeypatch, stack(), release)
    assert len(warned) == number
    assert all("has Kargo 1.11.2; only Kargo 1.12 gets security fixes, see https://" in text for text in warned)


@pytest.mark.parametrize(
    ("release", "number"), [((1, 11), 0), ((1, 11, 2), 0), ((1, 12), 1), ((1, 12, 0), 1), (None, 1)]
)
def test_an_up_warns_of_a_host_that_kargo_takes_for_http(monkeypatch, warned, release, number):
    up(monkeypatch, stack("10.1.2.3:3000"), release)
    about_hosts = [text for text in warned if text.startswith("registry.host: ")]
    assert len(about_hosts) == number


def test_a_preview_asks_no_cluster(monkeypatch):
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    monkeypatch.setattr(kargo_release, "release", lambda cluster: pytest.fail("asked"))
    require_kargo(stack("10.1.2.3", "pullRequest"))
