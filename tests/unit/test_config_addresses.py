"""Hosts and URLs in a stack's file: the registry's, the GitOps repository's and Kargo's."""

from typing import Any

import pytest

from tests.program import merged
from tests.unit.configuration import PLANTED, at, git_login, lines, load, stages

NOT_A_HOST = "not a host; write a lower-case host name and a port other than 443, such as gitea.example.com:8443"
SCHEME = "contains a scheme; write host:port only, such as gitea.example.com:8443"
PLAIN_REGISTRY = "plain HTTP; write host:port of the HTTPS address, which Kargo requires for a registry"
HOST_PATH = (
    "contains a path; write host:port only, since the container registry is at the root of the host, and Gitea's own "
    "address in rootUrl"
)
ROOT_URL = "not https:// and the host of the registry; write https://<host>/<path>"
NO_DOT = "without a dot or port, which Kargo treats as a path on Docker Hub; write host.domain or host:port"
DASHES = "contains '--', which Kargo does not allow in an image; write another host name"
DOCKER_HUB = "Docker Hub is not a Gitea; write the host of your Gitea, such as gitea.example.com:8443"
CREDENTIALS_IN_URL = "contains credentials; remove them, and write the login of a repository in `login`"
NOT_HTTP = "not an HTTP(S) URL; write https://host[:port]/path (Kargo 1.13 drops SSH)"
PLAIN_HTTP = "plain HTTP; write https:// (HTTP is allowed for a loopback address only)"
NOT_A_URL = "not a URL; write https://host[:port]/path, with letters, digits and . _ ~ - in the path"
NO_REPOSITORY = "not the URL of a repository; write https://host/owner/repository.git"
DOTS = "contains . or .. in its path; write the resolved path"
QUERY = "contains a query or fragment; remove it"
NO_TLS = "not allowed in production; remove it, and configure the CA in Kargo (chart value controller.cabundle)"
NO_PULL_REQUEST = (
    "Kargo opens pull requests only in https://host/owner/repository.git; write such a URL, or set promoteBy: push"
)
LONG_LABEL = "a" * 64


def elsewhere(url: str) -> dict[str, Any]:
    """Return the changes that put the GitOps repository at another host, with a login of its own."""
    return merged(git_login(), at("gitOps.repoURL", url))


@pytest.mark.parametrize(
    ("host", "problem"),
    [
        ("https://gitea.example", SCHEME),
        ("ssh://gitea.example", SCHEME),
        ("http://gitea.example:3000", PLAIN_REGISTRY),
        ("gitea.example/owner", HOST_PATH),
        ("gitea.example/", HOST_PATH),
        ("gitea", NO_DOT),
        ("localhost", NO_DOT),
        ("gitea--test.example", DASHES),
        ("xn--gite-5ra.example", DASHES),
        ("docker.io", DOCKER_HUB),
        ("index.docker.io", DOCKER_HUB),
        ("", NOT_A_HOST),
        ("Gitea.example", NOT_A_HOST),
        ("gitea.example:", NOT_A_HOST),
        ("gitea.example:0", NOT_A_HOST),
        ("gitea.example:65536", NOT_A_HOST),
        ("gitea.example:08443", NOT_A_HOST),
        ("gitea.example:port", NOT_A_HOST),
        ("gitea.example:٣", NOT_A_HOST),
        ("10.0.0.256", NOT_A_HOST),
        ("10.1:3000", NOT_A_HOST),
        ("2130706433:3000", NOT_A_HOST),
        ("gitea.example:" + "9" * 5000, NOT_A_HOST),
        (f"{PLANTED}@gitea.example", NOT_A_HOST),
        ("gitea..example", NOT_A_HOST),
        (".gitea.example", NOT_A_HOST),
        ("gitea.example.", NOT_A_HOST),
        ("-gitea.example", NOT_A_HOST),
        ("gitea-.example", NOT_A_HOST),
        ("gitea_1.example", NOT_A_HOST),
        ("gitea example", NOT_A_HOST),
        ("gitea.example\n", NOT_A_HOST),
        ("gitéa.example", NOT_A_HOST),
        (f"{LONG_LABEL}.example", NOT_A_HOST),
        (".".join(["a" * 60] * 5), NOT_A_HOST),
    ],
)
def test_a_host_that_no_registry_of_giteas_has_is_refused(host, problem):
    assert lines(at("registry.host", host)) == [f"registry.host: {problem}"]


