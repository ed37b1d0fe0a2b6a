"""Stand-in for External Secrets' provider of Azure Key Vault: workload identity and service principal.

It sends the requests of the provider's two SDKs (External Secrets 2.9: azidentity 1.13 and azsecrets 1.4 with
`useAzureSDK`, else go-autorest 0.11), and fails with their messages. Unlike them, it does not repeat a request.
"""

import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from kubernetes.client.exceptions import ApiException

from sandbox import azure, processes
from sandbox.layout import Layout
from sandbox.real.objects import Objects
from sandbox.standins.azure.clouds import CLOUDS, PUBLIC
from sandbox.standins.controllers.not_synced import NotSyncedError

_CLIENT_ID, _TENANT_ID = "azure.workload.identity/client-id", "azure.workload.identity/tenant-id"
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_RULER = "-" * 80
_OTHER_TENANT = (
    "{} isn't configured to acquire tokens for tenant {}. To enable acquiring tokens for this tenant add it to the "
    'AdditionallyAllowedTenants on the credential options, or add "*" to allow acquiring tokens for any tenant'
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class _Credential:
    """The identity of a store.

    Args:
        kind: name in azidentity.
        tenant: ID of its tenant.
        client: its client ID.
        form: returns the fields of a token request that contain its secret or assertion.
        troubleshoot: anchor of the page that azidentity links.
    """

    kind: str
    tenant: str
    client: str
    form: Callable[[], dict[str, str]]
    troubleshoot: str = ""


def key_vault(
    objects: Objects, layout: Layout, store: Mapping[str, Any], namespace: str
) -> Callable[[Mapping[str, str]], str]:
    """Return a function that reads a `remoteRef` with a store of the provider `azurekv`.

    Args:
        objects: the cluster.
        layout: the sandbox, with the stand-in for Azure.
        store: the store.
        namespace: namespace of the ExternalSecret.

    Raises:
        NotSyncedError: if the store is not valid. The function raises it if it cannot read the value.
    """
    if processes.running(layout, azure.SERVER) is None:
        raise NotSyncedError("the stand-in for Azure does not run; run: make up VAULT=azure")
    provider = store["spec"]["provider"]["azurekv"]
    credential = _credential(objects, provider, store["metadata"].get("namespace") or namespace)
    variables = azure.client_environment(layout)
    http = _client(variables["HTTPS_PROXY"], variables["SSL_CERT_FILE"])
    if provider.get("useAzureSDK"):
        return _NewSdk(http, provider, credential).read
    return _LegacySdk(http, provider, credential).read


@cache
def _client(proxy: str, ca: str) -> httpx.Client:
    verify = ssl.create_default_context(cafile=ca)
    return httpx.Client(proxy=proxy, verify=verify, trust_env=False, timeout=10)


def _credential(objects: Objects, provider: Mapping[str, Any], namespace: str) -> _Credential:
    kind = provider.get("authType", "ServicePrincipal")
    if kind == "WorkloadIdentity" and "serviceAccountRef" in provider:
        return _workload_identity(objects, provider, namespace)
    if kind == "ServicePrincipal":
        return _service_principal(objects, provider, namespace)
    raise NotSyncedError(f"the stand-in does not imitate authType {kind}, or one without a serviceAccountRef")


def _workload_identity(objects: Objects, provider: Mapping[str, Any], namespace: str) -> _Credential:
    reference = provider["serviceAccountRef"]
    name, namespace = reference["name"], reference.get("namespace") or namespace
    account = objects.get("v1", "ServiceAccount", namespace, name)
    if account is None:
        missing = f'ServiceAccount "{name}" not found'
        raise NotSyncedError(f"failed to get service account: {missing}" if provider.get("useAzureSDK") else missing)
    annotations = account["metadata"].get("annotations") or {}
    if _CLIENT_ID not in annotations:
        raise NotSyncedError(
            f"missing clientID: either serviceAccountRef or service account annotation '{_CLIENT_ID}' is missing"
        )
    tenant = provider.get("tenantId") or annotations.get(_TENANT_ID)
    if not tenant:
        raise NotSyncedError("missing tenantID in store config")

    def form() -> dict[str, str]:
        audiences = [azure.AUDIENCE, *reference.get("audiences", [])]
        token = objects.service_account_token(namespace, name, audiences)
        return {"client_assertion_type": _ASSERTION_TYPE, "client_assertion": token}

    return _Credential("ClientAssertionCredential", tenant, annotations[_CLIENT_ID], form)


def _service_principal(objects: Objects, provider: Mapping[str, Any], namespace: str) -> _Credential:
    if "tenantId" not in provider:
        raise NotSyncedError("missing tenantID in store config")
    references = provider.get("authSecretRef")
    if references is None:
        raise NotSyncedError("missing secretRef in provider config")
    if not {"clientId", "clientSecret"} <= references.keys():
        raise NotSyncedError("missing accessKeyID/secretAccessKey in store config")

    def value(reference: Mapping[str, str]) -> str:
        name, place = reference["name"], reference.get("namespace") or namespace
        data = objects.secret(place, name)
        if data is None:
            raise NotSyncedError(
                f'cannot get Kubernetes secret "{name}" from namespace "{place}": Secret "{name}" not found'
            )
        if reference["key"] not in data:
            raise NotSyncedError(f'cannot find secret data for key: "{reference["key"]}"')
        return data[reference["key"]]

    client, secret = value(references["clientId"]), value(references["clientSecret"])
    return _Credential(
        "ClientSecretCredential", provider["tenantId"], client, lambda: {"client_secret": secret}, "client-secret"
    )


class _Sdk:
    """One of the SDKs.

    Args:
        http: HTTP client.
        provider: the store's settings.
        credential: the store's identity.
    """

    api_version = ""

    def __init__(self, http: httpx.Client, provider: Mapping[str, Any], credential: _Credential) -> None:
        self._http, self._vault, self._credential = http, provider["vaultUrl"].rstrip("/"), credential
        self._cloud = CLOUDS[provider.get("environmentType", PUBLIC)]
        custom = (provider.get("customCloudConfig") or {}).get("activeDirectoryEndpoint")
        self._login = f"{(custom or f'https://{self._cloud.login}').rstrip('/')}/{credential.tenant}"

    def read(self, remote: Mapping[str, str]) -> str:
        """Return the value of a `remoteRef`.

        Raises:
            NotSyncedError: if it cannot be read.
        """
        url = f"{self._vault}/secrets/{remote['key']}/{remote.get('version', '')}?api-version={self.api_version}"
        answer = self._get(url)
        if answer.status_code == 404:
            raise NotSyncedError("Secret does not exist")
        if not answer.is_success:
            raise NotSyncedError(self._refused(answer))
        return _property(answer.json()["value"], remote)

    def _get(self, url: str) -> httpx.Response:
        """Return Key Vault's answer to a signed-in request."""
        raise NotImplementedError

    def _refused(self, answer: httpx.Response) -> str:
        """Return the message for an answer of Key Vault without success."""
        raise NotImplementedError

    def _send(self, method: str, url: str, token: str = "", form: Mapping[str, str] | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            return self._http.request(method, url, headers=headers, data=form)
        except httpx.ProxyError as error:
            # Go reports the reason in the proxy's answer.
            _, _, reason = str(error).partition(" ")
            raise NotSyncedError(f'{method.capitalize()} "{url}": {reason}') from None
        except httpx.HTTPError as error:
            raise NotSyncedError(f'{method.capitalize()} "{url}": {error}') from None

    def _token(self, scope: str, failed: Callable[[httpx.Response], str]) -> str:
        """Return a token of Entra, as the libraries of Microsoft's identity platform request it."""
        configuration = self._send("GET", f"{self._login}/v2.0/.well-known/openid-configuration")
        if not configuration.is_success:
            raise NotSyncedError(failed(configuration))
        form = {"grant_type": "client_credentials", "client_id": self._credential.client}
        form["scope"] = f"{scope} openid offline_access profile"
        try:
            secret = self._credential.form()
        except ApiException as error:
            raise NotSyncedError(json.loads(error.body or "{}").get("message", "")) from None
        answer = self._send("POST", configuration.json()["token_endpoint"], form={**form, **secret})
        if not answer.is_success:
            raise NotSyncedError(failed(answer))
        return str(answer.json()["access_token"])


class _NewSdk(_Sdk):
    """azidentity and azsecrets: a first request without a token makes the vault name the resource of the token."""

    api_version = "7.6"

    def _get(self, url: str) -> httpx.Response:
        answer = self._send("GET", url)
        if answer.status_code != 401:
            return answer
        challenge = dict(_CHALLENGE.findall(answer.headers["WWW-Authenticate"]))
        tenant, kind = challenge["authorization"].rpartition("/")[2], self._credential.kind
        if tenant != self._credential.tenant:
            raise NotSyncedError(_OTHER_TENANT.format(kind, json.dumps(tenant)))
        return self._send("GET", url, self._token(f"{challenge['resource']}/.default", self._failed))

    def _failed(self, answer: httpx.Response) -> str:
        kind, anchor = self._credential.kind, self._credential.troubleshoot
        link = f"To troubleshoot, visit https://aka.ms/azsdk/go/identity/troubleshoot#{anchor}" if anchor else ""
        return f"{kind} authentication failed. \n{_dump(answer)}\n{_RULER}\n{link}"

    def _refused(self, answer: httpx.Response) -> str:
        code = f"ERROR CODE: {answer.json()['error']['code']}\n{_RULER}\n"
        head, _, body = _dump(answer).partition(f"{_RULER}\n{{")
        return f"{head}{code}{{{body}\n{_RULER}\n"


class _LegacySdk(_Sdk):
    """go-autorest: a workload identity signs in when the store is checked, a service principal for each request."""

    api_version = "7.0"

    def __init__(self, http: httpx.Client, provider: Mapping[str, Any], credential: _Credential) -> None:
        super().__init__(http, provider, credential)
        self._is_principal = credential.kind == "ClientSecretCredential"
        self._signed_in = "" if self._is_principal else self._token(f"{self._cloud.resource}/.default", self._failed)

    def _get(self, url: str) -> httpx.Response:
        return self._send("GET", url, self._principal(url) if self._is_principal else self._signed_in)

    def _principal(self, url: str) -> str:
        endpoint = f"{self._login}/oauth2/token?api-version=1.0"
        form = {"grant_type": "client_credentials", "client_id": self._credential.client, **self._credential.form()}
        answer = self._send("POST", endpoint, form={**form, "resource": self._cloud.resource})
        if answer.is_success:
            return str(answer.json()["access_token"])
        raise NotSyncedError(
            f"azure.BearerAuthorizer#WithAuthorization: Failed to refresh the Token for request to {url}: "
            f"StatusCode={answer.status_code} -- Original Error: adal: Refresh request failed. Status Code = "
            f"'{answer.status_code}'. Response body: {answer.text} Endpoint {endpoint}"
        )

    def _failed(self, answer: httpx.Response) -> str:
        method, url = answer.request.method, str(answer.request.url)
        told = f"({method}) error: reply status code was {answer.status_code}:\n{answer.text}"
        # A request for a document ends with an empty query.
        return (
            f"unable to resolve an endpoint: http call({url}?){told}" if method == "GET" else f"http call({url}){told}"
        )

    def _refused(self, answer: httpx.Response) -> str:
        status, error = answer.status_code, answer.json()["error"]
        inner = f" InnerError={json.dumps(error['innererror'], separators=(',', ':'))}" if "innererror" in error else ""
        return (
            f"keyvault.BaseClient#GetSecret: Failure responding to request: StatusCode={status} -- Original Error: "
            f"autorest/azure: Service returned an error. Status={status} Code={json.dumps(error['code'])} "
            f"Message={json.dumps(error['message'], ensure_ascii=False)}{inner}"
        )


def _dump(answer: httpx.Response) -> str:
    """Return an answer as both Go modules write it, up to the end of the body."""
    url, status = answer.request.url.copy_with(query=None), f"{answer.status_code} {answer.reason_phrase}"
    body = json.dumps(answer.json(), indent=2, ensure_ascii=False)
    return f"{answer.request.method} {url}\n{_RULER}\nRESPONSE {answer.status_code}: {status}\n{_RULER}\n{body}"


def _property(value: str, remote: Mapping[str, str]) -> str:
    """Return a property of a JSON object, or the whole value. A path has dots; a name with dots is found as well."""
    name = remote.get("property")
    if not name:
        return value
    try:
        document = json.loads(value)
    except ValueError:
        document = None
    for path in (name.split("."), [name]):
        found = document
        for part in path:
            found = found.get(part) if isinstance(found, dict) else None
        if found is not None:
            return found if isinstance(found, str) else json.dumps(found, separators=(",", ":"))
    raise NotSyncedError(f"property {name} does not exist in key {remote['key']}")
