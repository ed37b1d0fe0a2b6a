"""The stand-in for Azure verifies tokens, and answers with Azure's codes."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from sandbox.standins.azure import certificates, front
from sandbox.standins.azure.directory import Directory
from sandbox.standins.azure.entra import Entra
from sandbox.standins.azure.errors import ENTRA, KEY_VAULT
from sandbox.standins.azure.key_vault import KeyVault
from sandbox.standins.azure.roles import SECRETS_OFFICER, SECRETS_USER
from sandbox.standins.azure.signing import SigningKey

TENANT, OTHER_TENANT = "11111111-1111-1111-1111-111111111111", "33333333-3333-3333-3333-333333333333"
CLIENT, ABROAD = "22222222-2222-2222-2222-222222222222", "44444444-4444-4444-4444-444444444444"
ISSUER, SUBJECT, AUDIENCE = (
    "https://cluster.example",
    "system:serviceaccount:backstage:azurekv",
    "api://AzureADTokenExchange",
)
LOGIN, VAULT = f"https://login.microsoftonline.com/{TENANT}", "https://team.vault.azure.net"
SECRET = f"{VAULT}/secrets/password"
SCOPE = "https://vault.azure.net/.default"
CLUSTER, STRANGER, OF_ENTRA = SigningKey.generate(), SigningKey.generate(), SigningKey.generate()
PLANTED = "planted-client-secret"


def published(issuer: str) -> dict[str, Any]:
    """Return the keys of the only issuer that answers."""
    if issuer != ISSUER:
        raise OSError
    return {"keys": [CLUSTER.published]}


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    """One application with a federated credential and a secret, and a vault with a secret that it may read."""
    made = Directory(tmp_path / "azure")
    federated = {"issuer": ISSUER, "subject": SUBJECT, "audiences": [AUDIENCE]}
    secrets = [{"value": PLANTED}, {"value": "expired", "expires": 1}]
    with made.change() as content:
        application = {"federatedCredentials": [federated], "secrets": secrets}
        content["tenants"][TENANT] = {"applications": {CLIENT: application}}
        content["tenants"][OTHER_TENANT] = {"applications": {CLIENT: application}}
        content["tenants"][ABROAD] = {"cloud": "USGovernmentCloud"}
        version = {"id": "v1", "value": "planted-value", "enabled": True, "created": 1}
        vault = {"tenant": TENANT, "roles": {CLIENT: [SECRETS_USER]}, "secrets": {"password": {"versions": [version]}}}
        content["vaults"]["team.vault.azure.net"] = vault
    return made


@pytest.fixture
def azure(directory: Directory) -> Iterator[httpx.Client]:
    """Return a client whose proxy is the stand-in."""
    tls = certificates.provide(directory.folder)
    server = front.create(0, tls, Entra(directory, OF_ENTRA, published), KeyVault(directory, OF_ENTRA))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    verify = ssl.create_default_context(cafile=str(tls / "ca.crt"))
    proxy = f"http://127.0.0.1:{server.server_port}"
    with httpx.Client(proxy=proxy, verify=verify, trust_env=False, params={"api-version": "7.6"}) as client:
        yield client
    server.shutdown()
    server.server_close()


def assertion(key: SigningKey = CLUSTER, **claims: Any) -> str:
    """Return a ServiceAccount's token."""
    return key.sign({"iss": ISSUER, "sub": SUBJECT, "aud": [AUDIENCE], "exp": time.time() + 600, **claims})


def ask(azure: httpx.Client, login: str = LOGIN, **form: str) -> httpx.Response:
    """Request a token, by default with a ServiceAccount's own."""
    known = {"grant_type": "client_credentials", "client_id": CLIENT, "scope": SCOPE}
    proof = {} if "client_secret" in form else {"client_assertion": assertion()}
    return azure.post(f"{login}/oauth2/v2.0/token", data={**known, **proof, **form})


def bearer(azure: httpx.Client, **form: str) -> dict[str, str]:
    """Return the header with a token."""
    return {"Authorization": f"Bearer {ask(azure, **form).json()['access_token']}"}


@pytest.mark.parametrize("proof", [{}, {"client_secret": PLANTED}], ids=["federated", "secret"])
def test_a_verified_identity_reads_a_secret(azure, proof):
    read = azure.get(SECRET, headers=bearer(azure, **proof))
    assert read.status_code == 200
    assert read.json()["value"] == "planted-value"
    assert read.json()["id"] == f"{SECRET}/v1"


def test_the_first_version_of_the_endpoint_takes_a_resource(azure):
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": PLANTED}
    answer = azure.post(f"{LOGIN}/oauth2/token", data={**form, "resource": "https://vault.azure.net"})
    assert azure.get(SECRET, headers={"Authorization": f"Bearer {answer.json()['access_token']}"}).is_success


