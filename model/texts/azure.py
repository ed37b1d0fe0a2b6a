"""Names in Azure, by Azure's own rules."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal

# Azure takes letters of every script in a resource group's name.
_RESOURCE_GROUP = re.compile(r"[-\w.()]{0,89}[-\w()]")
_VAULT = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])+")
_VAULT_LENGTHS = range(3, 25)
_SECRET = re.compile(r"[A-Za-z0-9-]{1,127}")


def _resource_group(value: str) -> str:
    if not _RESOURCE_GROUP.fullmatch(value):
        raise refusal("not a resource group; write at most 90 letters, digits and - _ . ( ), not ending with a dot")
    return value


def _vault_name(value: str) -> str:
    if len(value) not in _VAULT_LENGTHS or not _VAULT.fullmatch(value):
        raise refusal(
            "not a Key Vault; write its name alone, 3 to 24 letters, digits and single '-', starting with a letter"
        )
    return value


def _vault_secret_name(value: str) -> str:
    if not _SECRET.fullmatch(value):
        raise refusal("not the name of a secret in Key Vault; write at most 127 letters, digits and '-'")
    return value


ResourceGroup = Annotated[
    str,
    AfterValidator(_resource_group),
    WithJsonSchema({"type": "string", "maxLength": 90, "pattern": r"^[^\s/\\]*[^\s/\\.]$"}),
]
VaultName = Annotated[
    str,
    AfterValidator(_vault_name),
    WithJsonSchema({"type": "string", "minLength": 3, "maxLength": 24, "pattern": f"^{_VAULT.pattern}$"}),
]
VaultSecretName = Annotated[
    str, AfterValidator(_vault_secret_name), WithJsonSchema({"type": "string", "pattern": f"^{_SECRET.pattern}$"})
]
