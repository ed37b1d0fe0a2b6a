"""What the charts of Kargo and Gitea must be told where a certificate is not publicly trusted.

Neither a Warehouse nor a credential has a field for a CA (Kargo 1.11), and a hook in Gitea has none either (1.26): each
trusts what its own pods do.
"""

from typing import Any
from urllib.parse import urlsplit

from model.registry import GiteaRegistry
from model.stack import Stack

# One key per certificate, each ending with `.crt`: what Kargo's chart takes, and what Go reads in a folder of roots.
CONFIG_MAP = "backstage-ca"
_ROOTS = "/etc/ssl/certs"


def chart_values(stack: Stack) -> dict[str, Any]:
    """Return the values by chart, `kargo` and `gitea`; without `caBundle` there are none.

    Each supposes a ConfigMap `backstage-ca` in its chart's own namespace.
    """
    if stack.ca_bundle is None:
        return {}
    values: dict[str, Any] = {}
    if isinstance(stack.registry, GiteaRegistry) or stack.git_ops.provider == "gitea":
        values["kargo"] = {"controller": {"cabundle": {"configMapName": CONFIG_MAP}}}
    if stack.hook_accounts:
        volume = {"name": CONFIG_MAP, "configMap": {"name": CONFIG_MAP}}
        # A folder below the roots would not be read, and mounting over them would hide them.
        mount = {"name": CONFIG_MAP, "mountPath": f"{_ROOTS}/{CONFIG_MAP}.crt", "subPath": "ca.crt", "readOnly": True}
        host = urlsplit(stack.kargo.webhooks_base_url).hostname
        values["gitea"] = {
            "gitea": {"config": {"webhook": {"ALLOWED_HOST_LIST": f"external,{host}"}}},
            "extraVolumes": [volume],
            "extraContainerVolumeMounts": [mount],
        }
    return values
