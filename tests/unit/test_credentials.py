"""Credentials as values: the purpose and content of each Secret, and that no login reaches another host."""

import re
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import pytest

from kargo.credentials import Credential, credentials
from kargo.external_secret import external_secret_manifest, secret_name
from kargo.secret_store import secret_store_manifest, secret_stores, service_account_manifest
from model.accounts import Account
from model.git_ops import GitOps
from model.login import AppLogin, GitHubApp, Login
from model.pipeline import Pipeline
from model.registry import GhcrRegistry, GiteaRegistry, Registry
from model.source import AzureKeyVaultSource, IdpBuilderSource, ReadSource, StackSource, WorkloadIdentity
from model.stage import Stage
from tests.unit.values import GHCR, GITEA, GITHUB_REPOSITORY, LOGIN, REPOSITORY, SOURCE, stack

IMAGES = ("backstage-cnoe", "nextjs", "team/app", "a.b")
PIPELINES = [Pipeline(name=f"p{i}", image=image, stages=(Stage(name="dev"),)) for i, image in enumerate(IMAGES)]
IDENTITY = WorkloadIdentity(
    tenant_id="11111111-1111-1111-1111-111111111111",
    client_id="22222222-2222-2222-2222-222222222222",
    vault_url="https://backstage-dev.vault.azure.net",
)
BY_IDENTITY = AzureKeyVaultSource(source="azureKeyVault", key="password", workload_identity=IDENTITY)
WRITER = Login(username="writer", password=StackSource(source="stack"))
APP = AppLogin(
    github_app=GitHubApp(
        client_id="Iv23liAbCdEfGh", installation_id="12345678", private_key=StackSource(source="stack")
    )
)

HOSTS = ("gitea.example.com", "gitea.example.com:8443", "git.example.com", "gitea-example.com", "10.0.0.1:3000")
OWNERS = ("GiteaAdmin", "team", "a.b")
REGISTRIES: list[Registry] = [
    *(GiteaRegistry(host=host, owner=owner, login=LOGIN) for host, owner in product(HOSTS, OWNERS)),
    *(GhcrRegistry(owner=owner, login=LOGIN) for owner in ("team", "GiteaAdmin")),
]
REPOSITORIES = [
    *(
        GitOps(provider="gitea", repo_url=f"https://{host}/{path}", login=WRITER)
        for host, path in product(HOSTS, ("GiteaAdmin/gitops.git", "team/gitops", "sub/team/gitops.git"))
    ),
    *(GitOps(provider="github", repo_url=url, login=APP) for url in ("https://github.com/team/gitops.git",)),
    *(GitOps(provider="github", repo_url=url, login=WRITER) for url in ("https://ghe.example.com/team/gitops.git",)),
]


def matches(credential: Credential, cred_type: str, address: str) -> bool:
    """Return whether Kargo 1.11 takes a credential for a repository.

    A Git address counts without its case, `.git` and one last slash. An expression may match anywhere in the address as
    it is written or counts.
    """
    data = credential.data()
    if credential.cred_type != cred_type or address.startswith("http://"):
        return False
    if data.get("repoURLIsRegex") == "true":
        return any(re.search(data["repoURL"], text) for text in (address, counted(cred_type, address)))
    return counted(cred_type, data["repoURL"]) == counted(cred_type, address)


def counted(cred_type: str, address: str) -> str:
    """Return an address as Kargo compares it."""
    return address.lower().removesuffix("/").removesuffix(".git") if cred_type == "git" else address


def takers(found: tuple[Credential, ...], cred_type: str, address: str) -> list[Account]:
    """Return the logins that Kargo might use for a repository."""
    return [credential.account for credential in found if matches(credential, cred_type, address)]


COMBINATIONS = [(registry, git_ops) for registry, git_ops in product(REGISTRIES, REPOSITORIES)]


@pytest.mark.parametrize(
    ("registry", "git_ops"), COMBINATIONS, ids=[f"{r.prefix()} {g.repo_url}" for r, g in COMBINATIONS]
)
def test_each_repository_has_one_login_and_no_other_host_gets_it(registry, git_ops):
    one = stack(registry, git_ops, *PIPELINES)
    found = credentials(one)
    assert len({credential.cred_type for credential in found}) == len(found)
    for image in IMAGES:
        assert takers(found, "image", registry.image_repository(image)) == [one.image_account]
    assert takers(found, "git", git_ops.repo_url) == [one.git_account]
    for other, cred_type in product(elsewhere(registry, git_ops), ("image", "git")):
        assert takers(found, cred_type, other) == [], other


