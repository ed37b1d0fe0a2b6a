"""The doctor's own discovery: tags that Kargo cannot read, and tags that it skips without a report."""

import hashlib
from typing import Any

import httpx
import pytest

from model.pipeline import Pipeline
from model.registry import GhcrRegistry, Registry
from model.stack import Stack
from model.stage import Stage
from model.warehouse import Warehouse
from ops.doctor import warehouses
from ops.doctor.discovery import Discovery
from ops.doctor.finding import Finding
from tests.memory_gitea import answer_with
from tests.unit import values
from tests.unit.doctor import SECRETS, look, subject

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"
WAREHOUSE = "/apis/kargo.akuity.io/v1alpha1/namespaces/project/warehouses/backstage"
AMD, ARM = {"os": "linux", "architecture": "amd64"}, {"os": "linux", "architecture": "arm64", "variant": "v8"}
ATTESTATION = {"os": "unknown", "architecture": "unknown"}
CACHE = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip"}


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class MemoryRegistry:
    """Answers like a registry without logins."""

    def __init__(self) -> None:
        self.manifests: dict[str, tuple[int, str, Any]] = {}
        self.tags: list[str] = []
        self.asked: list[str] = []

    def single(self, *tags: str) -> "MemoryRegistry":
        """Push images that are no indexes."""
        for tag in tags:
            self.put(tag, MANIFEST, {"schemaVersion": 2})
        return self

    def index(self, tag: str, *platforms: dict[str, str]) -> "MemoryRegistry":
        """Push an image index with an image of each platform."""
        entries = [{"digest": digest(f"{tag}{i}"), "platform": found} for i, found in enumerate(platforms)]
        for entry in entries:
            self.manifests[str(entry["digest"])] = (200, MANIFEST, {})
        return self.put(tag, INDEX, {"manifests": entries})

    def put(self, tag: str, media_type: str, content: Any, status: int = 200) -> "MemoryRegistry":
        self.tags.append(tag)
        self.manifests[tag] = (status, media_type, content)
        return self

    def without(self, tag: str, child: int) -> "MemoryRegistry":
        """Delete an image of an index."""
        del self.manifests[digest(f"{tag}{child}")]
        return self

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/v2/":
            return httpx.Response(200, json={})
        if path.endswith("/backstage/tags/list"):
            return httpx.Response(200, json={"tags": self.tags})
        reference = path.partition("/backstage/manifests/")[2]
        self.asked.append(f"{request.method} {reference}")
        assert MANIFEST in request.headers["Accept"]
        assert INDEX in request.headers["Accept"]
        if reference not in self.manifests:
            return httpx.Response(404, json={"errors": [{"code": "MANIFEST_UNKNOWN"}]})
        status, media_type, content = self.manifests[reference]
        return httpx.Response(status, json=content, headers={"Content-Type": media_type})


def stack_of(rules: Warehouse, registry: Registry = values.GITEA) -> Stack:
    stages = (Stage(name="dev"),)
    pipeline = Pipeline(name="backstage", image="backstage", warehouse=rules, reference="digest", stages=stages)
    return values.stack(registry, values.REPOSITORY, pipeline)


def find(
    monkeypatch: pytest.MonkeyPatch,
    registry: MemoryRegistry,
    row: str = "images of Warehouse backstage",
    live: dict[str, Any] | None = None,
    **rules: Any,
) -> Finding:
    """Return the finding of a row, for a Warehouse of these rules whose object is `live`."""
    answer_with(monkeypatch, registry)
    of = stack_of(Warehouse(**rules))
    objects = {SECRETS: {"items": []}, WAREHOUSE: live or {"status": {}}}
    return look(warehouses.checks(subject(objects, of)), row)


def discovered(*tags: str) -> dict[str, Any]:
    references = [{"tag": tag, "digest": digest(tag)} for tag in tags]
    return {"status": {"discoveredArtifacts": {"images": [{"references": references}]}}}


def test_images_that_kargo_can_read_are_fine_and_cost_a_request_for_each_manifest(monkeypatch):
    registry = MemoryRegistry().single("v1", "v2").index("v3", AMD, ARM, ATTESTATION)
    found = find(monkeypatch, registry, discovery_limit=2)
    assert (found.verdict, found.found) == ("ok", "2 of 3 tags read, as Kargo reads them")
    read = ["GET v2", "GET v3", f"HEAD {digest('v30')}", f"HEAD {digest('v31')}"]
    assert sorted(registry.asked) == read


