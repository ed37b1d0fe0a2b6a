"""Hosts, URLs and paths, as they are accepted and written."""

import pytest
from pydantic import TypeAdapter

from model.texts.addresses import GitUrl, HostAndPort, HttpUrl
from model.texts.files import RelativePath
from tests.unit.texts import accepts

HOST = TypeAdapter(HostAndPort)


@pytest.mark.parametrize("value", ["gitea.example.com", "gitea.example.com:8443", "localhost:3000", "10.0.0.1"])
def test_a_host_may_have_a_port(value):
    assert HOST.validate_python(value) == value


@pytest.mark.parametrize(
    "value",
    ["", "Gitea.example", "gitea.example/", "gitea.example:", "gitea.example:port", "u@gitea.example", "a b", "a:1\n"],
)
def test_other_texts_are_no_hosts(value):
    assert not accepts(HOST, value)


@pytest.mark.parametrize("value", ["gitea.example:99999", "gitea.example:0", "gitea.example:٣"])
def test_a_port_that_does_not_exist_is_refused(value):
    assert not accepts(HOST, value)


def test_a_url_loses_its_trailing_slash_so_that_paths_can_follow():
    assert TypeAdapter(HttpUrl).validate_python("https://h.example/kargo/") == "https://h.example/kargo"


@pytest.mark.parametrize(
    "value", ["https://", "https:///a/b", "ftp://h.example/a", "h.example/a/b", "", "https://[::1"]
)
def test_a_text_without_scheme_or_host_is_no_git_url(value):
    assert not accepts(TypeAdapter(GitUrl), value)


@pytest.mark.parametrize(
    ("value", "accepted"),
    [("a.json", True), ("a/..b.json", True), ("a/../b", False), ("../b", False), ("/b", False), ("", False)],
)
def test_a_relative_path_stays_below_the_repositorys_root(value, accepted):
    assert accepts(TypeAdapter(RelativePath), value) is accepted
