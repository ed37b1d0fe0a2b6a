"""Tags of a registry: which of them Kargo considers, in which order, and why it skips others."""

import re
from collections.abc import Mapping, Sequence

from model.warehouse import Warehouse

# A version as Kargo parses it with `strictSemvers: false`: v11, 1.2, 2026.01.15, 1.2.3-rc.1 (Masterminds/semver 3.4).
# Only a number of the pre-release must not begin with a zero.
_NUMBER = r"0|[1-9][0-9]*"
_IDENTIFIER = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(
    rf"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_LARGEST = 2**64 - 1
# A version but for numbers that are too large, and numbers of the pre-release that begin with a zero.
_LOOSE = re.compile(r"v?[0-9]+(?:\.[0-9]+){0,2}(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?")
_LONG = re.compile(r"v?[0-9]+(?:\.[0-9]+){3,}(?:[-.].*)?")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")

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
    considered = eligible(tags, discovered, rules)
    if rules.image_selection_strategy == "Lexical":
        return [tag for tag in considered if not discovered or tag > discovered[0]]
    last = _version(discovered[0]) if discovered else None
    return [tag for tag in considered if last is None or (_version(tag) or last) > last]


def eligible(tags: Sequence[str], discovered: Sequence[str], rules: Warehouse) -> list[str]:
    """Return the tags whose images Kargo reads until it has found enough, in its order.

    Of the versions in a range, which only Kargo evaluates, these are the tags that Kargo has discovered before.

    Args:
        tags: all tags of the registry.
        discovered: tags that Kargo has discovered, the newest first.
        rules: selection of tags.
    """
    if rules.image_selection_strategy == "Digest":
        return [tag for tag in tags if tag == rules.constraint]
    if rules.constraint:
        return [tag for tag in discovered if tag in set(tags)]
    matching = sorted((tag for tag in tags if _matches(tag, rules)), reverse=True)
    if rules.image_selection_strategy != "SemVer":
        return matching
    versions = {tag: version for tag in matching if (version := _version(tag))}
    # Kargo orders equal versions by their text, as `matching` is ordered.
    return sorted(versions, key=lambda tag: versions[tag], reverse=True)


def skipped(tags: Sequence[str], rules: Warehouse) -> dict[str, str]:
    """Return the tags that match the expressions and that Kargo skips because they are not versions, with the reasons.

    Kargo reports nothing about them (1.11).
    """
    if rules.image_selection_strategy != "SemVer":
        return {}
    return {tag: _no_version(tag) for tag in tags if _matches(tag, rules) and _version(tag) is None}


def listed(reasons: Mapping[str, str], most: int = 3) -> str:
    """Return tags with their reasons in one line, for example `1.2.3.4 (more than three numbers)`."""
    shown = [f"{tag} ({reason})" for tag, reason in list(reasons.items())[:most]]
    more = len(reasons) - most
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def ignored(tags: Sequence[str]) -> str:
    """Return an expression for `ignoreTagsRegexes` that matches exactly these tags."""
    escaped = [tag.replace(".", r"\.") for tag in tags]
    return f"^{escaped[0]}$" if len(escaped) == 1 else f"^({'|'.join(escaped)})$"


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
    if max(major, minor, patch) > _LARGEST:
        return None
    identifiers = found[4].split(".") if found[4] else []
    order = [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in identifiers]
    return (major, minor, patch), not identifiers, order


def _no_version(tag: str) -> str:
    """Return the reason why a tag is not a version."""
    if loose := _LOOSE.fullmatch(tag):
        zero = next((part for part in (loose[1] or "").split(".") if re.fullmatch("0[0-9]+", part)), None)
        return f"the number {zero} begins with a zero" if zero else "a number is too large"
    if _LONG.fullmatch(tag):
        return "more than three numbers"
    return "a commit id" if _COMMIT.fullmatch(tag) else "not a version"