@pytest.mark.parametrize(
    ("registry", "reason"),
    [
        (
            MemoryRegistry().index("v2", AMD, ARM).without("v2", 1),
            f"the manifest of linux/arm64/v8 in its image index, {digest('v21')}, is missing in the registry (404)",
        ),
        (MemoryRegistry().put("v2", INDEX, {"manifests": [CACHE]}), "as a build cache does"),
        (MemoryRegistry().put("v2", INDEX, {"manifests": None}), "lists no image of a platform"),
        (MemoryRegistry().put("v2", INDEX, ["no index"]), "lists no image of a platform"),
        (MemoryRegistry().index("v2", ATTESTATION), "lists no image of a platform"),
        (MemoryRegistry().index("v2", {"os": "linux"}), "lists no image of a platform"),
        (MemoryRegistry().put("v2", SIGNED, {}), f"its manifest has the type {SIGNED}, not an image's"),
        (MemoryRegistry().put("v2", "text/html <p>", {}), "its manifest has no type of an image"),
        (MemoryRegistry().put("v2", MANIFEST, {}, 404), "its manifest is missing in the registry (404)"),
        (MemoryRegistry().put("v2", MANIFEST, {}, 500), "its manifest cannot be read: the registry answers 500"),
        (
            MemoryRegistry().put("v2", INDEX, {"manifests": [{"digest": "../../x", "platform": AMD}]}),
            "the digest of linux/amd64 in its image index is invalid",
        ),
    ],
)
def test_a_tag_that_kargo_cannot_read_is_named_with_two_ways_out(monkeypatch, registry, reason):
    found = find(monkeypatch, registry.single("v1", "v3", "v4"))
    assert found.verdict == "failed"
    assert found.found.startswith("Kargo cannot read tag v2 (")
    assert reason in found.found
    assert "when Kargo's controller restarts" in found.found
    assert found.advice == (
        "push the tag again or delete it; or add '^v2$' to pipelines[].warehouse.ignoreTagsRegexes, or set "
        "pipelines[].warehouse.discoveryLimit: 2, then run: pulumi up --stack dev"
    )


def test_the_newest_tag_has_no_smaller_limit_and_several_tags_are_one_expression(monkeypatch):
    registry = MemoryRegistry().put("1.10.0", INDEX, {}).put("1.9.0", INDEX, {}).single("1.8.0")
    found = find(monkeypatch, registry, allow_tags_regexes=(r"^1\.",))
    assert "add '^(1\\.10\\.0|1\\.9\\.0)$' to pipelines[].warehouse.ignoreTagsRegexes, then run" in found.advice


@pytest.mark.parametrize(
    ("rules", "read"),
    [
        ({}, ["v10", "v9"]),
        ({"ignore_tags_regexes": ("^v10$",)}, ["v9", "v8"]),
        ({"image_selection_strategy": "Lexical", "allow_tags_regexes": ("^v",)}, ["v9-rc", "v9"]),
        ({"constraint": "<10"}, ["v8"]),
        ({"image_selection_strategy": "Digest", "constraint": "edge"}, ["edge"]),
        (
            {"image_selection_strategy": "NewestBuild", "allow_tags_regexes": ("^v",)},
            ["v9-rc", "v9", "v8", "v10"],
        ),
    ],
)
def test_only_the_tags_are_read_that_kargo_reads(monkeypatch, rules, read):
    registry = MemoryRegistry().single("v8", "v9", "v9-rc", "v10", "edge", "latest")
    find(monkeypatch, registry, live=discovered("v8"), discovery_limit=2, **rules)
    assert sorted(registry.asked) == sorted(f"GET {tag}" for tag in read)


