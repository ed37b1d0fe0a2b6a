"""Hosts and URLs in a stack's file: the registry's, the GitOps repository's and Kargo's."""

import pytest

from tests.unit.configuration import lines, load

PLANTED = "hunter2-planted"
CREDENTIALS_IN_URL = "carries credentials; write the URL without them and keep them under `login`"
NOT_HTTP = "not an HTTP(S) URL; write https://host[:port]/path (Kargo 1.13 drops SSH)"
PLAIN_HTTP = "plain HTTP; write https:// (HTTP is accepted for this machine's own loopback only)"
NO_TLS = "TLS verification is off in production; remove it and give Kargo the CA (chart value controller.cabundle)"


@pytest.mark.parametrize(
    ("host", "problem"),
    [
        ("https://gitea.example", "has a scheme; write host:port alone, such as gitea.example.com:8443"),
        (
            "gitea.example/owner",
            "not a host; write a lower-case host name and, if not 443, a port: gitea.example.com:8443",
        ),
    ],
)
def test_a_registrys_host_that_cannot_be_meant_is_refused(host, problem):
    assert lines({"registry": {"host": host}}) == [f"registry.host: {problem}"]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (f"https://robot:{PLANTED}@git.example/a/b.git", CREDENTIALS_IN_URL),
        (f"https://{PLANTED}@git.example/a/b.git", CREDENTIALS_IN_URL),
        ("ssh://git.example/a/b.git", NOT_HTTP),
        ("git@git.example:a/b.git", NOT_HTTP),
        ("http://git.example/a/b.git", PLAIN_HTTP),
        ("http://localhost.example/a/b.git", PLAIN_HTTP),
        ("https://git.example/a/b.git?ref=main", "has a query or fragment; write the URL without it"),
        ("https://git.example/", "names no repository; write https://host/owner/repository.git"),
        ("https://git.example:99999/a/b.git", "not a URL; write https://host[:port]/path"),
    ],
)
def test_a_gitops_url_that_kargo_cannot_or_must_not_use_is_refused(url, problem):
    assert lines({"gitOps": {"repoUrl": url}}) == [f"gitOps.repoUrl: {problem}"]


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "localhost:3000"])
def test_plain_http_is_accepted_on_this_machines_loopback(host):
    assert load({"gitOps": {"repoUrl": f"http://{host}/a/b.git"}}).stack.git_ops.repo_url == f"http://{host}/a/b.git"


def test_production_refuses_tls_verification_off_for_registry_and_gitops():
    assert lines({"environment": "production"}) == [
        f"registry.insecureSkipTlsVerify: {NO_TLS}",
        f"gitOps.insecureSkipTlsVerify: {NO_TLS}",
    ]
    assert lines({"gitOps": {"insecureSkipTlsVerify": True}}, "prod", {}) == [f"gitOps.insecureSkipTlsVerify: {NO_TLS}"]


def test_production_accepts_gitea_with_verified_tls():
    verified = {"registry": {"insecureSkipTlsVerify": False}, "gitOps": {"insecureSkipTlsVerify": False}}
    assert load({"environment": "production", **verified}).stack.registry.kind == "gitea"
