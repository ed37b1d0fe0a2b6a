"""Stand-in for Entra: tokens for an application, in exchange for a ServiceAccount's token or for a client secret.

A federated credential accepts a token if the issuer, the subject and an audience are its own, and a key that the issuer
publishes verifies the signature. The order of the checks is Entra's.
"""

import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jwt

from sandbox.standins.azure.answer import Answer, Request
from sandbox.standins.azure.clouds import PUBLIC, Cloud
from sandbox.standins.azure.directory import Directory
from sandbox.standins.azure.errors import entra_error
from sandbox.standins.azure.signing import SigningKey

_GRANT = "client_credentials"
_SCOPE = "/.default"
_OF_USERS = ("openid", "offline_access", "profile")
_SECONDS = 3599
# Entra accepts clocks that differ by five minutes.
_LEEWAY = 300
_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9-]+(\.[a-z0-9-]+)+")

# Returns the keys that an issuer publishes; raises OSError if it does not answer with any.
PublishedKeys = Callable[[str], Mapping[str, Any]]


class Entra:
    """Entra of every cloud.

    Args:
        directory: tenants and applications.
        key: the key that signs the tokens.
        published_keys: returns the keys of an issuer.
    """

    def __init__(self, directory: Directory, key: SigningKey, published_keys: PublishedKeys) -> None:
        self._directory, self._key, self._published_keys = directory, key, published_keys

    def answer(self, cloud: Cloud, request: Request) -> Answer:
        """Answer a request to the host of Entra in `cloud`.

        Raises:
            RefusedError: if Entra refuses it.
        """
        match request.path:
            case ("common", "discovery", "instance"):
                return Answer(200, _instance(cloud))
            case (tenant, "v2.0", ".well-known", "openid-configuration"):
                self._tenant(cloud, tenant)
                return Answer(200, _configuration(cloud, tenant))
            case (_, "discovery", "v2.0", "keys"):
                return Answer(200, {"keys": [self._key.published]})
            case (tenant, "oauth2", "v2.0", "token") | (tenant, "oauth2", "token") if request.method == "POST":
                return self._token(cloud, tenant, request.body)
        return Answer(404, {})

    def _tenant(self, cloud: Cloud, tenant: str) -> dict[str, Any]:
        if not _TENANT.fullmatch(tenant.lower()):
            raise entra_error(900023, tenant=tenant)
        found: dict[str, Any] = self._directory.read()["tenants"].get(tenant.lower())
        if found is None or found.get("cloud", PUBLIC) != cloud.name:
            raise entra_error(90002, tenant=tenant)
        return found

    def _token(self, cloud: Cloud, tenant: str, form: Mapping[str, str]) -> Answer:
        known = self._tenant(cloud, tenant)
        if form.get("grant_type") != _GRANT:
            raise entra_error(70003, grant=form.get("grant_type", ""))
        client = form.get("client_id") or _missing("client_id")
        application = known.get("applications", {}).get(client.lower())
        if application is None:
            raise entra_error(700016, client=client, tenant=tenant)
        names = {"client": client, "name": application.get("name", client), "tenant": tenant}
        for refusing in (known, application):
            if "refuses" in refusing:
                raise entra_error(int(refusing["refuses"]), **names)
        if not application.get("enabled", True):
            raise entra_error(7000112, **names)
        if "client_assertion" in form:
            self._verify_assertion(application, form["client_assertion"], names)
        elif "client_secret" in form:
            _verify_secret(application, form["client_secret"], names)
        else:
            raise entra_error(7000216)
        audience = _audience(cloud, form, tenant)
        issued = int(time.time())
        claims = {
            "aud": audience,
            "iss": issuer(cloud, tenant),
            "iat": issued,
            "nbf": issued,
            "exp": issued + _SECONDS,
            "appid": client,
            "oid": str(uuid.uuid5(uuid.UUID(client), "principal")),
            "tid": tenant,
            "ver": "1.0",
        }
        granted = {"access_token": self._key.sign(claims), "token_type": "Bearer", "expires_in": _SECONDS}
        if "resource" in form:
            # The first version of the endpoint, with texts for numbers.
            times = {"expires_in": str(_SECONDS), "expires_on": str(claims["exp"]), "not_before": str(issued)}
            return Answer(200, {**granted, **times, "resource": audience})
        return Answer(200, {**granted, "ext_expires_in": _SECONDS})

    def _verify_assertion(self, application: Mapping[str, Any], assertion: str, names: Mapping[str, str]) -> None:
        trusted = application.get("federatedCredentials") or []
        if not trusted:
            raise entra_error(70025, **names)
        try:
            presented = jwt.decode(assertion, options={"verify_signature": False})
            key_id = jwt.get_unverified_header(assertion).get("kid", "")
        except jwt.InvalidTokenError:
            raise entra_error(50027) from None
        audiences = _list(presented.get("aud"))
        told = {
            "issuer": str(presented.get("iss")),
            "subject": str(presented.get("sub")),
            "audience": ", ".join(audiences),
        }
        issuers = [one for one in trusted if one["issuer"] == told["issuer"]]
        if not issuers:
            raise entra_error(700211, **told)
        subjects = [one for one in issuers if one["subject"] == told["subject"]]
        if not subjects:
            similar = told["subject"].lower() in [one["subject"].lower() for one in issuers]
            raise entra_error(7002138 if similar else 700213, **told)
        accepted = {audience for one in subjects for audience in one["audiences"]}
        if accepted.isdisjoint(audiences):
            raise entra_error(700212, **told)
        try:
            keys = jwt.PyJWKSet.from_dict(dict(self._published_keys(told["issuer"])))
        except (OSError, jwt.PyJWKSetError):
            raise entra_error(501661) from None
        try:
            jwt.decode(
                assertion, keys[key_id], algorithms=["RS256"], issuer=told["issuer"], audience=accepted, leeway=_LEEWAY
            )
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
            raise entra_error(700024) from None
        except (KeyError, jwt.InvalidTokenError):
            raise entra_error(50013, detail=f"Thumbprint of key used by client: '{key_id}'") from None


