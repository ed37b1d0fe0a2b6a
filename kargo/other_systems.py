"""Settings that an administrator makes in other systems: Argo CD, and the charts of Kargo and Gitea."""

from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

from model.registry import GiteaRegistry
from model.stack import Stack

# Kargo's chart and Go's folder of CAs both accept a ConfigMap with one key, ending with `.crt`, for each certificate.
CONFIG_MAP = "backstage-ca"
_ROOTS = "/etc/ssl/certs"


def settings_for_other_systems(stack: Stack) -> dict[str, Any]:
    """Return the stack outputs with these settings; an output without settings is left out."""
    found = {"chartValues": chart_values(stack), "argoCDAuthorizedStages": authorized_stages(stack)}
    return {name: value for name, value in found.items() if value}


def authorized_stages(stack: Stack) -> dict[str, str]:
    """Return the annotation `kargo.akuity.io/authorized-stage` of each Argo CD Application, by `namespace/name`.

    Without the annotation Kargo may not sync the Application. It lists several Stages with commas (Kargo 1.11).
    """
    stages: dict[str, list[str]] = defaultdict(list)
    for pipeline in stack.pipelines:
        for stage in pipeline.stages:
            for app in stage.argo_cd.apps if stage.argo_cd else ():
                name = f"{stack.kargo.project}:{pipeline.stage_name(stage.name)}"
                stages[f"{app.namespace}/{app.name}"].append(name)
    return {app: ",".join(names) for app, names in stages.items()}


def chart_values(stack: Stack) -> dict[str, Any]:
    """Return the chart values, by chart, for a `caBundle`: `kargo` and `gitea` must trust its CAs.

    Neither a Warehouse nor a credential has a field for a CA (Kargo 1.11), and a webhook in Gitea has none (1.26). Both
    trust the CAs of their own pods. The values require a ConfigMap `backstage-ca` in the namespace of each chart.
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
