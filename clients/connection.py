"""Connections from this machine to a server: trusted certificates, and error lines for a failed connection."""

import re
import ssl
from functools import cache
from typing import Any, Self, TypeVar

import httpx

from clients.secrecy import Scrubber

TIMEOUT_SECONDS = 20.0

_Error = TypeVar("_Error", bound=BaseException)

# A proxy, or a server that is overloaded, answers with these.
_LATER = (
    httpx.codes.BAD_GATEWAY,
    httpx.codes.SERVICE_UNAVAILABLE,
    httpx.codes.GATEWAY_TIMEOUT,
)
_LONGEST_REASON = 200
# GitHub's sentences for its secondary limit.
_TOO_MANY = re.compile("rate limit|abuse detection", re.IGNORECASE)
# Codes of OpenSSL for a certificate's dates, its names, and a missing CA (`openssl verify`).
_EXPIRED, _NOT_YET_VALID = 10, 9
_OTHER_NAME = (62, 64)
_UNKNOWN_CA = (2, 18, 19, 20, 21)
_UNTRUSTED = ("a certificate that this machine does not trust", "set caBundle to a PEM file with its CA")


class ServiceError(Exception):
    """A server refused or did not answer; the text contains the reason and the fix."""


class SignedIn:
    """A client of an API with a username and a password; a context manager that closes its connections.

    Args:
        api: address of the API.
        username: user that signs in.
        password: password or access token.
        ca_bundle: PEM file with CAs to trust, in addition to the system's.

    Raises:
        ServiceError: if `ca_bundle` cannot be read.
    """

    def __init__(self, api: str, username: str, password: str, ca_bundle: str | None) -> None:
        self._scrub = Scrubber([password, f"{username}:{password}"])
        self._client = httpx.Client(
            base_url=api, auth=(username, password), verify=ssl_context(ca_bundle), timeout=TIMEOUT_SECONDS
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


@cache
def ssl_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return a verifying context with the system's CAs and the CAs in `ca_bundle`. One process reads each file once.

    Raises:
        ServiceError: if the bundle cannot be read.
    """
    context = ssl.create_default_context()
    if ca_bundle:
        try:
            context.load_verify_locations(ca_bundle)
        except (OSError, ssl.SSLError):
            raise ServiceError(f"caBundle: '{ca_bundle}' is not a readable PEM file; correct the path") from None
    return context


def send(
    client: httpx.Client,
    what: str,
    method: str,
    url: str,
    unreachable: type[ServiceError] = ServiceError,
    **request: Any,
) -> httpx.Response:
    """Send a request to `what`, and return the answer, which may be a refusal.

    Args:
        client: HTTP client.
        what: the server, for the error.
        method: HTTP method.
        url: URL of the request.
        unreachable: kind of the error if the server cannot be reached.
        **request: arguments of httpx.

    Raises:
        ServiceError: if the server cannot be reached, is not trusted, or is unavailable.
    """
    try:
        response = client.request(method, url, **request)
    except httpx.TransportError as error:
        kind = ServiceError if certificate_problem(error) else unreachable
        raise kind(explain(error, what)) from None
    is_limited = is_rate_limited(response)
    if is_limited or response.status_code in _LATER:
        after = response.headers.get("Retry-After", "")
        pause = f" in {after} s" if after.isdigit() else " later"
        said = "Too Many Requests" if is_limited else response.reason_phrase
        raise ServiceError(f"{what} answered {response.status_code} ({said}); try again{pause}")
    return response


def explain(error: httpx.TransportError, what: str) -> str:
    """Return an error line for a failed connection to `what`. It never contains the request's URL."""
    if found := certificate_problem(error):
        return f"{what} has {found[0]}; {found[1]}"
    if isinstance(error, httpx.TimeoutException):
        return f"{what} did not answer within {TIMEOUT_SECONDS:.0f} s"
    if tls := _cause(error, ssl.SSLError):
        return f"{what} accepts no TLS connection ({tls.reason}); check the port, and that the server uses HTTPS"
    return f"{what} cannot be reached from this machine ({type(error).__name__})"


def certificate_problem(error: BaseException) -> tuple[str, str] | None:
    """Return the problem with a server's certificate, and the fix; None if a connection failed for another reason.

    Args:
        error: error of any HTTP client; the cause may be an `ssl.SSLCertVerificationError`.
    """
    refused = _cause(error, ssl.SSLCertVerificationError)
    if refused is None:
        return _UNTRUSTED if "CERTIFICATE_VERIFY_FAILED" in str(error) else None
    match refused.verify_code:
        case code if code == _EXPIRED:
            return "an expired certificate", "renew it, or correct the clock of this machine"
        case code if code == _NOT_YET_VALID:
            return "a certificate that is not valid yet", "correct the clock of the server or of this machine"
        case code if code in _OTHER_NAME:
            return "a certificate for another host name", "correct the address, or add its host name to the certificate"
        case code if code in _UNKNOWN_CA:
            return _UNTRUSTED
    # From Python 3.13 on, such as: Missing Authority Key Identifier, CA cert does not include key usage extension.
    return (
        f"a certificate that Python refuses ({refused.verify_message})",
        "recreate it and its CA with the extensions that RFC 5280 requires (basicConstraints, keyUsage, "
        "subjectKeyIdentifier, authorityKeyIdentifier)",
    )


def is_rate_limited(response: httpx.Response) -> bool:
    """Return whether a server refused a request because there were too many.

    GitHub answers 429 or 403; its secondary limit need not have a header ("Rate limits for the REST API").
    """
    if response.status_code == httpx.codes.FORBIDDEN:
        headers, text = response.headers, str(json_object(response).get("message"))
        return (
            "retry-after" in headers
            or headers.get("x-ratelimit-remaining") == "0"
            or _TOO_MANY.search(text) is not None
        )
    return response.status_code == httpx.codes.TOO_MANY_REQUESTS


def foreign(response: httpx.Response, what: str, check: str) -> ServiceError:
    """Return the error for an answer of another server than `what`, such as a proxy's login page.

    Args:
        response: the answer.
        what: the expected server, such as `a Git server`.
        check: key to check in the stack's file.
    """
    kind = response.headers.get("Content-Type", "no content type").partition(";")[0]
    server = response.url.netloc.decode()
    return ServiceError(
        f"expected {what} at {server}, but another server answered ({response.status_code}, {kind}); "
        f"check {check}, and whether a proxy answers instead"
    )


def reason(response: httpx.Response, scrub: Scrubber) -> str:
    """Return a server's own reason, in one line and without secrets; empty if it gives no reason."""
    answer = json_object(response)
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    detail = first.get("message") if isinstance(first, dict) else first
    # GitHub's message for a refused value is only "Validation Failed".
    texts = dict.fromkeys(str(text) for text in (answer.get("message"), detail) if text)
    return scrub(" ".join(": ".join(texts).split()))[:_LONGEST_REASON]


def json_object(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object in a server's answer; empty for any other content."""
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _cause(error: BaseException | None, kind: type[_Error]) -> _Error | None:
    """Return the first error of a kind among an error and its causes."""
    while error:
        if isinstance(error, kind):
            return error
        error = error.__cause__ or error.__context__
    return None
