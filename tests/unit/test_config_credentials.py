"""Logins that cannot work, or that would reach another host: one line each."""

from typing import Any

import pytest

from tests.program import merged
from tests.unit.configuration import NULL, PLANTED, at, git_login, lines, load, stages

PASSWORD = "registry.login.password"
GIT = "gitOps.login"
KEY = "gitOps.login.githubApp.privateKey"
IDENTITY = {
    "tenantId": "11111111-1111-1111-1111-111111111111",
    "clientId": "22222222-2222-2222-2222-222222222222",
    "vaultUrl": "https://backstage-dev.vault.azure.net",
}
VAULT = {"resourceGroup": "backstage-dev", "name": "backstage-dev"}
NEW = {"tenantId": IDENTITY["tenantId"], "location": "westeurope"}
STORED = {"from": "azureKeyVault", "secretStore": "azure-keyvault-store", "key": "gitops"}
APP = {"clientId": "Iv23liAbCdEfGh", "installationId": 12345678, "privateKey": STORED}
GITHUB = {"provider": "github", "repoURL": "https://github.com/team/gitops.git"}
OTHER_GITEA = {"provider": "gitea", "repoURL": "https://git.example.com/team/gitops.git"}
OPENS = stages({"name": "dev", "promoteBy": "pullRequest"})
NO_PASSWORD = at("registry.login", NULL)

MISSING_SOURCE = "missing; add from: azureKeyVault, from: idpbuilder or from: stack"
OTHER_SOURCE = "not an allowed value; write 'azureKeyVault', 'idpbuilder' or 'stack'"
NO_MAPPING = "not a mapping; write `key: value` lines below it"
NO_TEXT = "not text; put it in quotes"
OTHER_FROM = "remove it, or change from"
EMPTY = "empty; write a value, or remove the key"
COLON = "contains a colon, which HTTP basic authentication does not allow; write the username only"
EVALUATED = "contains {{ or ${%, which External Secrets or Kargo would evaluate; remove it"
NO_DURATION = "not a duration; write hours, minutes and seconds, such as 5m, 1h30m or 1.5h"
NO_ID = "not an Azure ID; write an ID such as 00000000-0000-0000-0000-000000000000"
NO_VAULT_URL = (
    "not the URL of a Key Vault; write https://NAME.vault.azure.net, or NAME.vault.usgovcloudapi.net in Azure "
    "Government, or NAME.vault.azure.cn in Azure China"
)
NO_PROPERTY = "not a property of a JSON object; write letters, digits, '_' and '-', separated by dots"
OWNED_PROPERTY = "excludes vault, in which the stack writes the value itself; remove one of them"
NO_USERNAME = "a GitHub App has no username; remove it"
NO_CLIENT = "not the client ID of a GitHub App; copy it from its settings page, such as Iv23liAbCdEf"
NO_INSTALLATION = "not an installation ID; write the last part of the URL of its settings page"
OTHER_HOST = "missing; add it: registry.login is for another host"
NOT_IDPBUILDERS = "idpbuilder is a login for Gitea only; write azureKeyVault or stack"
NO_TOKEN = "a pull request needs an access token; write token"
OWNED_TWICE = "registry.login writes the same secret of that vault; write another key, or remove vault"
OTHER_VAULT = "differs from the vault of registry.login, which the stack creates; write the same"
NO_REGION = "not an Azure region; write its name in one word, such as westeurope"
NO_HOOK_USER = "missing, and no login names a user of that Gitea; add it, or set registration: false"


def password(**keys: Any) -> dict[str, Any]:
    """Return the changes that give the registry's login this password and nothing of the committed one."""
    return login(password={**dict.fromkeys(("from", "secretStore", "key", "vault")), **keys})


def login(**keys: Any) -> dict[str, Any]:
    """Return the changes that merge `keys` into the registry's login."""
    return {"registry": {"login": keys}}


def identity(**keys: Any) -> dict[str, Any]:
    """Return the changes by which External Secrets reads the vault with an identity of the project."""
    return login(password={"secretStore": None, "workloadIdentity": merged(IDENTITY, keys)})


def vault(**keys: Any) -> dict[str, Any]:
    """Return the changes by which the stack also creates the vault."""
    return login(password={"vault": {"create": merged(NEW, keys)}})


