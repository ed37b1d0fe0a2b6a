"""How this machine reaches a server: which certificates it trusts, and what to do about a failed connection."""

import ssl
from types import TracebackType
from typing import Any, Self

import httpx

TIMEOUT_SECONDS = 20.0


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


def json_object(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object that a server answered, or an empty one where it answered something else."""
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
