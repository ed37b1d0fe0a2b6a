"""Named types of stack configuration: what Kubernetes, Kargo and registries accept, checked before anything is applied.

Each raises `PydanticCustomError` with a sentence of the form "what is wrong; write what instead". No message repeats
the value: a secret pasted into the wrong key must not reach a log.
"""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

_UNIT_SECONDS = {"h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:\d+[hms])+")
_DNS_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_HOST = re.compile(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?(?::([0-9]{1,5}))?")
# The grammar of the OCI distribution specification 1.1.
_IMAGE_PATH = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*")
_LAST_PORT = 65535
_NOT_IN_RE2 = re.compile(r"\(\?(?:[=!>(#]|<[=!]|P=|[a-zA-Z]*[auLx])|\\[1-9ZuUN]|[*+?}]\+")
_REPETITION = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_MOST_REPETITIONS = 1000


def _error(message: str) -> PydanticCustomError:
    return PydanticCustomError("kargo_backstage", message)


def _dns_label(value: str) -> str:
    if not _DNS_LABEL.fullmatch(value):
        raise _error(
            "not a Kubernetes name; write at most 63 lower-case letters, digits and '-', "
            "starting and ending with a letter or digit"
        )
    return value


def _project_name(value: str) -> str:
    _dns_label(value)
    if value == "default" or value.startswith(("kube-", "kargo")):
        raise _error(
            "a namespace that Kubernetes or Kargo keeps for itself; write a name of your own, such as backstage"
        )
    return value


def _canonical_duration(value: str) -> str:
    """Return `value` as Go prints it, since Kargo's admission rewrites others and every preview would show a diff."""
    if not _DURATION.fullmatch(value):
        raise _error("not a duration; write whole hours, minutes and seconds, such as 5m or 1h30m")
    total = sum(int(n) * _UNIT_SECONDS[unit] for n, unit in re.findall(r"(\d+)([hms])", value))
    hours, rest = divmod(total, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}s"
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"


def _positive_duration(value: str) -> str:
    canonical = _canonical_duration(value)
    if canonical == "0s":
        raise _error("zero; write how often to look, such as 5m")
    return canonical


def _tag_regex(value: str) -> str:
    # Kargo compiles these with Go's RE2, which lacks part of Python's syntax.
    repetitions = [int(count) for pair in _REPETITION.findall(value) for count in pair if count]
    if _NOT_IN_RE2.search(value) or any(count > _MOST_REPETITIONS for count in repetitions):
        raise _error(
            "uses what Go's regular expressions lack (look-around, back-references, comments, possessive quantifiers, "
            "\\Z or \\u escapes, more than 1000 repetitions); write a plain one"
        )
    try:
        pattern = re.compile(value)
    except re.error as error:
        position = "" if error.pos is None else f" (see character {error.pos + 1})"
        # Python's own message may quote the pattern.
        raise _error(rf"not a regular expression{position}; write one such as '^v\d+$'") from None
    if pattern.search("latest") or pattern.search(""):
        raise _error(r"matches every tag, even 'latest'; write what a release looks like, such as '^v\d+$'")
    return value


def _host_and_port(value: str) -> str:
    if "://" in value:
        raise _error("has a scheme; write host:port alone, such as gitea.example.com:8443")
    host = _HOST.fullmatch(value)
    if not host or not 1 <= int(host[1] or 1) <= _LAST_PORT:
        raise _error("not a host; write a lower-case host name and, if not 443, a port: gitea.example.com:8443")
    return value


def _image_path(value: str) -> str:
    if "://" in value:
        raise _error("has a scheme; write the name alone, such as backstage-cnoe")
    if ":" in value or "@" in value:
        raise _error("has a tag or digest; write the name alone, Kargo chooses the tag: backstage-cnoe")
    if not _IMAGE_PATH.fullmatch(value):
        raise _error("not an image name; write lower-case letters, digits and single . _ - between them")
    return value


def _https_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise _error("not a URL; write https://host[:port]/path") from None
    if parts.username or parts.password:
        raise _error("carries credentials; write the URL without them and keep them under `credentials`")
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise _error("not an HTTP(S) URL; write https://host[:port]/path (Kargo 1.13 drops SSH)")
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise _error("plain HTTP; write https:// (HTTP is accepted for this machine's own loopback only)")
    if parts.query or parts.fragment:
        raise _error("has a query or fragment; write the URL without it")
    return value.rstrip("/")


def _git_url(value: str) -> str:
    url = _https_url(value)
    if not urlsplit(url).path.strip("/"):
        raise _error("names no repository; write https://host/owner/repository.git")
    return url


def _relative_path(value: str) -> str:
    if value.startswith("/") or ".." in value.split("/"):
        raise _error("leaves the repository; write a path below its root, such as .env-files/images.json")
    return value


NonEmpty = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
DnsLabel = Annotated[str, AfterValidator(_dns_label)]
ProjectName = Annotated[str, AfterValidator(_project_name)]
Duration = Annotated[str, AfterValidator(_canonical_duration)]
PositiveDuration = Annotated[str, AfterValidator(_positive_duration)]
TagRegex = Annotated[str, AfterValidator(_tag_regex)]
HostAndPort = Annotated[str, AfterValidator(_host_and_port)]
ImagePath = Annotated[str, AfterValidator(_image_path)]
HttpsUrl = Annotated[str, AfterValidator(_https_url)]
GitUrl = Annotated[str, AfterValidator(_git_url)]
RelativePath = Annotated[NonEmpty, AfterValidator(_relative_path)]
# A dot would split the key: json-update addresses `environment.app` with sjson paths.
JsonKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]
