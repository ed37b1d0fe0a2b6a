"""The CRDs of Kargo and External Secrets in the sandbox's cluster."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sandbox import crds, processes
from sandbox.layout import Layout
from sandbox.real.kubernetes_api import answers, apply, client
from sandbox.real.objects import Objects

_API = "apiextensions.k8s.io/v1"


def install(layout: Layout) -> str:
    """Install the missing CRDs, and wait until the API serves their kinds; return a phrase with their source."""
    definitions, source = crds.read()
    add(layout, definitions)
    return source


def add(layout: Layout, definitions: Sequence[dict[str, Any]]) -> None:
    """Install the definitions that are missing, and wait until the API serves their kinds."""
    api = client(layout.kubeconfig)
    known = {live["metadata"]["name"] for live in Objects(api).all(_API, "CustomResourceDefinition")}
    missing = [definition for definition in definitions if definition["metadata"]["name"] not in known]
    for definition in missing:
        apply(api, definition)
    for definition in missing:
        what = f"the API of {definition['spec']['names']['kind']}"
        processes.eventually(partial(_served, layout, definition["spec"]), what)


def _served(layout: Layout, spec: dict[str, Any]) -> bool:
    version = next(version["name"] for version in spec["versions"] if version["served"])
    url = f"https://127.0.0.1:{layout.ports['apiServer']}/apis/{spec['group']}/{version}/{spec['names']['plural']}"
    return answers(url, layout.ca, layout.secret("api-token"))