def test_a_token_is_verified_with_the_published_key(azure):
    configuration = azure.get(f"{LOGIN}/v2.0/.well-known/openid-configuration").json()
    keys = jwt.PyJWKSet.from_dict(azure.get(configuration["jwks_uri"]).json())
    claims = jwt.decode(
        ask(azure).json()["access_token"],
        keys.keys[0],
        audience="https://vault.azure.net",
        issuer=f"https://sts.windows.net/{TENANT}/",
    )
    assert (claims["appid"], claims["tid"]) == (CLIENT, TENANT)


@pytest.mark.parametrize(
    ("number", "login", "form"),
    [
        (90002, f"https://login.microsoftonline.com/{CLIENT}", {}),
        (90002, f"https://login.microsoftonline.com/{ABROAD}", {}),
        (900023, "https://login.microsoftonline.com/backstage", {}),
        (700016, LOGIN, {"client_id": TENANT}),
        (900144, LOGIN, {"client_id": ""}),
        (70003, LOGIN, {"grant_type": "password"}),
        (500011, LOGIN, {"scope": "https://vault.usgovcloudapi.net/.default"}),
        (1002012, LOGIN, {"scope": "https://vault.azure.net"}),
        (7000215, LOGIN, {"client_secret": "another"}),
        (7000222, LOGIN, {"client_secret": "expired"}),
        (50027, LOGIN, {"client_assertion": "no-token"}),
        (700211, LOGIN, {"client_assertion": assertion(iss="https://other.example")}),
        (700213, LOGIN, {"client_assertion": assertion(sub="system:serviceaccount:other:azurekv")}),
        (7002138, LOGIN, {"client_assertion": assertion(sub=SUBJECT.upper())}),
        (700212, LOGIN, {"client_assertion": assertion(aud=["https://kubernetes.default.svc"])}),
        (700024, LOGIN, {"client_assertion": assertion(exp=1)}),
        (700024, LOGIN, {"client_assertion": assertion(nbf=time.time() + 3600)}),
        (50013, LOGIN, {"client_assertion": assertion(STRANGER)}),
        (
            50013,
            LOGIN,
            {
                "client_assertion": jwt.encode(
                    {"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE}, "", "none", {"kid": CLUSTER.published["kid"]}
                )
            },
        ),
    ],
)
def test_entra_refuses_with_its_code(azure, number, login, form):
    answer = ask(azure, login, **form)
    assert answer.json()["error_codes"] == [number]
    assert answer.json()["error_description"].startswith(f"AADSTS{number}: ")
    assert (answer.status_code, answer.json()["error"]) == (ENTRA[number]["status"], ENTRA[number]["code"])
    assert "{" not in answer.json()["error_description"]


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (70025, {"federatedCredentials": []}),
        (7000112, {"enabled": False}),
        (
            501661,
            {
                "federatedCredentials": [
                    {"issuer": "https://silent.example", "subject": SUBJECT, "audiences": [AUDIENCE]}
                ]
            },
        ),
        (90033, {"refuses": 90033}),
    ],
)
def test_entra_refuses_an_application_by_its_registration(azure, directory, number, change):
    with directory.change() as content:
        content["tenants"][TENANT]["applications"][CLIENT].update(change)
    answer = ask(azure, client_assertion=assertion(iss="https://silent.example") if number == 501661 else assertion())
    assert answer.json()["error_codes"] == [number]


def test_a_request_without_a_proof_is_refused(azure):
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "scope": SCOPE}
    assert azure.post(f"{LOGIN}/oauth2/v2.0/token", data=form).json()["error_codes"] == [7000216]


def test_an_unknown_tenant_has_no_discovery_document(azure):
    answer = azure.get(f"https://login.microsoftonline.com/{CLIENT}/v2.0/.well-known/openid-configuration")
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])


def of_another_tenant(azure: httpx.Client) -> str:
    """Return a token of a tenant to which the vault does not belong."""
    return str(ask(azure, f"https://login.microsoftonline.com/{OTHER_TENANT}").json()["access_token"])


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (lambda _: None, "AKV10000: Request is missing a Bearer or PoP token."),
        (lambda _: assertion(), "Error validating token"),
        (of_another_tenant, f"AKV10032: Invalid issuer. Expected one of https://sts.windows.net/{TENANT}/, found"),
    ],
)
def test_key_vault_answers_a_wrong_token_with_a_challenge(azure, token: Callable[[httpx.Client], str | None], said):
    given = token(azure)
    answer = azure.get(SECRET, headers={"Authorization": f"Bearer {given}"} if given else {})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "Unauthorized"
    assert answer.json()["error"]["message"].startswith(said)
    assert answer.headers["WWW-Authenticate"] == f'Bearer authorization="{LOGIN}", resource="https://vault.azure.net"'


