"""How this machine reaches a server: which certificates it trusts, and what to do about a failed connection."""

import ssl
from types import TracebackType
from typing import Any, Self

import httpx

from clients.secrecy import Scrubber

TIMEOUT_SECONDS = 20.0


# What a proxy, or a server that is overloaded, answers in the place of the server that was meant.
_LATER = (
    httpx.codes.TOO_MANY_REQUESTS,
    httpx.codes.BAD_GATEWAY,
    httpx.codes.SERVICE_UNAVAILABLE,
    httpx.codes.GATEWAY_TIMEOUT,
)
_LONGEST_REASON = 200


class ServiceError(Exception):
    """A server refused, or could not be asked; the text says why and what to change."""


class SignedIn:
    """A client of an API, signed in with a username and a password; a context manager that closes its connections.

    Args:
        api: the API's address.
        username: who signs in.
        password: password or access token.
        ca_bundle: PEM file to trust beside the system's CAs.

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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()


def ssl_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return a verifying context: the system's CAs and those of `ca_bundle`.

    Raises:
        ServiceError: if the bundle cannot be read.
    """
    context = ssl.create_default_context()
    if ca_bundle:
        try:
            context.load_verify_locations(ca_bundle)
        except (OSError, ssl.SSLError):
            raise ServiceError(f"caBundle: '{ca_bundle}' is not a readable PEM file; name one that is") from None
    return context


def is_untrusted(error: httpx.TransportError) -> bool:
    """Return whether a connection failed because this machine does not trust the server's certificate."""
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def explain(error: httpx.TransportError, what: str) -> str:
    """Return what to do about a failed connection to `what`; never the request's URL."""
    if is_untrusted(error):
        return f"{what} has a certificate that this machine does not trust; set caBundle to a PEM file with its CA"
    if isinstance(error, httpx.TimeoutException):
        return f"{what} did not answer within {TIMEOUT_SECONDS:.0f} s"
    return f"{what} cannot be reached from this machine ({type(error).__name__})"


def foreign(response: httpx.Response, what: str, check: str) -> ServiceError:
    """Return that something else than `what` has answered, such as a proxy's login page.

    Args:
        response: the answer.
        what: what was meant, such as `a Git server`.
        check: what to check in the stack's file.
    """
    kind = response.headers.get("Content-Type", "no content type").partition(";")[0]
    server = response.url.netloc.decode()
    return ServiceError(
        f"{what} was expected at {server}, and something else answered ({response.status_code}, {kind}); "
        f"check {check}, and whether a proxy answers in its place"
    )


def unavailable(response: httpx.Response, what: str) -> ServiceError | None:
    """Return that a server cannot answer now; None where it has answered.

    Args:
        response: the answer.
        what: the server.
    """
    if response.status_code not in _LATER:
        return None
    after = response.headers.get("Retry-After", "")
    pause = f" in {after} s" if after.isdigit() else " later"
    return ServiceError(f"{what} answered {response.status_code} ({response.reason_phrase}); try again{pause}")


def reason(response: httpx.Response, scrub: Scrubber) -> str:
    """Return what a server gives as its reason, in one line without any secret; empty where it gives none."""
    answer = json_object(response)
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    said = answer.get("message") or (first.get("message") if isinstance(first, dict) else first) or ""
    return scrub(" ".join(str(said).split()))[:_LONGEST_REASON]


def json_object(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object that a server answered, or an empty one where it answered something else."""
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
