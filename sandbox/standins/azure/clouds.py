"""Azure's clouds by their `environmentType` in External Secrets (2.9), with the hosts of Entra and Key Vault."""

from dataclasses import dataclass

PUBLIC = "PublicCloud"


@dataclass(frozen=True)
class Cloud:
    """The hosts of one cloud.

    Args:
        name: value of `environmentType`.
        login: host of Entra.
        vaults: suffix of the vaults' hosts; with `https://` it is the resource of a token for Key Vault.
        issuer: host in the `iss` of Entra's tokens.
        also: another host of Entra.
    """

    name: str
    login: str
    vaults: str
    issuer: str = "sts.windows.net"
    also: str = ""

    @property
    def resource(self) -> str:
        """The audience of a token for Key Vault."""
        return f"https://{self.vaults}"

    def signs_in(self, host: str) -> bool:
        """Return whether a host is Entra's."""
        return host in (self.login, self.also)


CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud(PUBLIC, "login.microsoftonline.com", "vault.azure.net"),
        Cloud("USGovernmentCloud", "login.microsoftonline.us", "vault.usgovcloudapi.net"),
        Cloud(
            "ChinaCloud",
            "login.chinacloudapi.cn",
            "vault.azure.cn",
            "sts.chinacloudapi.cn",
            "login.partner.microsoftonline.cn",
        ),
    )
}


def cloud_of(host: str) -> Cloud | None:
    """Return the cloud of a host of Entra or of a vault; None for another host."""
    _, _, suffix = host.partition(".")
    return next((cloud for cloud in CLOUDS.values() if cloud.signs_in(host) or cloud.vaults == suffix), None)
