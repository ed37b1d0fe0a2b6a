"""Names of Azure resources."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.types.plain import matching

# Azure allows letters of every script in the name of a resource group.
_RESOURCE_GROUP = re.compile(r"[-\w.()]{0,89}[-\w()]")
_VAULT = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])+")
_VAULT_LENGTHS = range(3, 25)
_SECRET = re.compile(r"[A-Za-z0-9-]{1,127}")
_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_REGION = re.compile(r"[a-z][a-z0-9]{2,}")
# The clouds of Azure, as External Secrets 2.9 names them, by the domain of their vaults.
_CLOUDS = {
    "vault.azure.net": "PublicCloud",
    "vault.usgovcloudapi.net": "USGovernmentCloud",
    "vault.azure.cn": "ChinaCloud",
}
_DOMAIN = "|".join(map(re.escape, _CLOUDS))
_VAULT_URL = re.compile(rf"https://({_VAULT.pattern})\.({_DOMAIN})/?")
_PROPERTY = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


def _vault_name(value: str) -> str:
    if len(value) not in _VAULT_LENGTHS or not _VAULT.fullmatch(value):
        raise refusal(
            "not a Key Vault; write its name only, 3 to 24 letters, digits and single '-', starting with a letter"
        )
    return value


def vault_of(url: str) -> tuple[str, str]:
    """Return name and cloud of the vault with a checked URL; the cloud is `environmentType` of External Secrets."""
    name, _, domain = url.removeprefix("https://").partition(".")
    return name, _CLOUDS[domain]


def _vault_url(value: str) -> str:
    parts = _VAULT_URL.fullmatch(value.lower())
    if not parts or len(parts[1]) not in _VAULT_LENGTHS:
        raise refusal(
            "not the URL of a Key Vault; write https://NAME.vault.azure.net, or NAME.vault.usgovcloudapi.net in Azure "
            "Government, or NAME.vault.azure.cn in Azure China"
        )
    return f"https://{parts[1]}.{parts[2]}"


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
    str, matching(_SECRET, "not a valid name of a Key Vault secret; write at most 127 letters, digits and '-'")
]
VaultUrl = Annotated[
    str, AfterValidator(_vault_url), WithJsonSchema({"type": "string", "pattern": f"^{_VAULT_URL.pattern}$"})
]
JsonProperty = Annotated[
    str,
    matching(_PROPERTY, "not a property of a JSON object; write letters, digits, '_' and '-', separated by dots", 253),
]
AzureId = Annotated[str, matching(_ID, "not an Azure ID; write an ID such as 00000000-0000-0000-0000-000000000000")]
Region = Annotated[str, matching(_REGION, "not an Azure region; write its name in one word, such as westeurope", 40)]
