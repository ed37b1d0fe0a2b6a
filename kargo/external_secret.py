"""The ExternalSecret that makes a credential's Secret."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from kargo.credentials import Credential
from kargo.manifest import Manifest, manifest
from kargo.names import EXTERNAL_SECRETS_API
from model.source import AzureKeyVaultSource, ReadSource, WorkloadIdentity

_IDPBUILDER_KEY = "gitea-credential"


def external_secret_manifest(
    credential: Credential, source: ReadSource, stores: Mapping[WorkloadIdentity, str], project: str
) -> Manifest:
    """Return the ExternalSecret of a credential; its spec lacks `target.name`."""
    spec = external_secret_spec(credential, source, stores)
    return manifest(EXTERNAL_SECRETS_API, "ExternalSecret", credential.object_name, project, spec=spec)


def external_secret_spec(
    credential: Credential, source: ReadSource, stores: Mapping[WorkloadIdentity, str]
) -> dict[str, Any]:
    """Return the spec of an ExternalSecret whose Secret Kargo accepts as a credential; it lacks `target.name`.

    The labels must stand in the target's template and only the keys that Kargo reads in its data (Kargo 1.11, External
    Secrets 2.9).

    Args:
        credential: who signs in, and for which repositories.
        source: where External Secrets reads the login's secret part.
        stores: names of the SecretStores that the stack makes.
    """
    key = credential.secret_key
    return {
        **_refresh(source),
        "secretStoreRef": _store(source, stores),
        "target": {
            "creationPolicy": "Owner",
            "deletionPolicy": "Retain",
            "template": {
                "engineVersion": "v2",
                "metadata": {"labels": credential.labels},
                "data": {**credential.data(), key: f"{{{{ .{key} }}}}"},
            },
        },
        "data": [{"secretKey": key, "remoteRef": _remote(source)}],
    }


def secret_name(prefix: str, *made_from: Any) -> str:
    """Return the name of an ExternalSecret's Secret, which says what it is made from.

    Another source, rotation, or version in the vault makes another Secret: only then does the ExternalSecret's status
    tell whether the new value has arrived. It may stay Ready while it cannot read what is new, and it keeps the old
    Secret until it has read it (External Secrets 2.9).

    Args:
        prefix: the beginning.
        made_from: the ExternalSecret's spec, without the name; the source's `rotation`; the version in the vault, where
            the stack writes it; the store's vault and identity, where the stack makes it.
    """
    return f"{prefix}-{hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:8]}"


def _refresh(source: ReadSource) -> dict[str, str]:
    # With an interval of 0 alone External Secrets 2.9 would never read again, whatever changes in the spec.
    once = {"refreshPolicy": "OnChange"} if source.refresh_interval == "0s" else {}
    return {"refreshInterval": source.refresh_interval, **once}


def _store(source: ReadSource, stores: Mapping[WorkloadIdentity, str]) -> dict[str, str | None]:
    if isinstance(source, AzureKeyVaultSource) and source.workload_identity:
        return {"kind": "SecretStore", "name": stores[source.workload_identity]}
    return {"kind": "ClusterSecretStore", "name": source.secret_store}


def _remote(source: ReadSource) -> dict[str, str]:
    if isinstance(source, AzureKeyVaultSource):
        return {"key": source.key}
    # Without a property, the whole JSON object would be the password.
    return {"key": _IDPBUILDER_KEY, "property": source.credential_property}
