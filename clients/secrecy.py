"""Removal of secrets from a text before it is shown.

A server may echo a request, with its headers. The engine masks only secrets that it knows, and only in their original
form.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

MASK = "[secret]"
# Shorter values are words that any text may contain.
_SHORTEST = 5
_LONG_LINE = 16


class Scrubber:
    """Replaces secrets in a text.

    Args:
        secrets: the secrets: texts, or JSON values that contain texts.
    """

    def __init__(self, secrets: Iterable[Any]) -> None:
        texts = {text for secret in secrets for text in _texts(secret) if len(text) >= _SHORTEST}
        # The longest form first: it may contain a shorter one.
        self._forms = sorted({form for text in texts for form in _forms(text)}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return `text` without secrets in any form: plain, base64 (also after a username), URL-encoded or in JSON."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        # The secret part of a receiver's URL is its path; a server may show the path without the host.
        segment = urlsplit(value).path.rpartition("/")[2] if "://" in value else ""
        yield from [segment] if len(segment) >= _LONG_LINE else []
        # A log shows a PEM key line by line.
        yield from (line for line in value.splitlines() if len(line) >= _LONG_LINE)
        try:
            inner = json.loads(value)
        except ValueError:
            return
        if isinstance(inner, (dict, list)):
            yield from _texts(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _forms(text: str) -> Iterator[str]:
    yield text
    yield json.dumps(text)[1:-1]
    yield quote(text, safe="")
    yield quote_plus(text)
    for before in range(3):
        yield from _encoded(text.encode(), before)


def _encoded(text: bytes, before: int) -> Iterator[str]:
    """Yield the base64 digits of `text` if it follows `before` other bytes, such as a username."""
    first, last = -(-before * 8 // 6), (before + len(text)) * 8 // 6
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(bytes(before) + text).decode().rstrip("=")
        # The last digit depends on the bytes that follow.
        yield from (whole[first:], whole[first:last])
