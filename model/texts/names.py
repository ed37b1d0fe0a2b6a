"""Names of objects in Kubernetes and Azure, and of owners in registries."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from model.problem import refusal

_LABEL_PATTERN = r"^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$"
_DNS_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_RESERVED = ("kube-", "kargo")


def _dns_label(value: str) -> str:
    if not _DNS_LABEL.fullmatch(value):
        raise refusal(
            "not a Kubernetes name; write at most 63 lower-case letters, digits and '-', "
            "starting and ending with a letter or digit"
        )
    return value


def _project_name(value: str) -> str:
    _dns_label(value)
    if value == "default" or value.startswith(_RESERVED):
        raise refusal(
            "a namespace that Kubernetes or Kargo keeps for itself; write a name of your own, such as backstage"
        )
    return value


_LABEL_SCHEMA = WithJsonSchema({"type": "string", "pattern": _LABEL_PATTERN})

DnsLabel = Annotated[str, AfterValidator(_dns_label), _LABEL_SCHEMA]
ProjectName = Annotated[str, AfterValidator(_project_name), _LABEL_SCHEMA]
GiteaOwner = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
GitHubOwner = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]
VaultName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$")]
VaultSecretName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,127}$")]