@pytest.mark.parametrize(
    "host", ["gitea.example.com", "gitea.example.com:8443", "localhost:3000", "gitea:3000", "10.0.0.1", "1.a-b.c:65535"]
)
def test_any_other_host_is_accepted(host):
    assert load({**at("registry.host", host), **git_login()}).stack.registry.prefix().startswith(f"{host}/")


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (f"https://robot:{PLANTED}@git.example/a/b.git", CREDENTIALS_IN_URL),
        (f"https://{PLANTED}@git.example/a/b.git", CREDENTIALS_IN_URL),
        ("https://@git.example/a/b.git", CREDENTIALS_IN_URL),
        ("ssh://git.example/a/b.git", NOT_HTTP),
        ("git@git.example:a/b.git", NOT_HTTP),
        ("git.example/a/b.git", NOT_HTTP),
        ("HTTPS://git.example/a/b.git", NOT_HTTP),
        ("http://git.example/a/b.git", PLAIN_HTTP),
        ("http://localhost.example/a/b.git", PLAIN_HTTP),
        ("http://127.0.0.1.example/a/b.git", PLAIN_HTTP),
        ("https://git.example/a/b.git?ref=main", QUERY),
        ("https://git.example/a/b.git#main", QUERY),
        ("https://git.example/", NO_REPOSITORY),
        ("https://git.example", NO_REPOSITORY),
        ("https://git.example/owner", NO_REPOSITORY),
        ("https://git.example/owner/.git", NO_REPOSITORY),
        ("https://git.example/a/../b.git", DOTS),
        ("https://git.example/./a/b.git", DOTS),
        ("https://git.example:99999/a/b.git", NOT_A_URL),
        ("https://git.example:0/a/b.git", NOT_A_URL),
        ("https://git.example:/a/b.git", NOT_A_URL),
        ("https://git.example:x/a/b.git", NOT_A_URL),
        ("https:///a/b.git", NOT_A_URL),
        ("https://", NOT_A_URL),
        ("https://git..example/a/b.git", NOT_A_URL),
        ("https://git.example./a/b.git", NOT_A_URL),
        (f"https://{LONG_LABEL}.example/a/b.git", NOT_A_URL),
        ("https://git example/a/b.git", NOT_A_URL),
        ("https://git.example/a b/c.git", NOT_A_URL),
        ("https://git.example\\a\\b.git", NOT_A_URL),
        ("https://git.example/a/b%zz.git", NOT_A_URL),
        ("https://git.example/a/b%20c.git", NOT_A_URL),
        ("https://git.example/a//b.git", NOT_A_URL),
        ("https://git.example/${{x}}/b.git", NOT_A_URL),
        ("https://[::1/a/b.git", NOT_A_URL),
        ("https://[::1%25eth0]/a/b.git", NOT_A_URL),
        ("https://[zz]/a/b.git", NOT_A_URL),
        ("https://gité.example/a/b.git", NOT_A_URL),
    ],
)
def test_a_gitops_url_that_kargo_cannot_or_must_not_use_is_refused(url, problem):
    assert lines(at("gitOps.repoURL", url)) == [f"gitOps.repoURL: {problem}"]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://kargo.example/a b", NOT_A_URL),
        ("https://kargo.example:0", NOT_A_URL),
        ("https://kargo.example/%zz", NOT_A_URL),
        ("https://kargo.example/a\\b", NOT_A_URL),
        ("https://-kargo.example", NOT_A_URL),
        ("https://kargo.example?x=1", QUERY),
        ("http://kargo.example", PLAIN_HTTP),
        ("kargo.example", NOT_HTTP),
        (f"https://u:{PLANTED}@kargo.example", CREDENTIALS_IN_URL),
    ],
)
def test_a_webhooks_url_that_gitea_would_refuse_is_refused(url, problem):
    assert lines(at("kargo.webhooksBaseUrl", url)) == [f"kargo.webhooksBaseUrl: {problem}"]


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("https://git.example/a/b.git", "https://git.example/a/b.git"),
        ("https://git.example/a/b/", "https://git.example/a/b"),
        ("https://Git.Example:8443/A/b.git", "https://git.example:8443/A/b.git"),
        ("https://git.example/sub/a/b.git", "https://git.example/sub/a/b.git"),
        ("https://10.0.0.1/a/b_c~d.git", "https://10.0.0.1/a/b_c~d.git"),
        ("http://127.0.0.1:3000/a/b.git", "http://127.0.0.1:3000/a/b.git"),
        ("http://localhost:3000/a/b.git", "http://localhost:3000/a/b.git"),
        ("http://[::1]:3000/a/b.git", "http://[::1]:3000/a/b.git"),
        ("https://[2001:db8::1]/a/b.git", "https://[2001:db8::1]/a/b.git"),
    ],
)
def test_a_url_is_used_with_its_host_in_lower_case_and_without_a_last_slash(written, used):
    assert load(elsewhere(written)).stack.git_ops.repo_url == used


