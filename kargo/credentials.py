"""Credentials that Kargo finds in a project's namespace: what each matches, and the ExternalSecret that makes it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kargo.names import CRED_TYPE_LABEL
from model.git_ops import GitOps
from model.login import Login
from model.registry import Registry

CredType = Literal["image", "git"]


@dataclass(frozen=True)
class Credential:
    """Which repositories a login is for, in Kargo's words.

    Args:
        cred_type: Kargo's credential type.
        repo_url: the repository, or an expression that its address matches.
        is_regex: whether `repo_url` is an expression.
    """

    cred_type: CredType
    repo_url: str
    is_regex: bool = False

    def data(self) -> dict[str, str]:
        """Return the keys of the Secret by which Kargo 1.11 matches it; a host alone or a glob never matches."""
        return {"repoURL": self.repo_url, **({"repoURLIsRegex": "true"} if self.is_regex else {})}


def credentials(registry: Registry, git_ops: GitOps) -> tuple[Credential, ...]:
    """Return the credentials that cover every image of the registry's owner, and the GitOps repository.

    The expression is anchored and ends with the owner's slash: without either, the password would go to a host whose
    name merely begins alike.
    """
    return (
        Credential("image", f"^{re.escape(registry.prefix())}", is_regex=True),
        Credential("git", git_ops.repo_url),
    )


def external_secret_spec(credential: Credential, login: Login) -> dict[str, Any]:
    """Return the spec of an ExternalSecret whose Secret Kargo accepts as a credential; it lacks `target.name`.

    The label must stand in the target's template and only the keys that Kargo reads in its data (Kargo 1.11, External
    Secrets 2.9).

    Args:
        credential: which repositories it is for.
        login: the username, and where the password lies.
    """
    password = login.password
    return {
        "refreshInterval": password.refresh_interval,
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": password.secret_store},
        "target": {
            "creationPolicy": "Owner",
            "deletionPolicy": "Retain",
            "template": {
                "engineVersion": "v2",
                "metadata": {"labels": {CRED_TYPE_LABEL: credential.cred_type}},
                "data": {**credential.data(), "username": login.username, "password": "{{ .password }}"},
            },
        },
        "data": [{"secretKey": "password", "remoteRef": {"key": password.key}}],
    }


def secret_name(prefix: str, spec: Mapping[str, Any], version: str | None) -> str:
    """Return the name of an ExternalSecret's Secret, which says what it is made from.

    Another source, or another version in the vault, makes another Secret: only then does the ExternalSecret's status
    tell whether the new value has arrived. It may stay Ready while it cannot read what is new, and it keeps the old
    Secret until it has read it (External Secrets 2.9).

    Args:
        prefix: the beginning.
        spec: the ExternalSecret's spec, without the name.
        version: the version in the vault, where the stack writes it.
    """
    made_from = json.dumps([spec, version], sort_keys=True)
    return f"{prefix}-{hashlib.sha256(made_from.encode()).hexdigest()[:8]}"