def app(**keys: Any) -> dict[str, Any]:
    """Return the changes that put the GitOps repository on GitHub, with an App for its login."""
    return {"gitOps": {**GITHUB, "login": {"githubApp": merged(APP, keys)}}}


def repository(place: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """Return the changes that put the GitOps repository elsewhere, with a login of its own."""
    return merged(git_login(**keys), {"gitOps": place})


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        # No login, or a login without one of its parts.
        (at("registry.login", PLANTED), f"registry.login: {NO_MAPPING}"),
        (at("registry.login", NULL), f"registry.login: {EMPTY}"),
        (login(username=None), "registry.login.username: missing; add it"),
        (login(username=NULL), f"registry.login.username: {EMPTY}"),
        (login(token=PLANTED), "registry.login.token: unknown key; write one of: password, username, verify"),
        (login(password=PLANTED), f"{PASSWORD}: {NO_MAPPING}"),
        (login(password=NULL), f"{PASSWORD}: {EMPTY}"),
        (login(password=[PLANTED]), f"{PASSWORD}: {NO_MAPPING}"),
        (login(githubApp=APP), "registry.login.githubApp: unknown key; write one of: password, username, verify"),
        # Unknown sources, and their keys.
        (password(), f"{PASSWORD}.from: {MISSING_SOURCE}"),
        (password(**{"from": NULL}), f"{PASSWORD}.from: {OTHER_SOURCE}"),
        (password(**{"from": "none"}), f"{PASSWORD}.from: {OTHER_SOURCE}"),
        (password(**{"from": "IDPBuilder"}), f"{PASSWORD}.from: {OTHER_SOURCE}"),
        (password(**{"from": ["stack"]}), f"{PASSWORD}.from: {OTHER_SOURCE}"),
        (password(value=PLANTED, **{"from": "stack"}), f"{PASSWORD}.value: unknown key; write one of: from"),
        (password(key="a", **{"from": "stack"}), f"{PASSWORD}.key: only with from: azureKeyVault; {OTHER_FROM}"),
        (
            password(rotation="2", **{"from": "stack"}),
            f"{PASSWORD}.rotation: only with from: azureKeyVault or from: idpbuilder; {OTHER_FROM}",
        ),
        (
            password(key="a", **{"from": "idpbuilder"}),
            f"{PASSWORD}.key: only with from: azureKeyVault; {OTHER_FROM}",
        ),
        (
            password(property="username", **{"from": "idpbuilder"}),
            f"{PASSWORD}.property: not an allowed value; write 'password' or 'token'",
        ),
        (login(password={"property": "password"}), f"{PASSWORD}.property: {OWNED_PROPERTY}"),
        *(
            (password(**STORED, property=value), f"{PASSWORD}.property: {NO_PROPERTY}")
            for value in ("a/b", "#(a)", "a..b", ".a", "a.", "a b", "@this", "*", "")
        ),
        (password(**STORED, usernameProperty="name"), f"{PASSWORD}.usernameProperty: requires property; add it"),
        (app(privateKey={"property": "a", "usernameProperty": "b"}), f"{KEY}.usernameProperty: {NO_USERNAME}"),
        # The vault, and the identity that reads it.
        (login(password={"key": None}), f"{PASSWORD}.key: missing; add it"),
        (login(password={"key": 1}), f"{PASSWORD}.key: {NO_TEXT}"),
        (login(password={"secretStore": None}), f"{PASSWORD}.secretStore: missing; add it, or add workloadIdentity"),
        (
            login(password={"workloadIdentity": IDENTITY}),
            f"{PASSWORD}.workloadIdentity: excludes secretStore; remove one of them",
        ),
        (identity(tenantId=None), f"{PASSWORD}.workloadIdentity.tenantId: missing; add it"),
        (identity(tenantId=PLANTED), f"{PASSWORD}.workloadIdentity.tenantId: {NO_ID}"),
        (identity(clientId=f"{IDENTITY['clientId']}0"), f"{PASSWORD}.workloadIdentity.clientId: {NO_ID}"),
        (identity(vaultUrl="backstage-dev"), f"{PASSWORD}.workloadIdentity.vaultUrl: {NO_VAULT_URL}"),
        (
            identity(vaultUrl="http://backstage-dev.vault.azure.net"),
            f"{PASSWORD}.workloadIdentity.vaultUrl: {NO_VAULT_URL}",
        ),
        *(
            (
                identity(vaultUrl=f"https://backstage-dev.{domain}"),
                f"{PASSWORD}.workloadIdentity.vaultUrl: {NO_VAULT_URL}",
            )
            for domain in ("vault.microsoftazure.de", "privatelink.vaultcore.azure.net", "managedhsm.azure.net")
        ),
        (
            identity(vaultUrl="https://other.vault.usgovcloudapi.net"),
            f"{PASSWORD}.workloadIdentity.vaultUrl: differs from vault.name; write the URL of that vault",
        ),
        (
            identity(vaultUrl=f"https://{PLANTED}.vault.azure.net.evil.example"),
            f"{PASSWORD}.workloadIdentity.vaultUrl: {NO_VAULT_URL}",
        ),
        (
            identity(vaultUrl="https://other.vault.azure.net"),
            f"{PASSWORD}.workloadIdentity.vaultUrl: differs from vault.name; write the URL of that vault",
        ),
        (
            login(password={"refreshInterval": "daily"}),
            f"{PASSWORD}.refreshInterval: {NO_DURATION}",
        ),
        # A login never goes to another host.
        ({"gitOps": GITHUB}, f"{GIT}: {OTHER_HOST}"),
        ({"gitOps": OTHER_GITEA}, f"{GIT}: {OTHER_HOST}"),
        (at("gitOps.repoURL", "https://gitea.cnoe.localtest.me/team/gitops.git"), f"{GIT}: {OTHER_HOST}"),
        (at("registry", {"kind": "ghcr", "host": None, "insecureSkipTLSVerify": None}), f"{GIT}: {OTHER_HOST}"),
        (
            {**at("registry.login", None), "webhooks": {"username": "giteaadmin"}},
            f"{GIT}: missing, and registry.login is missing too; add one of them",
        ),
        (
            at("gitOps.provider", "github"),
            "gitOps.provider: the repository is on the registry's host, which is a Gitea; write gitea",
        ),
        (
            repository(GITHUB, password={**dict.fromkeys(STORED), "from": "idpbuilder"}),
            f"{GIT}.password.from: {NOT_IDPBUILDERS}",
        ),
        # Logins that do not suffice for their purpose.
        ({**password(**{"from": "idpbuilder"}), **OPENS}, f"{PASSWORD}.property: {NO_TOKEN}"),
        (
            {**git_login(password={**dict.fromkeys(STORED), "from": "idpbuilder"}), **OPENS},
            f"{GIT}.password.property: {NO_TOKEN}",
        ),
        (
            git_login(
                password={
                    "key": "Gitea-Admin-Password",
                    "vault": {"resourceGroup": "backstage-dev", "name": "Backstage-Dev"},
                }
            ),
            f"{GIT}.password.key: {OWNED_TWICE}",
        ),
        (
            app(
                privateKey={
                    "key": "gitea-admin-password",
                    "vault": VAULT,
                }
            ),
            f"{KEY}.key: {OWNED_TWICE}",
        ),
        *[
            (
                git_login(password={"key": "gitops", "vault": {"resourceGroup": group, "name": name}}),
                f"{GIT}.password.vault.resourceGroup: differs from the resource group of registry.login, but Azure has "
                "one vault of that name; write the same",
            )
            for group, name in (("backstage-prod", "backstage-dev"), ("other", "BACKSTAGE-DEV"))
        ],
        # The vault that the stack creates.
        (vault(tenantId=None), f"{PASSWORD}.vault.create.tenantId: missing; add it"),
        (vault(tenantId=PLANTED), f"{PASSWORD}.vault.create.tenantId: {NO_ID}"),
        (vault(location=None), f"{PASSWORD}.vault.create.location: missing; add it"),
        (vault(location="West Europe"), f"{PASSWORD}.vault.create.location: {NO_REGION}"),
        (vault(publicAccess="no"), f"{PASSWORD}.vault.create.publicAccess: not a boolean; write true or false"),
        (
            vault(sku="premium"),
            f"{PASSWORD}.vault.create.sku: unknown key; write one of: location, publicAccess, tenantId",
        ),
        (
            merged(vault(), git_login(password={"key": "b", "vault": VAULT})),
            f"{GIT}.password.vault: {OTHER_VAULT}",
        ),
        (
            merged(app(), at("registry.login", None)),
            f"webhooks.username: {NO_HOOK_USER}",
        ),
        # A GitHub App.
        (
            {"gitOps": {"login": {"githubApp": APP}}},
            f"{GIT}.githubApp: works with GitHub only; write username and password",
        ),
        (app(clientId=None), f"{GIT}.githubApp.clientId: missing; add it"),
        (app(clientId="123456"), f"{GIT}.githubApp.clientId: {NO_CLIENT}"),
        (app(clientId=123456), f"{GIT}.githubApp.clientId: {NO_TEXT}"),
        (app(installationId=PLANTED), f"{GIT}.githubApp.installationId: {NO_INSTALLATION}"),
        (app(installationId=0), f"{GIT}.githubApp.installationId: {NO_INSTALLATION}"),
        (app(installationId="1" * 19), f"{GIT}.githubApp.installationId: {NO_INSTALLATION}"),
        (app(appId=1), f"{GIT}.githubApp.appId: unknown key; write one of: clientId, installationId, privateKey"),
        (app(privateKey=None), f"{KEY}: missing; add it"),
        (app(privateKey=f"-----BEGIN RSA PRIVATE KEY-----{PLANTED}"), f"{KEY}: {NO_MAPPING}"),
        (
            app(privateKey={**dict.fromkeys(STORED), "from": "idpbuilder"}),
            f"{KEY}.from: not an allowed value; write 'azureKeyVault' or 'stack'",
        ),
        (app(privateKey={"secretStore": None}), f"{KEY}.secretStore: missing; add it, or add workloadIdentity"),
        *[
            (merged(app(), at(f"gitOps.login.{key}", value)), f"{GIT}.{key}: excludes githubApp; remove one of them")
            for key, value in {"username": "robot", "password": STORED, "verify": False}.items()
        ],
        (merged(app(), at("gitOps.login.user", "robot")), f"{GIT}.user: unknown key; write one of: githubApp"),
        (at("gitOps.login", PLANTED), f"{GIT}: {NO_MAPPING}"),
        (at("gitOps.login", NULL), f"{GIT}: {EMPTY}"),
        (
            git_login(username=f"robot:{PLANTED}"),
            f"{GIT}.username: {COLON}",
        ),
        (
            git_login(username="{{ .password }}"),
            f"{GIT}.username: {EVALUATED}",
        ),
        (
            at("webhooks.username", "a:b"),
            f"webhooks.username: {COLON}",
        ),
    ],
)
def test_a_login_that_cannot_work_is_refused(changes, line):
    assert lines(changes) == [line]


