"""Secrets in plain text in the config of a promotion step.

Git, the state of the stack, the Stage and each of its Promotions would contain them. These checks find the usual
mistakes, and not every secret: a value below a key such as `password`, a login in a URL, and well-known tokens.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from model.problem import shown
from model.types.templates import parsed

_NOUNS = {
    *("apikey", "authorization", "cookie", "credential", "credentials", "passphrase", "passwd", "password", "pwd"),
    *("secret", "token"),
}
# The last two words of a name, such as `X-Api-Key`.
_PAIRS = {f"{first}key" for first in ("access", "api", "auth", "private", "routing", "secret", "shared", "signing")}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Kargo's functions that read a Secret (1.11, pkg/expressions/function).
_CALL = re.compile(r"\b(?:secret|sharedSecret)\s*\(")
# An expression with such a call, in a text whose expressions are replaced.
_READ = "\0"
_OTHER = "x"
_HARMLESS = re.compile(rf"(?:(?:bearer|basic|token)\s+)?[\s{_READ}]*", re.IGNORECASE)
# `"token": "value"` in JSON or in an expression, and `?token=value` in a URL.
_ENTRY = re.compile(r"""(["'])(?P<name>[\w.-]{1,64})\1\s*:\s*(["'])(?P<value>(?:(?!\3)[^\n])*)\3""")
_PARAMETER = re.compile(r"[?&](?P<name>[\w.-]{1,64})=(?P<value>[^&#\s\"']*)")
_LOGIN = re.compile(r"(?:https?|oci)://[^\s/?#'\"@]*@|://[^\s/?#'\"@:]*:[^\s/?#'\"@]*@", re.IGNORECASE)
_WELL_KNOWN = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-)[A-Za-z0-9_-]{8}"
    r"|hooks\.slack\.com/services/\w"
)
_FIX = "write an expression such as ${{ secret('chat').token }}"


class Leaf(NamedTuple):
    """A value of a step's config that is neither a mapping nor a list.

    Args:
        path: path of the value.
        name: the nearest key, or the `name` or `key` next to the key `value`.
        value: the value.
    """

    path: str
    name: str
    value: object


def leaves(value: Any, path: str, name: str = "") -> Iterator[Leaf]:
    """Yield every leaf of a value, such as a step's config, at `path`."""
    match value:
        case dict():
            label = value.get("name", value.get("key"))
            for key, inner in value.items():
                named = label if key == "value" and isinstance(label, str) else key
                yield from leaves(inner, f"{path}.{shown(key)}", named)
        case list() | tuple():
            for place, inner in enumerate(value):
                yield from leaves(inner, f"{path}[{place}]", name)
        case _:
            yield Leaf(path, name, value)


def secret_problem(leaf: Leaf) -> str | None:
    """Return the problem and its fix if a leaf seems to contain a secret in plain text; None otherwise.

    Raises:
        PydanticCustomError: if the leaf is not a template.
    """
    if isinstance(leaf.value, bool) or leaf.value is None:
        return None
    template = parsed(str(leaf.value))
    reads = [_READ if _CALL.search(expression) else _OTHER for expression in template.expressions]
    masked = "".join(part for pair in zip(template.literals, [*reads, ""], strict=True) for part in pair)
    texts = [masked, *template.expressions]
    if any(_LOGIN.search(text) for text in texts):
        return f"contains a URL with a login; remove it from the URL, and {_FIX}"
    found = [(leaf.name, masked), *((m["name"], m["value"]) for m in _ENTRY.finditer("\n".join(texts)))]
    found += [(m["name"], m["value"]) for m in _PARAMETER.finditer(masked)]
    if any(_is_secret(name) and not _HARMLESS.fullmatch(value) for name, value in found):
        return f"contains the value of a secret that is not read with secret(); {_FIX}"
    if any(_WELL_KNOWN.search(text) for text in texts):
        return f"contains a token or key in plain text; {_FIX}"
    return None


def _is_secret(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    return bool(words) and (words[-1] in _NOUNS or "".join(words[-2:]) in _PAIRS)
