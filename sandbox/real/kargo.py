"""Kargo's control plane: its admission, its controllers, and its external webhooks server.

Kargo is not a Go module that the sandbox could build. The control plane runs if `kargo-controlplane` is on PATH: the
program of Kargo's image under another name, since `kargo` is the name of the CLI.
"""

import base64
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox import processes
from sandbox.layout import Layout, which, write_private
from sandbox.names import KARGO
from sandbox.progress import console
from sandbox.real import certificates
from sandbox.real.kubernetes_api import CONTROL_PLANE, answers, apply, client, control_plane
from sandbox.real.objects import Objects

PROGRAM = "kargo-controlplane"
# Kargo's Git client calls this path for the password (pkg/controller/git, 1.11).
_HELPER = Path("/usr/local/bin/credential-helper")
_NAMESPACE = "kargo"
_NAMESPACES = {
    "KARGO_NAMESPACE": _NAMESPACE,
    "SYSTEM_RESOURCES_NAMESPACE": "kargo-system-resources",
    "SHARED_RESOURCES_NAMESPACE": "kargo-shared-resources",
    "CLUSTER_SECRETS_NAMESPACE": "kargo-cluster-secrets",
}
_PLURALS = {
    "Freight": "freights",
    "Promotion": "promotions",
    "Stage": "stages",
    "Warehouse": "warehouses",
    "Project": "projects",
    "ProjectConfig": "projectconfigs",
    "PromotionTask": "promotiontasks",
    "ClusterConfig": "clusterconfigs",
    "ClusterPromotionTask": "clusterpromotiontasks",
}
_MUTATED = ("Freight", "Promotion", "Stage", "Warehouse")
_ASKED_TO_DELETE = ("Freight", "Promotion")
_CONFIGURATIONS = {
    "MutatingWebhookConfiguration": ("mutate", _MUTATED),
    "ValidatingWebhookConfiguration": ("validate", tuple(_PLURALS)),
}
_COMMANDS = ("kubernetes-webhooks-server", "management-controller", "controller", "external-webhooks-server")
_SERVERS = {command: f"kargo-{command}" for command in _COMMANDS}
# The controllers' own words (apimachinery). A log in JSON escapes the quotation marks.
_NO_KIND = re.compile(rf'no matches for kind \\?"(\w+)\\?" in version \\?"{re.escape(KARGO)}')
_REGISTRATION = "admissionregistration.k8s.io/v1"


def found(layout: Layout) -> Path | None:
    """Return the program; None if it is not on PATH, or if its helper is missing, which prints a message."""
    program = which(PROGRAM, layout)
    if program and not os.access(_HELPER, os.X_OK):
        console.print(f"      {PROGRAM} is on PATH but not used: {_HELPER} is missing", markup=False)
        return None
    return program


def runs(layout: Layout) -> bool:
    """Return whether this sandbox has started it."""
    return processes.running(layout, _SERVERS["controller"]) is not None


def missing_kinds(layout: Layout) -> list[str]:
    """Return the kinds that its controllers have asked for, and that the API server does not have."""
    logs = (processes.log_of(layout, server) for server in _SERVERS.values())
    return sorted({kind for log in logs for kind in _NO_KIND.findall(log)})


