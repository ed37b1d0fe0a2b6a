"""One line for each way in which a connection fails, from real TLS servers."""

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from clients.connection import ServiceError, is_rate_limited, reason, send, ssl_context
from clients.secrecy import Scrubber
from clients.sign_in import UnreachableError
from ops.doctor import certificates
from tests.memory_github import secondary_limit
from tests.unit.doctor import stack, subject

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)
HOST = "127.0.0.1"
FIVE = "recreate it and its CA with the extensions that RFC 5280 requires"


@contextmanager
def server(context: ssl.SSLContext | None) -> Iterator[int]:
    """Serve connections with TLS, or answer them with plain HTTP; yield the port."""

    def answer(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) if context else connection as open_connection:
                open_connection.recv(1)
                open_connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        except OSError:
            pass

    def serve() -> None:
        while True:
            try:
                answer(listener.accept()[0])
            except OSError:
                return

    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def trusted(path: Path, authority: trustme.CA) -> str:
    path.write_bytes(authority.cert_pem.bytes())
    return str(path)


def presenting(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def expired(path: Path) -> tuple[ssl.SSLContext, str]:
    authority = trustme.CA()
    leaf = authority.issue_cert(HOST, not_before=NOW - 30 * DAY, not_after=NOW - DAY)
    return presenting(leaf), trusted(path, authority)


def not_yet_valid(path: Path) -> tuple[ssl.SSLContext, str]:
    authority = trustme.CA()
    leaf = authority.issue_cert(HOST, not_before=NOW + DAY, not_after=NOW + 30 * DAY)
    return presenting(leaf), trusted(path, authority)


def other_address(path: Path) -> tuple[ssl.SSLContext, str]:
    authority = trustme.CA()
    return presenting(authority.issue_cert("127.0.0.2")), trusted(path, authority)


def other_name(path: Path) -> tuple[ssl.SSLContext, str]:
    authority = trustme.CA()
    return presenting(authority.issue_cert("gitea.example.com")), trusted(path, authority)


def unknown_ca(path: Path) -> tuple[ssl.SSLContext, str]:
    return presenting(trustme.CA().issue_cert(HOST)), trusted(path, trustme.CA())


def self_signed(path: Path) -> tuple[ssl.SSLContext, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    return _presenting(path, _certificate("Acme", key, "Acme", key), key), trusted(path, trustme.CA())


def old_ca(path: Path) -> tuple[ssl.SSLContext, str]:
    """A trusted CA as a company made it years ago, without the extensions that VERIFY_X509_STRICT wants."""
    authority, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    path.write_bytes(_certificate("Acme CA", authority, "Acme CA", authority, is_ca=True))
    return _presenting(path, _certificate("Acme", key, "Acme CA", authority), key), str(path)


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey, is_ca: bool = False
) -> bytes:
    subject, by = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in (name, issuer))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
    builder = x509.CertificateBuilder(by, subject, key.public_key(), 1, NOW - DAY, NOW + 30 * DAY)
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(is_ca, None), critical=True)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _presenting(path: Path, certificate: bytes, key: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    own = path.with_suffix(".own")
    pem, pkcs8, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    own.write_bytes(certificate + key.private_bytes(pem, pkcs8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    return context


Case = Callable[[Path], tuple[ssl.SSLContext, str]]
CASES: list[tuple[Case, str, str]] = [
    (expired, "an expired certificate", "renew it"),
    (not_yet_valid, "a certificate that is not valid yet", "correct the clock"),
    (other_address, "a certificate for another host name", "correct the address"),
    (other_name, "a certificate for another host name", "correct the address"),
    (unknown_ca, "a certificate that this machine does not trust", "set caBundle to a PEM file with its CA"),
    (self_signed, "a certificate that this machine does not trust", "set caBundle to a PEM file with its CA"),
    (old_ca, "a certificate that Python refuses (", FIVE),
]


@pytest.fixture(autouse=True)
def _as_python_3_13(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check as strictly as Python 3.13 does."""
    original = ssl.create_default_context

    def strict() -> ssl.SSLContext:
        context = original()
        context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)


@pytest.mark.parametrize(("case", "problem", "fix"), CASES)
def test_every_client_and_the_doctor_tell_what_is_wrong_with_a_certificate(tmp_path, case, problem, fix):
    context, bundle = case(tmp_path / "ca.pem")
    with server(context) as port:
        with httpx.Client(verify=ssl_context(bundle)) as client, pytest.raises(ServiceError) as error:
            send(client, "Gitea", "GET", f"https://{HOST}:{port}/secret-path", UnreachableError)
        of = stack().model_copy(update={"ca_bundle": bundle})
        found = certificates._certificate(subject(of=of), f"{HOST}:{port}", False)
        unverified = certificates._certificate(subject(of=of), f"{HOST}:{port}", True)
    assert not isinstance(error.value, UnreachableError)
    assert str(error.value).startswith(f"Gitea has {problem}")
    assert f"; {fix}" in str(error.value)
    assert "secret-path" not in str(error.value)
    assert (found.verdict, found.found.startswith(problem), found.advice.startswith(fix)) == ("failed", True, True)
    assert unverified.verdict == "ok"


def test_an_old_ca_is_accepted_where_python_is_not_strict(tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(ssl, "create_default_context", lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context, bundle = old_ca(tmp_path / "ca.pem")
    with server(context) as port, httpx.Client(verify=ssl_context(bundle)) as client:
        assert client.get(f"https://{HOST}:{port}/").status_code == 400


def test_a_server_without_tls_is_told(tmp_path):
    with server(None) as port:
        with httpx.Client(verify=ssl_context(None)) as client, pytest.raises(UnreachableError) as error:
            send(client, "Gitea", "GET", f"https://{HOST}:{port}/", UnreachableError)
        found = certificates._certificate(subject(), f"{HOST}:{port}", True)
    assert "Gitea accepts no TLS connection (" in str(error.value)
    assert (found.verdict, found.found.startswith("no TLS connection (")) == ("failed", True)


def test_a_trusted_certificate_passes(tmp_path):
    authority = trustme.CA()
    bundle = trusted(tmp_path / "ca.pem", authority)
    with server(presenting(authority.issue_cert(HOST))) as port, httpx.Client(verify=ssl_context(bundle)) as client:
        assert send(client, "Gitea", "GET", f"https://{HOST}:{port}/").status_code == 400


@pytest.mark.parametrize(
    ("answer", "limited"),
    [
        (secondary_limit(), True),
        (secondary_limit(5), True),
        (httpx.Response(429), True),
        (httpx.Response(403, headers={"x-ratelimit-remaining": "0"}), True),
        (httpx.Response(403, json={"message": "Resource not accessible by integration"}), False),
        (httpx.Response(403, headers={"x-ratelimit-remaining": "4999"}), False),
        (httpx.Response(403, text="<html>"), False),
        (httpx.Response(401, json={"message": "rate limit"}), False),
    ],
)
def test_too_many_requests_are_not_a_missing_permission(answer, limited):
    assert is_rate_limited(answer) is limited
    transport = httpx.MockTransport(lambda _: answer)
    with httpx.Client(transport=transport) as client:
        if limited:
            with pytest.raises(ServiceError, match="try again"):
                send(client, "GitHub", "GET", "https://api.github.com/")
        else:
            assert send(client, "GitHub", "GET", "https://api.github.com/") is answer


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"message": "Validation Failed", "errors": [{"message": "Hook already exists"}]}, "Hook already exists"),
        ({"message": "Validation Failed", "errors": ["no planted-secret"]}, "no [secret]"),
        ({"message": "Validation Failed", "errors": [{"resource": "Hook", "code": "missing"}]}, ""),
        ({"message": "Validation Failed", "errors": ["Validation Failed"]}, ""),
        ({"message": "Validation Failed", "errors": None}, ""),
    ],
)
def test_githubs_reason_contains_the_detail_of_a_refused_value(answer, text):
    found = reason(httpx.Response(422, json=answer), Scrubber(["planted-secret"]))
    assert found == ": ".join(part for part in ("Validation Failed", text) if part)