def test_a_smaller_limit_is_not_offered_where_it_has_no_effect(monkeypatch):
    registry = MemoryRegistry().single("v9").put("v1", INDEX, {})
    rules: dict[str, Any] = {"image_selection_strategy": "NewestBuild", "allow_tags_regexes": ("^v",)}
    assert "discoveryLimit" not in find(monkeypatch, registry, **rules).advice
    edge = MemoryRegistry().put("edge", INDEX, {})
    found = find(monkeypatch, edge, image_selection_strategy="Digest", constraint="edge")
    assert (found.verdict, found.advice) == ("failed", "push the tag again")


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("20260115-0930", "the number 0930 begins with a zero"),
        ("2026.01.15-01", "the number 01 begins with a zero"),
        ("v1.2.3-rc.01", "the number 01 begins with a zero"),
        ("v99999999999999999999", "a number is too large"),
        ("1.2.3.4", "more than three numbers"),
        ("v1.2.3.4-rc", "more than three numbers"),
        ("3f2a1bc", "a commit id"),
        ("4fd2e7f21ad9c0b3b2f1a8a3ef1c0b9cb5d7a602", "a commit id"),
        ("1_0", "not a version"),
    ],
)
def test_a_tag_that_is_no_version_is_named_with_the_reason(monkeypatch, tag, reason):
    found = find(monkeypatch, MemoryRegistry().single("v1", tag), allow_tags_regexes=(r"^v?[0-9]",))
    assert (found.verdict, found.found) == ("failed", f"Kargo skips {tag} ({reason})")
    assert "imageSelectionStrategy to Lexical for dates" in found.advice
    newest = find(
        monkeypatch,
        MemoryRegistry().single("v1", tag),
        "newest tag of image backstage",
        discovered("v1"),
        allow_tags_regexes=(r"^v?[0-9]",),
    )
    assert (newest.verdict, newest.found) == ("ok", "v1, of 2 tags in the registry")


@pytest.mark.parametrize(
    "tag",
    ["v1", "007", "v1.02.3", "2026.01.15", "20260115-930", "1.2.3-0a", "1.2.3-rc.0", "0.0.0", "v1.2-x--y", "1234567"],
)
def test_a_version_is_not_skipped(monkeypatch, tag):
    found = find(monkeypatch, MemoryRegistry().single(tag), allow_tags_regexes=(r"^v?[0-9]",))
    assert found.verdict == "ok"


def test_a_tag_that_does_not_match_or_that_another_strategy_orders_is_not_skipped(monkeypatch):
    registry = MemoryRegistry().single("v1", "1.2.3.4", "3f2a1bc")
    assert find(monkeypatch, registry).verdict == "ok"
    lexical: dict[str, Any] = {"image_selection_strategy": "Lexical", "allow_tags_regexes": ("^[0-9]",)}
    assert find(monkeypatch, registry, **lexical).verdict == "ok"


def test_a_platform_never_matches_an_image_that_is_not_an_index(monkeypatch):
    registry = MemoryRegistry().single("v3").index("v2", AMD, ARM).single("v1")
    found = find(monkeypatch, registry, platform="linux/amd64")
    assert (found.verdict, found.found) == (
        "failed",
        "Kargo skips v3 (not an image index, so no platform matches)",
    )
    assert "without it, Kargo does not filter" in found.advice
    assert find(monkeypatch, registry).verdict == "ok"
    newest = find(monkeypatch, registry, "newest tag of image backstage", discovered("v2"), platform="linux/amd64")
    assert (newest.verdict, newest.found) == ("ok", "v2, of 3 tags in the registry")


def test_older_tags_are_read_until_there_are_as_many_images_as_kargo_discovers(monkeypatch):
    registry = MemoryRegistry().index("v1", AMD).index("v2", AMD).single("v3", "v4")
    find(monkeypatch, registry, platform="linux/amd64", discovery_limit=1)
    assert sorted(registry.asked) == ["GET v2", "GET v3", "GET v4", f"HEAD {digest('v20')}"]


def test_never_more_than_a_hundred_tags_are_read(monkeypatch):
    registry = MemoryRegistry().single(*(f"v{number}" for number in range(150)))
    found = find(monkeypatch, registry, image_selection_strategy="NewestBuild", allow_tags_regexes=("^v",))
    assert found.found == "100 of 150 tags read, as Kargo reads them"


def test_an_index_without_the_platform_is_skipped_on_purpose_and_named(monkeypatch):
    registry = MemoryRegistry().index("v3", ARM).index("v2", AMD)
    found = find(monkeypatch, registry, platform="linux/amd64")
    assert found.verdict == "ok"
    assert found.found.endswith("; Kargo skips v3 (its image index has only linux/arm64/v8)")


