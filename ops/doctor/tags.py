"""Tags of a registry that are newer than the tags that Kargo has discovered."""

import re
from collections.abc import Sequence

from model.warehouse import Warehouse

# A version as Kargo parses it with `strictSemvers: false`: v11, 1.2, 1.2.3-rc.1.
_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")

_Order = tuple[tuple[int, int, int], bool, list[tuple[bool, int, str]]]


def newer(tags: Sequence[str], discovered: Sequence[str], rules: Warehouse) -> list[str]:
    """Return the matching tags that are newer than every discovered tag, the newest first.

    Return nothing if the tags alone do not determine the order: with `NewestBuild`, `Digest` or a constraint.

    Args:
        tags: all tags of the registry.
        discovered: tags that Kargo has discovered, the newest first.
        rules: selection of tags.
    """
    if rules.image_selection_strategy in ("Digest", "NewestBuild") or rules.constraint:
        return []
    matching = [tag for tag in tags if _matches(tag, rules)]
    if rules.image_selection_strategy == "Lexical":
        return sorted((tag for tag in matching if not discovered or tag > discovered[0]), reverse=True)
    versions = {tag: version for tag in matching if (version := _version(tag))}
    last = _version(discovered[0]) if discovered else None
    return sorted((t for t, v in versions.items() if last is None or v > last), key=lambda t: versions[t], reverse=True)


def _matches(tag: str, rules: Warehouse) -> bool:
    import re2  # noqa: PLC0415 - Go's regular expressions, as in Kargo; slow to import

    allowed = any(re2.search(pattern, tag) for pattern in rules.allow_tags_regexes)
    return allowed and not any(re2.search(pattern, tag) for pattern in rules.ignore_tags_regexes)


def _version(tag: str) -> _Order | None:
    """Return a sort key for a version (SemVer 2.0): a pre-release comes before its release."""
    found = _VERSION.fullmatch(tag)
    if not found:
        return None
    major, minor, patch = (int(part or 0) for part in found.groups()[:3])
    identifiers = found[4].split(".") if found[4] else []
    order = [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in identifiers]
    return (major, minor, patch), not identifiers, order
