"""Which tags of a registry are newer than those that Kargo has discovered."""

import re
from collections.abc import Sequence

from model.warehouse import Warehouse

# A version as Kargo reads one with `strictSemvers: false`: v11, 1.2, 1.2.3-rc.1.
_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")

_Order = tuple[tuple[int, int, int], bool, list[tuple[bool, int, str]]]


def newer(tags: Sequence[str], discovered: Sequence[str], rules: Warehouse) -> list[str]:
    """Return the tags that count and are newer than everything discovered, the newest first.

    Nothing where only Kargo can tell: it knows when an image was built (`newestBuild`), what a constraint allows, and
    what the one tag means that `digest` follows.

    Args:
        tags: all tags of the registry.
        discovered: what Kargo has discovered, its newest first.
        rules: which tags count.
    """
    if rules.select in ("digest", "newestBuild") or rules.semver_constraint:
        return []
    counting = [tag for tag in tags if _counts(tag, rules)]
    if rules.select == "lexical":
        return sorted((tag for tag in counting if not discovered or tag > discovered[0]), reverse=True)
    versions = {tag: version for tag in counting if (version := _version(tag))}
    last = _version(discovered[0]) if discovered else None
    return sorted((t for t, v in versions.items() if last is None or v > last), key=lambda t: versions[t], reverse=True)


def _counts(tag: str, rules: Warehouse) -> bool:
    import re2  # noqa: PLC0415 - Go's expressions, as Kargo reads them; slow to import

    allowed = any(re2.search(pattern, tag) for pattern in rules.allow_tags_regexes)
    return allowed and not any(re2.search(pattern, tag) for pattern in rules.ignore_tags_regexes)


def _version(tag: str) -> _Order | None:
    """Return what orders a version among others (SemVer 2.0): a pre-release comes before its release."""
    found = _VERSION.fullmatch(tag)
    if not found:
        return None
    major, minor, patch = (int(part or 0) for part in found.groups()[:3])
    identifiers = found[4].split(".") if found[4] else []
    order = [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in identifiers]
    return (major, minor, patch), not identifiers, order
