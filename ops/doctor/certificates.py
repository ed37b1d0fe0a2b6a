"""Checks of the TLS certificates of the stack's servers."""

import datetime
import socket
import ssl
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

from clients.connection import TIMEOUT_SECONDS, certificate_problem, ssl_context
from ops.doctor.finding import Check, Finding, failed, ok
from ops.doctor.subject import Subject

_SOON = datetime.timedelta(days=21)


def checks(subject: Subject) -> Iterator[Check]:
    """Yield a check for each host that is reached with HTTPS."""
    stack = subject.stack
    registries = [registry for registry in (stack.registry, stack.publish_to) if registry]
    unverified = {
        **{_host(registry.url): registry.insecure_skip_tls_verify for registry in registries},
        _host(stack.git_ops.repo_url): stack.git_ops.insecure_skip_tls_verify,
    }
    urls = [*(registry.url for registry in registries), stack.git_ops.server, stack.kargo.webhooks_base_url]
    for url in dict.fromkeys(urls):
        if urlsplit(url).scheme == "https":
            host = _host(url)
            yield f"certificate of {host}", partial(_certificate, subject, host, unverified.get(host, False))


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _certificate(subject: Subject, host: str, is_unverified: bool) -> Finding:
    name, _, port = host.partition(":")
    context = ssl_context(subject.stack.ca_bundle)
    try:
        with (
            socket.create_connection((name, int(port or 443)), TIMEOUT_SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=name) as secure,
        ):
            certificate = secure.getpeercert() or {}
    except OSError as error:
        if untrusted := certificate_problem(error):
            problem, fix = untrusted
            if is_unverified:
                return ok(f"not verified, because insecureSkipTLSVerify is true ({problem})")
            return failed(problem, "a valid certificate that this machine trusts", fix)
        if isinstance(error, ssl.SSLError):
            return failed(
                f"no TLS connection ({error.reason})", "an answer", "check the port, and that the server uses HTTPS"
            )
        webhooks = subject.stack.webhooks
        if host == _host(subject.stack.kargo.webhooks_base_url) and not webhooks.test_delivery:
            return ok(f"not checked: no answer ({type(error).__name__}), and webhooks.testDelivery is false")
        return failed(
            f"no answer ({type(error).__name__})",
            "an answer",
            "check that the server runs, and that this machine can reach it",
        )
    end = datetime.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), datetime.UTC)
    left = end - datetime.datetime.now(datetime.UTC)
    if left < _SOON:
        return failed(f"expires on {end:%Y-%m-%d}", f"valid for more than {_SOON.days} days", "renew it")
    return ok(f"expires on {end:%Y-%m-%d}")
