"""Names in Azure, by Azure's own rules."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.texts.plain import matching

# Azure takes letters of every script in a resource group's name.
_RESOURCE_GROUP = re.compile(r"[-\w.()]{0,89}[-\w()]")
_VAULT = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])+")
_VAULT_LENGTHS = range(3, 25)
_SECRET = re.compile(r"[A-Za-z0-9-]{1,127}")


def _vault_name(value: str) -> str:
    if len(value) not in _VAULT_LENGTHS or not _VAULT.fullmatch(value):
        raise refusal(
            "not a Key Vault; write its name alone, 3 to 24 letters, digits and single '-', starting with a letter"
        )
    return value


ResourceGroup = Annotated[
    str,
    matching(
        _RESOURCE_GROUP, "not a resource group; write at most 90 letters, digits and - _ . ( ), not ending with a dot"
    ),
    WithJsonSchema({"type": "string", "maxLength": 90, "pattern": r"^[^\s/\\]*[^\s/\\.]$"}),
]
VaultName = Annotated[
    str,
    AfterValidator(_vault_name),
    WithJsonSchema({"type": "string", "minLength": 3, "maxLength": 24, "pattern": f"^{_VAULT.pattern}$"}),
]
VaultSecretName = Annotated[
    str,
    matching(_SECRET, "not the name of a secret in Key Vault; write at most 127 letters, digits and '-'"),
    WithJsonSchema({"type": "string", "pattern": f"^{_SECRET.pattern}$"}),
]