def test_idpbuilders_login_is_not_for_ghcr():
    idpbuilders = password(**{"from": "idpbuilder"})
    assert lines(idpbuilders, "prod", {}) == [f"{PASSWORD}.from: {NOT_IDPBUILDERS}"]


def test_a_login_that_is_missing_has_one_line_whatever_follows_from_it():
    assert lines({"gitOps": OTHER_GITEA, **OPENS}) == [f"{GIT}: {OTHER_HOST}"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        identity(),
        identity(vaultUrl="https://Backstage-Dev.vault.azure.net/"),
        identity(vaultUrl="https://backstage-dev.vault.usgovcloudapi.net"),
        identity(vaultUrl="https://backstage-dev.vault.azure.cn/"),
        password(**STORED, property="gitea.admin-token_1", usernameProperty="gitea.user"),
        password(**{"from": "idpbuilder"}),
        {**password(property="token", **{"from": "idpbuilder"}), **OPENS},
        password(**{"from": "stack"}),
        vault(),
        vault(publicAccess=True),
        repository(OTHER_GITEA),
        repository(GITHUB),
        app(),
        app(installationId="12345678"),
        {**at("registry.login", None), **git_login()},
        {**at("registry.login", None), **repository(GITHUB), "webhooks": {"username": "robot"}},
        at("gitOps.repoURL", "https://GITEA.cnoe.localtest.me:8443/team/gitops"),
    ],
)
def test_a_login_that_works_is_accepted(changes):
    assert load(changes).stack.git_account


def test_azure_compares_names_of_vaults_and_resource_groups_without_case():
    vault = {"resourceGroup": "Backstage-Dev", "name": "backstage-DEV"}
    secrets = {"giteaPassword": PLANTED, "gitOpsPassword": PLANTED}
    assert load(git_login(password={"key": "b", "vault": vault}), secrets=secrets).stack.git_account
