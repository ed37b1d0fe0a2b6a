"""The ExternalSecret that creates the Secret of a credential or token."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from kargo.manifest import Manifest, manifest
from kargo.names import EXTERNAL_SECRETS_API, SOURCE_ANNOTATION
from kargo.project_secret import ProjectSecret
from model.source import AzureKeyVaultSource, ReadSource, WorkloadIdentity, identity_of

_IDPBUILDER_KEY = "gitea-credential"


def external_secret_manifest(
    credential: ProjectSecret, source: ReadSource, stores: Mapping[WorkloadIdentity, str], project: str
) -> Manifest:
    """Return an ExternalSecret whose Secret Kargo accepts as a credential, without `target.name`.

    The template must contain the labels, and in its data only the keys that Kargo reads (Kargo 1.11, External Secrets
    2.9).

    Args:
        credential: the credential or token.
        source: source of its value.
        stores: names of the SecretStores that the stack creates.
        project: the Kargo project.
    """
    key = credential.secret_key
    remote = {key: _remote(source)}
    if isinstance(source, AzureKeyVaultSource) and source.username_property:
        remote["username"] = {"key": source.key, "property": source.username_property}
    spec = {
        **_refresh(source),
        "secretStoreRef": _store(source, stores),
        "target": {
            "creationPolicy": "Owner",
            "deletionPolicy": "Retain",
            "template": {
                "engineVersion": "v2",
                "metadata": {"labels": credential.labels},
                # A line break at the end would be part of the password.
                "data": {**credential.data(), **{read: f'{{{{ .{read} | trimAll "\\r\\n" }}}}' for read in remote}},
            },
        },
        "data": [{"secretKey": read, "remoteRef": where} for read, where in remote.items()],
    }
    return manifest(EXTERNAL_SECRETS_API, "ExternalSecret", credential.object_name, project, spec=spec)


def target(spec: Mapping[str, Any], credential: ProjectSecret, name: Any) -> dict[str, Any]:
    """Return `target` with the name of the Secret.

    A Secret with a fixed name has an annotation that changes with its source. So External Secrets reads the new source
    at once, and writes its value and the annotation together (2.9).

    Args:
        spec: the ExternalSecret's spec, without the name.
        credential: the credential or token.
        name: the name that depends on the source.
    """
    found = dict(spec["target"])
    if not credential.has_fixed_name:
        return {**found, "name": name}
    template, metadata = found["template"], found["template"]["metadata"]
    marked = {**template, "metadata": {**metadata, "annotations": {SOURCE_ANNOTATION: name}}}
    return {**found, "name": credential.object_name, "template": marked}


def secret_name(prefix: str, *source: Any) -> str:
    """Return the name of an ExternalSecret's Secret, which depends on the source.

    A new source, rotation or version in the vault creates a new Secret. Only then does the ExternalSecret's status show
    that the new value has arrived: it may stay Ready while it cannot read the new value, and keeps the old Secret until
    it has read it (External Secrets 2.9).

    Args:
        prefix: the beginning.
        source: the ExternalSecret's spec, without the name; the source's `rotation`; the version in the vault, if the
            stack writes it; the vault and identity of the store, if the stack creates it.
    """
    return f"{prefix}-{hashlib.sha256(json.dumps(source, sort_keys=True).encode()).hexdigest()[:8]}"


def _refresh(source: ReadSource) -> dict[str, str]:
    # With an interval of 0 alone, External Secrets 2.9 would never read again, even if the spec changes.
    once = {"refreshPolicy": "OnChange"} if source.refresh_interval == "0s" else {}
    return {"refreshInterval": source.refresh_interval, **once}


def _store(source: ReadSource, stores: Mapping[WorkloadIdentity, str]) -> dict[str, str | None]:
    if identity := identity_of(source):
        return {"kind": "SecretStore", "name": stores[identity]}
    return {"kind": "ClusterSecretStore", "name": source.secret_store}


def _remote(source: ReadSource) -> dict[str, str]:
    if isinstance(source, AzureKeyVaultSource):
        return {"key": source.key, **({"property": source.value_property} if source.value_property else {})}
    # Without a property, the password would be the whole JSON object.
    return {"key": _IDPBUILDER_KEY, "property": source.credential_property}
