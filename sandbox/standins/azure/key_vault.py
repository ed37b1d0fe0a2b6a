"""Stand-in for Key Vault: the secrets of its vaults, for callers with a token of Entra and a role."""

import re
from collections.abc import Mapping
from typing import Any

import jwt

from sandbox.standins.azure import roles, secrets
from sandbox.standins.azure.answer import Answer, Request
from sandbox.standins.azure.clouds import Cloud
from sandbox.standins.azure.directory import Directory
from sandbox.standins.azure.entra import issuer
from sandbox.standins.azure.errors import vault_error
from sandbox.standins.azure.signing import SigningKey

_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")


class KeyVault:
    """The vaults of every cloud.

    Args:
        directory: vaults with their secrets and roles.
        key: the key that signs Entra's tokens.
    """

    def __init__(self, directory: Directory, key: SigningKey) -> None:
        self._directory, self._key = directory, key

    def exists(self, host: str) -> bool:
        """Return whether a vault has this host."""
        return host in self._directory.read()["vaults"]

    def answer(self, cloud: Cloud, request: Request) -> Answer:
        """Answer a request to a vault.

        Raises:
            RefusedError: if Key Vault refuses it.
        """
        vault = self._directory.read()["vaults"][request.host]
        client, names = self._authenticate(cloud, vault, request)

        def allow(action: str, secret: str) -> None:
            if not roles.allow(vault.get("roles", {}).get(client, []), action):
                raise vault_error("ForbiddenByRbac", {**names, "action": action, "secret": secret})

        match request.method, request.path:
            case "GET", ("secrets",):
                allow(roles.LIST, "")
                listed = {name: one for name, one in vault.get("secrets", {}).items() if not one.get("deleted")}
                return _page([_item(request.host, name, one["versions"][-1]) for name, one in sorted(listed.items())])
            case "GET", ("secrets", name, "versions"):
                allow(roles.LIST, name)
                # Without any version the list is empty, and the status is 200.
                found = _visible(vault, name) or {"versions": []}
                return _page([_item(request.host, name, one, versioned=True) for one in found["versions"]])
            case "GET", ("secrets", name, *rest):
                allow(roles.GET, name)
                return _get(request.host, vault, name, rest[0] if rest else "")
        with self._directory.change() as content:
            return _change(content["vaults"][request.host], request, allow)

    def _authenticate(self, cloud: Cloud, vault: Mapping[str, Any], request: Request) -> tuple[str, dict[str, str]]:
        """Return the caller's client ID, and the names in sentences about it."""
        login = f"https://{cloud.login}/{vault['tenant']}"
        challenge = {"WWW-Authenticate": f'Bearer authorization="{login}", resource="{cloud.resource}"'}

        def unauthorized(detail: str) -> Exception:
            return vault_error("Unauthorized", {"detail": detail}, challenge)

        if not request.token:
            raise unauthorized("AKV10000: Request is missing a Bearer or PoP token.")
        try:
            claims = self._key.verified(request.token)
        except jwt.InvalidTokenError as error:
            raise unauthorized(f"Error validating token: {error}.") from None
        if claims["aud"] != cloud.resource:
            raise unauthorized(f"AKV10022: Invalid audience. Expected {cloud.resource}, found: {claims['aud']}.")
        expected = issuer(cloud, vault["tenant"])
        if claims["iss"] != expected:
            raise unauthorized(f"AKV10032: Invalid issuer. Expected one of {expected}, found {claims['iss']}.")
        caller = f"appid={claims['appid']};oid={claims['oid']};iss={claims['iss']}"
        names = {"caller": caller, "vault": request.host.partition(".")[0]}
        if "refuses" in vault:
            raise vault_error(vault["refuses"], names)
        return claims["appid"], names


def _get(host: str, vault: Mapping[str, Any], name: str, version: str) -> Answer:
    found = _visible(vault, name)
    versions = [one for one in (found or {"versions": []})["versions"] if version in ("", one["id"])]
    if not versions:
        raise vault_error("SecretNotFound", {"secret": f"{name}/{version}" if version else name})
    if not versions[-1]["enabled"]:
        raise vault_error("SecretDisabled", {})
    return Answer(200, _bundle(host, name, versions[-1]))


def _change(vault: dict[str, Any], request: Request, allow: Any) -> Answer:
    match request.method, request.path:
        case "PUT", ("secrets", name):
            allow(roles.SET, name)
            if not _NAME.fullmatch(name) or not isinstance(request.body.get("value"), str):
                raise vault_error("BadParameter", {"detail": "The request has an invalid name or no value."})
            if vault.get("secrets", {}).get(name, {}).get("deleted"):
                raise vault_error("ObjectIsDeletedButRecoverable", {"secret": name})
            version = secrets.write(vault, name, request.body["value"])
            version["enabled"] = (request.body.get("attributes") or {}).get("enabled", True)
            return Answer(200, _bundle(request.host, name, version))
        case "PATCH", ("secrets", name, id_):
            allow(roles.SET, name)
            changed = next(
                (one for one in (_visible(vault, name) or {"versions": []})["versions"] if one["id"] == id_), None
            )
            if changed is None:
                raise vault_error("SecretNotFound", {"secret": f"{name}/{id_}"})
            changed["enabled"] = (request.body.get("attributes") or {}).get("enabled", changed["enabled"])
            return Answer(200, _item(request.host, name, changed, versioned=True))
        case "DELETE", ("secrets", name):
            allow(roles.DELETE, name)
            found = _visible(vault, name)
            if found is None:
                raise vault_error("SecretNotFound", {"secret": name})
            secrets.delete(vault, name)
            recovery = f"https://{request.host}/deletedsecrets/{name}"
            return Answer(
                200, {"recoveryId": recovery, **_item(request.host, name, found["versions"][-1], versioned=True)}
            )
        case "POST", ("deletedsecrets", name, "recover"):
            allow(roles.RECOVER, name)
            found = vault.get("secrets", {}).get(name, {})
            if not found.get("deleted"):
                raise vault_error("SecretNotFound", {"secret": name})
            secrets.recover(vault, name)
            return Answer(200, _item(request.host, name, found["versions"][-1], versioned=True))
    return Answer(404, {})


def _visible(vault: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """Return a secret that is not deleted. Names are not case-sensitive."""
    found = {one.lower(): secret for one, secret in vault.get("secrets", {}).items() if not secret.get("deleted")}
    return found.get(name.lower())


def _page(items: list[dict[str, Any]]) -> Answer:
    return Answer(200, {"value": items, "nextLink": None})


def _item(host: str, name: str, version: Mapping[str, Any], *, versioned: bool = False) -> dict[str, Any]:
    """Return a version without its value."""
    id_ = f"https://{host}/secrets/{name}" + (f"/{version['id']}" if versioned else "")
    times = {"created": version["created"], "updated": version["created"]}
    recovery = {"recoveryLevel": "Recoverable", "recoverableDays": 90}
    return {"id": id_, "attributes": {"enabled": version["enabled"], **times, **recovery}, "tags": {}}


def _bundle(host: str, name: str, version: Mapping[str, Any]) -> dict[str, Any]:
    return {"value": version["value"], **_item(host, name, version, versioned=True)}
