"""URLs of receivers of announcements. Such a URL must not be a secret, as the address of an incoming webhook is.

If a request fails, Kargo writes the whole URL into the Promotion's status (1.11, http_requester.go).
"""

import re
from typing import Annotated
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import AfterValidator

from model.problem import refusal
from model.types.urls import CheckUrl

# Hosts of which each URL is a secret: Slack, Microsoft Teams, Power Automate and Logic Apps, Zapier.
_HOSTS = re.compile(
    r"hooks\.slack(?:-gov)?\.com|(?:.*\.)?webhook\.office(?:365)?\.com|.*\.logic\.azure\.(?:com|us|cn)"
    r"|.*\.powerplatform\.com|hooks\.zapier\.com"
)
_DISCORD = re.compile(r"(?:.*\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/.*")
_PARAMETER = re.compile(
    r".*(?:token|secret|signature|sig|pass|password|passwd|pwd|key|auth|authorization|code|credentials?|jwt)"
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_RUN = re.compile(r"[A-Za-z0-9]{16,}")
_DIGIT_TO_LETTER = re.compile(r"[0-9](?=[A-Za-z])|[A-Za-z](?=[0-9])")
_CASE_TO_CASE = re.compile(r"[a-z](?=[A-Z])|[A-Z](?=[a-z])")
# Words such as `backstage2024` or `chatPostMessage` change less often.
_MANY_DIGITS, _MANY_CASES = 3, 0.4


def _receiver_url(value: str) -> str:
    parts = urlsplit(value)
    host, path = parts.hostname or "", unquote(parts.path)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if (
        _HOSTS.fullmatch(host)
        or _DISCORD.fullmatch(f"{host}{path}".lower())
        or any(_PARAMETER.fullmatch(re.sub(r"[^a-z]", "", name.lower())) for name, _ in query)
        or any(map(_is_random, (path, parts.query, *(text for pair in query for text in pair))))
    ):
        raise refusal(
            "contains a secret, and Kargo writes the whole URL into the Promotion's status if the request fails; write "
            "the URL of an API that reads a token from a header, such as https://slack.com/api/chat.postMessage, and "
            "add token"
        )
    return value


def _is_random(text: str) -> bool:
    """Return whether a text has a part that nobody would choose as a name."""
    return bool(_UUID.search(text)) or any(
        len(_DIGIT_TO_LETTER.findall(run)) >= _MANY_DIGITS or len(_CASE_TO_CASE.findall(run)) >= _MANY_CASES * len(run)
        for run in _RUN.findall(text)
    )


ReceiverUrl = Annotated[CheckUrl, AfterValidator(_receiver_url)]
