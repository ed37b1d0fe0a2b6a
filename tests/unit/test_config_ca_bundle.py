"""The file of certificates is read before anything changes, and never quoted."""

import pytest
import trustme

from tests.unit.configuration import PLANTED, lines, load

NO_FILE = "caBundle: no such file; write the path of a PEM file, from the project's folder or absolute"
NO_PEM = "caBundle: not a readable PEM file with certificates; write the path of one"
HOLDS_IT = "caBundle: contains the certificate itself; write the path of a PEM file"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.mark.parametrize(
    "path", [PLANTED, "/nowhere/ca.pem", "~/ca.pem", ".", "/dev/null", "Pulumi.yaml/x", "a" * 1000]
)
def test_a_path_without_a_file_is_refused(path):
    assert lines({"caBundle": path}) == [NO_FILE]


def test_the_certificate_itself_is_no_path(authority):
    pem = authority.cert_pem.bytes().decode()
    assert lines({"caBundle": pem}) == [HOLDS_IT]
    assert lines({"caBundle": pem.replace("\n", " ")}) == [HOLDS_IT]


@pytest.mark.parametrize(
    "content", [b"", b"\n", PLANTED.encode(), b"\x30\x82\x01\x0a", b"-----BEGIN CERTIFICATE-----\nAAAA\n"]
)
def test_a_file_without_a_certificate_is_refused_without_quoting_it(tmp_path, content):
    path = tmp_path / "ca.pem"
    path.write_bytes(content)
    assert lines({"caBundle": str(path)}) == [NO_PEM]


def test_a_private_key_is_no_certificate(tmp_path, authority):
    path = tmp_path / "key.pem"
    authority.private_key_pem.write_to_path(path)
    assert lines({"caBundle": str(path)}) == [NO_PEM]


def test_a_file_with_a_certificate_is_accepted(tmp_path, authority):
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    assert load({"caBundle": str(path)}).stack.ca_bundle == str(path)
