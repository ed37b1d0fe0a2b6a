"""The Warehouse's spec: which images become Freight."""

from typing import Any

from registries import Registry


def warehouse_spec(
    registry: Registry,
    *,
    interval: str,
    allow_tags_regexes: tuple[str, ...],
    semver_constraint: str | None,
    discovery_limit: int,
) -> dict[str, Any]:
    r"""Return the spec of a Warehouse that subscribes to the registry's image.

    Tags such as `v11` are SemVer only with `strictSemvers: false`; then v9 < v10 < v11, as numbers (Kargo 1.11).

    Args:
        registry: where the image lives.
        interval: canonical Go duration between polls, such as `5m0s`.
        allow_tags_regexes: Go regular expressions of the tags that count.
        semver_constraint: range within them; None means any.
        discovery_limit: how many tags to look back.
    """
    image: dict[str, Any] = {
        "repoURL": registry.image_repository,
        "imageSelectionStrategy": "SemVer",
        "strictSemvers": False,
        "allowTagsRegexes": list(allow_tags_regexes),
        "discoveryLimit": discovery_limit,
    }
    if semver_constraint:
        image["constraint"] = semver_constraint
    if registry.insecure_skip_tls_verify:
        image["insecureSkipTLSVerify"] = True
    return {
        "freightCreationPolicy": "Automatic",
        "interval": interval,
        "subscriptions": [{"image": image}],
    }