def test_key_vault_refuses_the_token_for_another_cloud(azure, directory):
    with directory.change() as content:
        content["vaults"]["team.vault.usgovcloudapi.net"] = content["vaults"]["team.vault.azure.net"]
    answer = azure.get(SECRET.replace("azure.net", "usgovcloudapi.net"), headers=bearer(azure))
    said = "AKV10022: Invalid audience. Expected https://vault.usgovcloudapi.net, found: https://vault.azure.net."
    assert answer.json()["error"]["message"] == said


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("ForbiddenByRbac", {"roles": {}}),
        ("ForbiddenByRbac", {"roles": {CLIENT: ["Key Vault Reader"]}}),
        ("SecretNotFound", {"secrets": {}}),
        ("SecretNotFound", {"secrets": {"password": {"deleted": True, "versions": [{"id": "v1", "enabled": True}]}}}),
        ("SecretDisabled", {"secrets": {"password": {"versions": [{"id": "v1", "enabled": False}]}}}),
        *((code, {"refuses": code}) for code in KEY_VAULT),
    ],
)
def test_key_vault_refuses_with_its_code(azure, directory, code, change):
    with directory.change() as content:
        content["vaults"]["team.vault.azure.net"].update(change)
    answer = azure.get(SECRET, headers=bearer(azure))
    error = answer.json()["error"]
    assert answer.status_code == KEY_VAULT[code]["status"]
    assert code in (error["code"], error.get("innererror", {}).get("code"))
    assert "{" not in error["message"]


def test_versions_of_a_secret_are_written_listed_disabled_deleted_and_recovered(azure, directory):
    with directory.change() as content:
        content["vaults"]["team.vault.azure.net"]["roles"][CLIENT] = [SECRETS_OFFICER]
    headers = bearer(azure)
    written = azure.put(SECRET, headers=headers, json={"value": "planted-newer"}).json()
    assert azure.get(SECRET, headers=headers).json()["value"] == "planted-newer"
    assert azure.get(f"{SECRET}/v1", headers=headers).json()["value"] == "planted-value"
    listed = azure.get(f"{SECRET}/versions", headers=headers).json()["value"]
    assert [one["id"] for one in listed] == [f"{SECRET}/v1", written["id"]]
    assert "value" not in listed[0]
    azure.patch(written["id"], headers=headers, json={"attributes": {"enabled": False}}).raise_for_status()
    assert azure.get(SECRET, headers=headers).json()["error"]["innererror"] == {"code": "SecretDisabled"}
    azure.delete(SECRET, headers=headers).raise_for_status()
    assert azure.get(SECRET, headers=headers).json()["error"]["code"] == "SecretNotFound"
    assert azure.get(f"{VAULT}/secrets", headers=headers).json()["value"] == []
    conflict = azure.put(SECRET, headers=headers, json={"value": "planted-again"}).json()["error"]
    assert conflict["innererror"] == {"code": "ObjectIsDeletedButRecoverable"}
    azure.post(f"{VAULT}/deletedsecrets/password/recover", headers=headers).raise_for_status()
    assert azure.put(SECRET, headers=headers, json={"value": "planted-again"}).is_success


def test_a_reader_writes_nothing(azure, directory):
    before = directory.read()
    answer = azure.put(SECRET, headers=bearer(azure), json={"value": "planted-newer"})
    assert answer.json()["error"]["innererror"] == {"code": "ForbiddenByRbac"}
    assert directory.read() == before


@pytest.mark.parametrize("host", ["nowhere.vault.azure.net", "example.com", "127.0.0.1"])
def test_the_proxy_leads_to_no_other_host(azure, host):
    with pytest.raises(httpx.ProxyError, match=f"502 dial tcp: lookup {host}: no such host"):
        azure.get(f"https://{host}/")


def test_no_secret_is_in_the_output(azure, capfd):
    azure.get(SECRET, headers=bearer(azure, client_secret=PLANTED))
    printed = capfd.readouterr()
    assert "GET team.vault.azure.net/secrets/password 200" in printed.out
    assert "planted" not in printed.out + printed.err


def test_the_directory_is_private_and_keeps_every_change(directory):
    def count() -> None:
        for _ in range(20):
            with directory.change() as content:
                content["count"] = content.get("count", 0) + 1

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert directory.read()["count"] == 80
    assert (directory.folder / "directory.json").stat().st_mode & 0o77 == 0
