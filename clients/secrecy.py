"""Takes secrets out of a text before anybody sees it.

A server may echo what it was sent, also in its headers. The engine masks what it knows to be secret, but not what a
program has unsecreted, and never another form of it.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

MASK = "[secret]"
# Shorter ones are words that stand in any text.
_SHORTEST = 5
_LONG_LINE = 16


class Scrubber:
    """Replaces secrets.

    Args:
        secrets: their values; texts, or anything of JSON with texts in it.
    """

    def __init__(self, secrets: Iterable[Any]) -> None:
        texts = {text for secret in secrets for text in _texts(secret) if len(text) >= _SHORTEST}
        # The longest first, since one may be a part of another.
        self._forms = sorted({form for text in texts for form in _forms(text)}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return `text` without any secret: as it is, in base64 (also after a username), URL-encoded or within JSON."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        # The path of a receiver's URL is what is secret in it; a server may show that alone.
        segment = urlsplit(value).path.rpartition("/")[2] if "://" in value else ""
        yield from [segment] if len(segment) >= _LONG_LINE else []
        # A log shows a key in PEM line by line.
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
    """Yield `text` in base64 as it appears after `before` more bytes, such as a username: its own digits alone."""
    first, last = -(-before * 8 // 6), (before + len(text)) * 8 // 6
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(bytes(before) + text).decode().rstrip("=")
        # The last digit is another one where something follows.
        yield from (whole[first:], whole[first:last])
