"""The Warehouse: which images become Freight."""

from typing import Any

from model.pipeline import Pipeline
from model.registry import Registry


def warehouse_spec(pipeline: Pipeline, registry: Registry) -> dict[str, Any]:
    """Return the spec of the Warehouse that subscribes to a pipeline's image.

    Tags such as `v11` are SemVer only with `strictSemvers: false`; then v9 < v10 < v11, as numbers (Kargo 1.11).
    """
    rules = pipeline.warehouse
    image: dict[str, Any] = {
        "repoURL": registry.image_repository(pipeline.image),
        "imageSelectionStrategy": "SemVer",
        "strictSemvers": False,
        "allowTagsRegexes": list(rules.allow_tags_regexes),
        "discoveryLimit": rules.discovery_limit,
    }
    if rules.semver_constraint:
        image["constraint"] = rules.semver_constraint
    if registry.insecure_skip_tls_verify:
        image["insecureSkipTLSVerify"] = True
    return {
        "freightCreationPolicy": "Automatic",
        "interval": rules.interval,
        "subscriptions": [{"image": image}],
    }