def conditions(reason: str, message: str) -> list[dict[str, str]]:
    return [{"type": "Ready", "status": "False", "reason": reason, "message": message}]


FAILED = {"status": {"conditions": conditions("DiscoveryFailure", "error retrieving image")}}
HIDDEN = {
    "status": {
        "conditions": [{"type": "Ready", "status": "True"}],
        "lastHandledRefresh": "2026-01-01T00:00:02Z",
        "discoveredArtifacts": {"discoveredAt": "2026-01-01T00:00:01Z"},
    }
}


def of_warehouse(status: Any, of: Stack) -> Finding:
    """Return the finding about the status of a Warehouse that matches the stack's file."""
    checked = subject({SECRETS: {"items": []}, WAREHOUSE: status}, of)
    live = {"metadata": {}, "spec": {"interval": "5m0s"}, **status}
    return warehouses._warehouse(checked, of.pipelines[0], Discovery(checked, of.pipelines[0]), live)


@pytest.mark.parametrize("status", [FAILED, HIDDEN], ids=["reported", "hidden"])
def test_a_failed_discovery_names_its_tag_instead_of_the_login(monkeypatch, status):
    registry = MemoryRegistry().single("v3").index("v2", AMD).without("v2", 0)
    answer_with(monkeypatch, registry)
    found = of_warehouse(status, stack_of(Warehouse()))
    assert found.verdict == "failed"
    assert "Kargo cannot read tag v2 (" in found.found
    assert "'^v2$'" in found.advice
    assert "discoveryLimit: 1" in found.advice
    assert "login" not in found.advice


@pytest.mark.parametrize("status", [FAILED, HIDDEN], ids=["reported", "hidden"])
def test_without_a_login_of_the_stack_any_secret_may_be_the_cause(monkeypatch, status):
    answer_with(monkeypatch, MemoryRegistry().single("v1"))
    assert "image registry login" in of_warehouse(status, stack_of(Warehouse())).advice
    found = of_warehouse(status, stack_of(Warehouse(), GhcrRegistry(owner="team")))
    assert "image registry login" not in found.advice
    assert "--namespace kargo-shared-resources get secrets --selector kargo.akuity.io/cred-type=image" in found.advice


def test_a_missed_tag_is_not_blamed_on_the_webhook_if_another_cannot_be_read(monkeypatch):
    registry = MemoryRegistry().single("v3").put("v2", INDEX, {})
    found = find(monkeypatch, registry, "newest tag of image backstage", discovered("v1"))
    assert found.found.startswith("v3 is in the registry, but Kargo has not discovered it: Kargo cannot read tag v2")
    assert "ALLOWED_HOST_LIST" not in found.advice


@pytest.mark.parametrize(
    ("rules", "says", "expected"),
    [
        (
            {"allow_tags_regexes": (r"^2026",)},
            "no tag of 2 in the registry is eligible: 2026-01 (the number 01 begins with a zero)",
            "a tag that matches ^2026",
        ),
        (
            {"platform": "linux/arm64"},
            "no tag of 2 in the registry is eligible: v1 (not an image index, so no platform matches)",
            r"a tag that matches ^v\d+$, with an image index for linux/arm64",
        ),
        (
            {"image_selection_strategy": "Digest", "constraint": "edge"},
            "no tag of 2 in the registry is eligible",
            "the tag edge",
        ),
    ],
)
def test_a_warehouse_without_an_image_names_the_reasons(monkeypatch, rules, says, expected):
    status = {"status": {"conditions": conditions("MissingImageReferences", "No references discovered")}}
    answer_with(monkeypatch, MemoryRegistry().single("v1", "2026-01"))
    found = of_warehouse(status, stack_of(Warehouse(**rules)))
    assert (found.verdict, found.found, found.expected) == ("failed", says, expected)


def test_a_registry_that_cannot_be_read_leaves_kargos_own_reason(monkeypatch):
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    answer_with(monkeypatch, answer)
    found = of_warehouse(FAILED, stack_of(Warehouse()))
    assert (found.verdict, found.found) == ("failed", "DiscoveryFailure: not Ready: error retrieving image")
