"""The CRDs of Kargo and External Secrets."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import yaml
from kubernetes.dynamic.exceptions import NotFoundError

from sandbox import processes
from sandbox.layout import PROJECT, Layout, cache
from sandbox.real.kubernetes_api import answers, apply, client

_API = "apiextensions.k8s.io/v1"
_KARGO, _EXTERNAL_SECRETS = "v1.11.2", "v2.9.0"
_RAW = "https://raw.githubusercontent.com"
_KARGO_CRDS = f"{_RAW}/akuity/kargo/{_KARGO}/charts/kargo/resources/crds/kargo.akuity.io_"
_KINDS = {
    "kargo.akuity.io/v1alpha1": {
        "Project": "Cluster",
        "ProjectConfig": "Namespaced",
        "Warehouse": "Namespaced",
        "Stage": "Namespaced",
        "Freight": "Namespaced",
        "Promotion": "Namespaced",
        "PromotionTask": "Namespaced",
        "ClusterPromotionTask": "Cluster",
        "ClusterConfig": "Cluster",
    },
    "external-secrets.io/v1": {
        "ExternalSecret": "Namespaced",
        "SecretStore": "Namespaced",
        "ClusterSecretStore": "Cluster",
    },
}


def install(layout: Layout) -> str:
    """Install the CRDs; return in a sentence where they come from.

    They are those of SANDBOX_CRDS (default: `shared/crds` beside the project), else the pinned releases, downloaded
    once, else open-schema stand-ins that accept anything.
    """
    manifests, source = _manifests()
    api = client(layout.kubeconfig)
    definitions = api.resources.get(api_version=_API, kind="CustomResourceDefinition")
    for manifest in manifests:
        try:
            definitions.get(name=manifest["metadata"]["name"])
        except NotFoundError:
            apply(api, manifest)
    for api_version, kinds in _KINDS.items():
        for kind in kinds:
            processes.eventually(partial(_served, layout, api_version, kind), f"the API of {kind}")
    return source


def _manifests() -> tuple[list[dict[str, Any]], str]:
    folder = Path(os.environ.get("SANDBOX_CRDS") or PROJECT.parent / "shared" / "crds")
    if files := sorted(folder.rglob("*.yaml")):
        return [crd for path in files for crd in _documents(path.read_text())], f"CRDs from {folder}"
    try:
        return _released(), f"CRDs of Kargo {_KARGO} and External Secrets {_EXTERNAL_SECRETS}"
    except httpx.HTTPError as error:
        return list(_open_schemas()), (
            f"CRDs: stand-ins with open schemas, so no field name is checked ({folder} is not there and the pinned "
            f"release cannot be downloaded: {type(error).__name__}); set SANDBOX_CRDS to a folder that has them"
        )


def _released() -> list[dict[str, Any]]:
    kinds = sum(map(len, _KINDS.values()))
    kept = cache() / f"crds-kargo-{_KARGO}-external-secrets-{_EXTERNAL_SECRETS}-{kinds}-kinds.yaml"
    if not kept.exists():
        urls = [f"{_KARGO_CRDS}{kind.lower()}s.yaml" for kind in _KINDS["kargo.akuity.io/v1alpha1"]]
        urls.append(f"{_RAW}/external-secrets/external-secrets/{_EXTERNAL_SECRETS}/deploy/crds/bundle.yaml")
        texts = [httpx.get(url, timeout=20).raise_for_status().text for url in urls]
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}.tmp")
        partial.write_text("\n---\n".join(texts))
        partial.replace(kept)
    return _documents(kept.read_text())


def _documents(text: str) -> list[dict[str, Any]]:
    # The C loader reads External Secrets' two megabytes in a tenth of the time.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [document for document in yaml.load_all(text, loader) if document]


def _open_schemas() -> Iterator[dict[str, Any]]:
    for api_version, kinds in _KINDS.items():
        group, version = api_version.split("/")
        for kind, scope in kinds.items():
            plural = f"{kind.lower()}s"
            yield {
                "apiVersion": _API,
                "kind": "CustomResourceDefinition",
                "metadata": {"name": f"{plural}.{group}"},
                "spec": {
                    "group": group,
                    "scope": scope,
                    "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
                    "versions": [
                        {
                            "name": version,
                            "served": True,
                            "storage": True,
                            "schema": {
                                "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                            },
                            "subresources": {"status": {}},
                        }
                    ],
                },
            }


def _served(layout: Layout, api_version: str, kind: str) -> bool:
    server = f"https://127.0.0.1:{layout.ports['apiServer']}"
    url = f"{server}/apis/{api_version}/{kind.lower()}s"
    return answers(url, layout.ca, layout.secret("api-token"))