def start(layout: Layout, program: Path) -> None:
    """Start the control plane, and register its admission with the API server."""
    api = client(layout.kubeconfig)
    for namespace in _NAMESPACES.values():
        apply(api, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    work, tls = layout.folder("kargo"), certificates.provide(layout)
    serving = layout.folder("kargo/k8s-webhook-server/serving-certs")
    for source, name in (("server.crt", "tls.crt"), ("server.key", "tls.key")):
        write_private(serving / name, (tls / source).read_text())
    ports, variables = layout.ports, _variables(layout, work)

    def run(command: str, ready: Callable[[], bool] = lambda: True, **more: str) -> None:
        environment = {**variables, **more}
        processes.start(layout, _SERVERS[command], [program, command], environment=environment, ready=ready)

    run("kubernetes-webhooks-server", lambda: _admits(layout), WEBHOOK_SERVER_PORT=str(ports["admission"]))
    _register(layout, api)
    run("management-controller")
    run("controller")
    run(
        "external-webhooks-server",
        lambda: answers(f"{layout.webhooks_url}/healthz"),
        BIND_ADDRESS="127.0.0.1",
        PORT=str(ports["webhooks"]),
    )


def stop(layout: Layout) -> None:
    """Stop the control plane, and unregister its admission: otherwise the API server would refuse Kargo's objects."""
    processes.stop(layout, *_SERVERS.values())
    objects = Objects(client(layout.kubeconfig))
    for configuration in _CONFIGURATIONS:
        objects.delete(_REGISTRATION, configuration, None, _NAMESPACE)


def _variables(layout: Layout, work: Path) -> dict[str, str]:
    return {
        **_NAMESPACES,
        "KUBECONFIG": str(control_plane(layout)),
        "TMPDIR": str(work),
        "SSL_CERT_FILE": str(layout.ca),
        "EXTERNAL_WEBHOOK_SERVER_BASE_URL": layout.webhooks_url,
        "CONTROLPLANE_USER_REGEX": f"^{CONTROL_PLANE}$",
        "MANAGEMENT_CONTROLLER_USERNAME": CONTROL_PLANE,
        "EXTERNAL_WEBHOOKS_SERVER_USERNAME": CONTROL_PLANE,
        "MANAGE_CONTROLLER_ROLE_BINDINGS": "false",
        "IS_DEFAULT_CONTROLLER": "true",
        "ARGOCD_INTEGRATION_ENABLED": "false",
        "ROLLOUTS_INTEGRATION_ENABLED": "false",
        "GIT_PUSH_INTEGRATION_POLICY": "RebaseOrMerge",
        # The controller ends at once without it (1.12); Kargo's chart sets it.
        "CREDENTIAL_PROVIDERS_ENABLED": "true",
        "GITCLIENT_NAME": "Kargo",
        "GITCLIENT_EMAIL": "no-reply@kargo.io",
        "METRICS_BIND_ADDRESS": "0",
        "LOG_LEVEL": "INFO",
    }


def _admits(layout: Layout) -> bool:
    try:
        socket.create_connection(("127.0.0.1", layout.ports["admission"]), 1).close()
    except OSError:
        return False
    return True


def _register(layout: Layout, api: Any) -> None:
    """Register admission as Kargo's chart does, by address instead of by Service."""
    ca = base64.b64encode(layout.ca.read_bytes()).decode()
    changes = ["CREATE", "UPDATE"]

    def webhook(verb: str, kind: str) -> dict[str, Any]:
        path = f"{verb}-{KARGO.replace('.', '-').replace('/', '-')}-{kind.lower()}"
        deletes = ["DELETE"] if verb == "validate" and kind in _ASKED_TO_DELETE else []
        group, version = KARGO.split("/")
        rule = {"apiGroups": [group], "apiVersions": [version], "resources": [_PLURALS[kind]], "scope": "*"}
        return {
            "name": f"{kind.lower()}.kargo.akuity.io",
            "admissionReviewVersions": ["v1"],
            "sideEffects": "NoneOnDryRun" if verb == "validate" else "None",
            "failurePolicy": "Fail",
            "clientConfig": {"url": f"https://127.0.0.1:{layout.ports['admission']}/{path}", "caBundle": ca},
            "rules": [{**rule, "operations": [*changes, *deletes]}],
        }

    for configuration, (verb, kinds) in _CONFIGURATIONS.items():
        webhooks = [webhook(verb, kind) for kind in kinds]
        known = {"apiVersion": _REGISTRATION, "kind": configuration, "metadata": {"name": _NAMESPACE}}
        apply(api, {**known, "webhooks": webhooks})