def elsewhere(registry: Registry, git_ops: GitOps) -> list[str]:
    """Return addresses of images and repositories that no login of a stack is for."""
    prefix, repository = registry.prefix(), git_ops.repo_url
    host, owner, _ = prefix.split("/")
    address = urlsplit(repository)
    images = [
        *(other.image_repository("backstage-cnoe") for other in REGISTRIES if other.prefix() != prefix),
        f"evil.example/{prefix}backstage-cnoe",
        f"{host}.evil.example/{owner}/backstage-cnoe",
        f"{host}1/{owner}/backstage-cnoe",
        f"{host}/{owner}-other/backstage-cnoe",
        f"{host.replace('.', 'x', 1)}/{owner}/backstage-cnoe",
        f"{host}/other/backstage-cnoe",
        prefix.removesuffix("/"),
        host,
    ]
    repositories = [
        *(other.repo_url for other in REPOSITORIES if other.repo_url != repository),
        f"https://evil.example/{repository.removeprefix('https://')}",
        f"https://{address.netloc}.evil.example{address.path}",
        f"https://{address.netloc}{address.path.removesuffix('.git')}-other.git",
        repository.replace("https://", "http://"),
        f"https://{address.netloc}",
    ]
    return [*images, *(f"https://{image}" for image in images), *repositories]


SECOND = Login(username="publisher", password=StackSource(source="stack"))
PUBLISHING = [
    (registry, to.model_copy(update={"login": SECOND}))
    for registry, to in product(REGISTRIES, REGISTRIES)
    if registry.prefix() != to.prefix()
]


@pytest.mark.parametrize(("registry", "to"), PUBLISHING, ids=[f"{r.prefix()} to {t.prefix()}" for r, t in PUBLISHING])
def test_read_and_published_images_have_each_their_login(registry, to):
    publishing = PIPELINES[0].model_copy(update={"stages": (Stage(name="dev", publish=True),)})
    one = stack(registry, REPOSITORIES[0], publishing, *PIPELINES[1:], publish_to=to)
    found = credentials(one)
    assert len({credential.name for credential in found}) == len(found) == 3
    for image in IMAGES:
        assert takers(found, "image", registry.image_repository(image)) == [one.image_account]
        assert takers(found, "image", to.image_repository(image)) == [one.publish_account]


@pytest.mark.parametrize(
    ("registry", "repo_url"),
    [
        (GITEA, "https://gitea.example.com:8443/o/r.git"),
        (GITEA, "https://GITEA.example.com:8443/o/r.git"),
        (GITEA.model_copy(update={"host": "gitea.example.com"}), "https://gitea.example.com/o/r.git"),
        (GITEA.model_copy(update={"host": "gitea.example.com"}), "https://gitea.example.com:443/o/r.git"),
        (GITEA.model_copy(update={"host": "gitea.example.com:443"}), "https://gitea.example.com/o/r.git"),
    ],
)
def test_the_registrys_login_serves_a_repository_on_the_same_host(registry, repo_url):
    found = credentials(stack(registry, GitOps(provider="gitea", repo_url=repo_url), *PIPELINES))
    assert [credential.account.login for credential in found] == [LOGIN, LOGIN]


def test_public_images_have_no_credential():
    (git,) = credentials(stack(GHCR.model_copy(update={"login": None}), REPOSITORY, *PIPELINES))
    assert git.cred_type == "git"


def test_a_secret_holds_what_kargo_matches_and_who_signs_in():
    image, git = credentials(stack(GITEA, GITHUB_REPOSITORY.model_copy(update={"login": APP}), *PIPELINES))
    assert image.data() == {
        "repoURL": r"^gitea\.example\.com:8443/giteaadmin/",
        "repoURLIsRegex": "true",
        "username": "robot",
    }
    assert git.data() == {
        "repoURL": "https://github.com/o/r.git",
        "githubAppClientID": "Iv23liAbCdEfGh",
        "githubAppInstallationID": "12345678",
    }
    assert (image.secret_key, git.secret_key) == ("password", "githubAppPrivateKey")


def spec_of(source: ReadSource, stores: dict[WorkloadIdentity, str] | None = None) -> dict[str, Any]:
    """Return the spec of the image credential's ExternalSecret, where the password lies in `source`."""
    registry = GITEA.model_copy(update={"login": Login(username="robot", password=source)})
    image, _ = credentials(stack(registry, REPOSITORY, *PIPELINES))
    spec: dict[str, Any] = external_secret_manifest(image, source, stores or {}, "project")["spec"]
    return spec


def test_an_external_secret_carries_the_label_in_its_template_and_the_keys_that_kargo_reads():
    target = spec_of(SOURCE)["target"]
    assert target["template"]["metadata"]["labels"] == {"kargo.akuity.io/cred-type": "image"}
    assert target["template"]["data"].keys() == {"repoURL", "repoURLIsRegex", "username", "password"}
    assert target["template"]["data"]["password"] == r'{{ .password | trimAll "\r\n" }}'