@pytest.mark.parametrize("url", ["https://kargo", "http://[::1]:3000", "https://kargo.kargo.svc:8443/hooks"])
def test_kargos_own_url_needs_no_path(url):
    assert load(at("kargo.webhooksBaseUrl", url)).stack.kargo.webhooks_base_url == url


PATH_ROUTING = {
    "registry": {"host": "cnoe.localtest.me:8443", "rootUrl": "https://cnoe.localtest.me:8443/gitea/"},
    "gitOps": {"repoURL": "https://cnoe.localtest.me:8443/gitea/giteaadmin/gitops.git"},
}


def test_a_gitea_below_a_path_has_its_registry_at_the_root_of_the_host():
    stack = load(PATH_ROUTING).stack
    assert stack.registry.image_repository("a") == "cnoe.localtest.me:8443/giteaadmin/a"
    assert stack.registry.url == stack.git_ops.server == "https://cnoe.localtest.me:8443/gitea"
    assert stack.git_ops.owner == "giteaadmin"
    (hook,) = stack.hook_accounts
    assert hook.server == "https://cnoe.localtest.me:8443/gitea"
    assert stack.git_account.path == "registry.login"


@pytest.mark.parametrize(
    ("root", "problem"),
    [
        ("https://other.example/gitea", ROOT_URL),
        ("https://gitea.cnoe.localtest.me/gitea", ROOT_URL),
        ("https://gitea.cnoe.localtest.me:8443.evil.example/", NOT_A_URL),
        ("http://localhost:8443/gitea", ROOT_URL),
        ("https://gitea.cnoe.localtest.me:8443/gitea?x=1", QUERY),
        ("gitea", NOT_HTTP),
    ],
)
def test_an_address_of_gitea_that_would_get_the_password_of_another_host_is_refused(root, problem):
    assert lines(at("registry.rootUrl", root)) == [f"registry.rootUrl: {problem}"]


def test_the_address_of_a_gitea_at_the_root_may_be_written():
    address = "https://gitea.cnoe.localtest.me:8443"
    assert load(at("registry.rootUrl", f"{address}/")).stack.registry.url == address


def test_a_pull_request_needs_a_repository_of_one_owner():
    third = elsewhere("https://git.example/sub/a/b.git")
    opens = stages({"name": "dev", "promoteBy": "pullRequest"})
    assert lines({**third, **opens}) == [f"gitOps.repoURL: {NO_PULL_REQUEST}"]


def test_production_refuses_tls_verification_off_for_registry_and_gitops():
    assert lines({"environment": "production", **stages({"name": "prod"})}) == [
        f"registry.insecureSkipTLSVerify: {NO_TLS}",
        f"gitOps.insecureSkipTLSVerify: {NO_TLS}",
    ]
    assert lines({"gitOps": {"insecureSkipTLSVerify": True}}, "prod", {}) == [f"gitOps.insecureSkipTLSVerify: {NO_TLS}"]


def test_production_refuses_tls_verification_off_for_publish_to():
    login = {"username": "robot", "password": {"from": "stack"}}
    to = {"kind": "gitea", "host": "gitea.example", "owner": "team", "insecureSkipTLSVerify": True, "login": login}
    changes = {"publishTo": to, **stages({"name": "prod", "publish": True})}
    assert lines(changes, "prod", {"publishPassword": "planted"}) == [f"publishTo.insecureSkipTLSVerify: {NO_TLS}"]


@pytest.mark.parametrize(
    ("path", "url"),
    [("kargo.webhooksBaseUrl", "http://localhost:8080"), ("gitOps.repoURL", "http://127.0.0.1:3000/a/b.git")],
)
def test_production_refuses_plain_http_even_on_loopback(path, url):
    assert lines(at(path, url), "prod", {}) == [f"{path}: plain HTTP is not allowed in production; write https://"]


def test_production_accepts_gitea_with_verified_tls():
    verified = {"registry": {"insecureSkipTLSVerify": False}, "gitOps": {"insecureSkipTLSVerify": False}}
    assert load({"environment": "production", **verified, **stages({"name": "prod"})}).stack.registry.kind == "gitea"