def issuer(cloud: Cloud, tenant: str) -> str:
    """Return the `iss` of a tenant's tokens for Key Vault."""
    return f"https://{cloud.issuer}/{tenant}/"


def _verify_secret(application: Mapping[str, Any], presented: str, names: Mapping[str, str]) -> None:
    matching = [one for one in application.get("secrets") or [] if one["value"] == presented]
    if not matching:
        raise entra_error(7000215, **names)
    if all(one.get("expires", time.time() + 1) < time.time() for one in matching):
        raise entra_error(7000222, **names)


def _audience(cloud: Cloud, form: Mapping[str, str], tenant: str) -> str:
    """Return the audience of the token: the resource that the request names, if the tenant knows it."""
    asked = form.get("resource") or form.get("scope") or _missing("scope")
    # Microsoft's libraries add scopes that mean nothing without a user.
    scopes = [scope for scope in asked.split() if scope not in _OF_USERS]
    if "resource" not in form and not (len(scopes) == 1 and scopes[0].endswith(_SCOPE)):
        raise entra_error(1002012, scope=asked)
    resource = scopes[0].removesuffix(_SCOPE).rstrip("/")
    if resource != cloud.resource:
        raise entra_error(500011, resource=resource, tenant=tenant)
    return resource


def _missing(name: str) -> str:
    raise entra_error(900144, name=name)


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value] if isinstance(value, Iterable) else []


def _configuration(cloud: Cloud, tenant: str) -> dict[str, Any]:
    base = f"https://{cloud.login}/{tenant}"
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "response_types_supported": ["code"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["pairwise"],
    }


def _instance(cloud: Cloud) -> dict[str, Any]:
    names = {"preferred_network": cloud.login, "preferred_cache": cloud.login, "aliases": [cloud.login]}
    endpoint = f"https://{cloud.login}/common/v2.0/.well-known/openid-configuration"
    return {"tenant_discovery_endpoint": endpoint, "api-version": "1.1", "metadata": [names]}