@pytest.mark.parametrize(
    ("source", "store", "remote"),
    [
        (SOURCE, {"kind": "ClusterSecretStore", "name": "azure-keyvault-store"}, {"key": "password"}),
        (BY_IDENTITY, {"kind": "SecretStore", "name": "azurekv"}, {"key": "password"}),
        (
            SOURCE.model_copy(update={"value_property": "gitea.token"}),
            {"kind": "ClusterSecretStore", "name": "azure-keyvault-store"},
            {"key": "password", "property": "gitea.token"},
        ),
        (
            IdpBuilderSource(source="idpbuilder"),
            {"kind": "ClusterSecretStore", "name": "gitea"},
            {"key": "gitea-credential", "property": "password"},
        ),
        (
            IdpBuilderSource(source="idpbuilder", secret_store="mine", credential_property="token"),
            {"kind": "ClusterSecretStore", "name": "mine"},
            {"key": "gitea-credential", "property": "token"},
        ),
    ],
)
def test_each_source_is_read_from_its_store(source, store, remote):
    spec = spec_of(source, {IDENTITY: "azurekv"})
    assert spec["secretStoreRef"] == store
    assert spec["data"] == [{"secretKey": "password", "remoteRef": remote}]


def test_the_username_may_be_in_the_vault_as_well():
    spec = spec_of(SOURCE.model_copy(update={"value_property": "token", "username_property": "name"}))
    assert spec["target"]["template"]["data"]["username"] == r'{{ .username | trimAll "\r\n" }}'
    assert spec["data"] == [
        {"secretKey": "password", "remoteRef": {"key": "password", "property": "token"}},
        {"secretKey": "username", "remoteRef": {"key": "password", "property": "name"}},
    ]


def test_an_interval_of_zero_still_takes_a_change_of_the_stack():
    never = spec_of(SOURCE.model_copy(update={"refresh_interval": "0s"}))
    assert (never["refreshInterval"], never["refreshPolicy"]) == ("0s", "OnChange")
    assert "refreshPolicy" not in spec_of(SOURCE)


def test_a_secrets_name_says_what_it_is_made_from():
    sources: list[ReadSource] = [
        SOURCE,
        SOURCE.model_copy(update={"key": "other"}),
        SOURCE.model_copy(update={"secret_store": "other"}),
        BY_IDENTITY,
        IdpBuilderSource(source="idpbuilder"),
        IdpBuilderSource(source="idpbuilder", credential_property="token"),
    ]
    names = {secret_name("credentials-image", spec_of(source, {IDENTITY: "azurekv"}), "1") for source in sources}
    names.add(secret_name("credentials-image", spec_of(SOURCE), "2"))
    names.add(secret_name("credentials-image", spec_of(SOURCE), "2", {"provider": "another vault"}))
    assert len(names) == len(sources) + 2
    assert all(re.fullmatch("credentials-image-[0-9a-f]{8}", name) for name in names)


def test_a_store_reads_the_vault_as_its_service_account():
    assert secret_store_manifest(IDENTITY, "azurekv", "project")["spec"] == {
        "provider": {
            "azurekv": {
                "authType": "WorkloadIdentity",
                "vaultUrl": "https://backstage-dev.vault.azure.net",
                "environmentType": "PublicCloud",
                "useAzureSDK": True,
                "serviceAccountRef": {"name": "azurekv"},
            }
        }
    }
    account = service_account_manifest(IDENTITY, "azurekv", "project")
    assert account["metadata"]["annotations"] == {
        "azure.workload.identity/client-id": IDENTITY.client_id,
        "azure.workload.identity/tenant-id": IDENTITY.tenant_id,
    }


@pytest.mark.parametrize(
    ("domain", "cloud", "endpoint"),
    [
        ("vault.usgovcloudapi.net", "USGovernmentCloud", None),
        (
            "vault.azure.cn",
            "ChinaCloud",
            {"activeDirectoryEndpoint": "https://login.partner.microsoftonline.cn/"},
        ),
    ],
)
def test_a_store_signs_in_to_the_cloud_of_its_vault(domain, cloud, endpoint):
    identity = IDENTITY.model_copy(update={"vault_url": f"https://backstage-dev.{domain}"})
    vault = secret_store_manifest(identity, "azurekv", "project")["spec"]["provider"]["azurekv"]
    assert (vault["environmentType"], vault.get("customCloudConfig")) == (cloud, endpoint)


@pytest.mark.parametrize(
    ("of_images", "of_git", "names"),
    [
        (None, None, []),
        (IDENTITY, None, ["azurekv"]),
        (None, IDENTITY, ["azurekv"]),
        (IDENTITY, IDENTITY, ["azurekv"]),
        (IDENTITY, IDENTITY.model_copy(update={"vault_url": "https://b.vault.azure.net"}), ["azurekv", "azurekv-git"]),
    ],
)
def test_each_identity_and_vault_has_one_store(of_images, of_git, names):
    def login(identity: WorkloadIdentity | None) -> Login:
        source = BY_IDENTITY.model_copy(update={"workload_identity": identity}) if identity else SOURCE
        return Login(username="robot", password=source)

    registry = GITEA.model_copy(update={"login": login(of_images)})
    git_ops = REPOSITORY.model_copy(update={"login": login(of_git)})
    assert list(secret_stores(credentials(stack(registry, git_ops, *PIPELINES))).values()) == names
