"""The options of the provider, from the program's provider resource or the environment."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from kubernetes.config import kube_config


class Options:
    """The provider's configuration. The environment contains the flags that are missing in it.

    Args:
        variables: configuration by name, such as `enableSecretMutable`.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        settings = json.loads(variables.get("kubeClientSettings") or "{}")
        self.timeout: float | None = settings.get("timeout")
        self.enable_patch_force = self._flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE")
        self.upsert_existing_objects = self._flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS")
        self.enable_secret_mutable = self._flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE")
        self.enable_config_map_mutable = self._flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE")

    @property
    def context(self) -> str | None:
        """The kubeconfig context; None for the current one."""
        return self._variables.get("context") or None

    @property
    def namespace(self) -> str:
        """The namespace of objects without one."""
        context = _entry(self.kubeconfig(), "contexts", self._context_name()).get("context") or {}
        return self._variables.get("namespace") or context.get("namespace") or "default"

    def kubeconfig(self) -> dict[str, Any]:
        """Return the kubeconfig: the configured one, or the files of KUBECONFIG, or ~/.kube/config; else empty."""
        given = self._variables.get("kubeconfig")
        if given and not Path(given).expanduser().is_file():
            # A value that is not the path of a file is the kubeconfig itself.
            content = yaml.safe_load(given)
            return content if isinstance(content, dict) else {}
        paths = given or os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
        merged: dict[str, Any] | None = kube_config.KubeConfigMerger(paths).config_merged
        return getattr(merged, "value", merged) or {}

    def active_cluster(self) -> dict[str, Any]:
        """Return the cluster of the kubeconfig's context; empty if the kubeconfig does not contain it."""
        context = _entry(self.kubeconfig(), "contexts", self._context_name()).get("context") or {}
        return _entry(self.kubeconfig(), "clusters", self._variables.get("cluster") or context.get("cluster"))

    def _context_name(self) -> str | None:
        return self.context or self.kubeconfig().get("current-context")

    def _flag(self, name: str, variable: str) -> bool:
        return self._variables.get(name, os.environ.get(variable)) == "true"


def _entry(kubeconfig: dict[str, Any], section: str, name: str | None) -> dict[str, Any]:
    entries = [getattr(entry, "value", entry) for entry in kubeconfig.get(section) or []]
    return next((entry for entry in entries if entry["name"] == name), {})
