"""The Warehouse: the images that become Freight."""

from typing import Any

from kargo.backstage import backstage_labels
from kargo.manifest import Manifest, manifest
from kargo.names import KARGO_API
from model.pipeline import Pipeline
from model.registry import Registry
from model.stack import Stack


def warehouse_manifest(pipeline: Pipeline, stack: Stack) -> Manifest:
    """Return the Warehouse of a pipeline."""
    spec = warehouse_spec(pipeline, stack.registry)
    labels = backstage_labels(pipeline)
    return manifest(KARGO_API, "Warehouse", pipeline.name, stack.kargo.project, labels=labels, spec=spec)


def warehouse_spec(pipeline: Pipeline, registry: Registry) -> dict[str, Any]:
    """Return the spec of the Warehouse that subscribes to a pipeline's image.

    Kargo accepts tags such as `v11` as SemVer only with `strictSemvers: false`, and then orders v9 < v10 < v11. Without
    the field its admission sets `true` for every strategy (1.11).
    """
    rules = pipeline.warehouse
    image: dict[str, Any] = {
        "repoURL": registry.image_repository(pipeline.image),
        "imageSelectionStrategy": rules.image_selection_strategy,
        "strictSemvers": False,
        "discoveryLimit": rules.discovery_limit,
    }
    if rules.constraint:
        image["constraint"] = rules.constraint
    if rules.image_selection_strategy != "Digest":
        image["allowTagsRegexes"] = list(rules.allow_tags_regexes)
    if rules.ignore_tags_regexes:
        image["ignoreTagsRegexes"] = list(rules.ignore_tags_regexes)
    if rules.platform:
        image["platform"] = rules.platform
    if rules.cache_by_tag:
        image["cacheByTag"] = True
    if registry.insecure_skip_tls_verify:
        image["insecureSkipTLSVerify"] = True
    spec: dict[str, Any] = {
        "freightCreationPolicy": "Automatic",
        "interval": rules.interval,
        "subscriptions": [{"image": image}],
    }
    if pipeline.shard:
        spec["shard"] = pipeline.shard
    return spec
