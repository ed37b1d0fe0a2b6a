"""A real Kubernetes API without nodes: etcd, kube-apiserver and three controllers."""

import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import yaml
from kubernetes import config, dynamic

from sandbox import processes
from sandbox.layout import CONTEXT, Layout, write_private
from sandbox.real import certificates
from sandbox.real.programs import Programs

CONTROL_PLANE = "kargo"


def start(layout: Layout, programs: Programs) -> None:
    """Start etcd and the API server; write the kubeconfig."""
    ports, tls, token = layout.ports, certificates.provide(layout), layout.secret("api-token")
    etcd = f"http://127.0.0.1:{ports['etcd']}"
    peer = f"http://127.0.0.1:{ports['etcdPeer']}"
    processes.start(
        layout,
        "etcd",
        [
            programs["etcd"],
            f"--data-dir={layout.folder('etcd')}",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--log-level=error",
            # The state does not have to survive a power failure.
            "--unsafe-no-fsync",
        ],
        ready=lambda: answers(f"{etcd}/health"),
    )
    tokens = layout.folder("secrets") / "tokens.csv"
    kargo = layout.secret("kargo-token")
    write_private(tokens, f"{token},sandbox,1,system:masters\n{kargo},{CONTROL_PLANE},2,system:masters\n")
    server = f"https://127.0.0.1:{ports['apiServer']}"
    processes.start(
        layout,
        "kube-apiserver",
        [
            programs["kube-apiserver"],
            f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={ports['apiServer']}",
            f"--tls-cert-file={tls / 'server.crt'}",
            f"--tls-private-key-file={tls / 'server.key'}",
            f"--service-account-key-file={tls / 'sa.key'}",
            f"--service-account-signing-key-file={tls / 'sa.key'}",
            f"--service-account-issuer={issuer(layout)}",
            f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
        ],
        ready=lambda: answers(f"{server}/readyz", layout.ca, token),
    )
    _write_kubeconfig(layout.kubeconfig, layout, token)
    _write_kubeconfig(control_plane(layout), layout, kargo)


def issuer(layout: Layout) -> str:
    """Return the issuer of the ServiceAccounts' tokens. Its address has the discovery document and the keys."""
    return f"https://127.0.0.1:{layout.ports['apiServer']}"


def control_plane(layout: Layout) -> Path:
    """Return the kubeconfig of Kargo's control plane. Its user name distinguishes it from a person."""
    return layout.folder("secrets") / "kargo-kubeconfig"


def _write_kubeconfig(path: Path, layout: Layout, token: str) -> None:
    cluster = {"server": f"https://127.0.0.1:{layout.ports['apiServer']}", "certificate-authority": str(layout.ca)}
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CONTEXT,
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": CONTEXT, "user": {"token": token}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
    }
    write_private(path, yaml.safe_dump(kubeconfig))


def start_controllers(layout: Layout, programs: Programs) -> None:
    """Start the controllers that deletions need. No nodes or pods exist."""
    processes.start(
        layout,
        "kubernetes-controllers",
        [programs["kubernetes-controllers"], f"--kubeconfig={layout.kubeconfig}"],
        ready=lambda: True,
    )


def client(kubeconfig: Path) -> dynamic.DynamicClient:
    """Return a client of the API in `kubeconfig`. It never reads the user's own kubeconfig."""
    return dynamic.DynamicClient(config.new_client_from_config(str(kubeconfig)))


def apply(api: dynamic.DynamicClient, manifest: dict[str, Any]) -> None:
    """Apply one object with server-side apply."""
    resource = api.resources.get(api_version=manifest["apiVersion"], kind=manifest["kind"])
    resource.server_side_apply(
        body=manifest, namespace=manifest["metadata"].get("namespace"), field_manager="sandbox", force_conflicts=True
    )


def answers(url: str, ca: Path | None = None, token: str | None = None) -> bool:
    """Return whether `url` answers with success."""
    context = ssl.create_default_context(cafile=str(ca)) if ca and ca.exists() else None
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, context=context, timeout=2) as response:
            return bool(response.status < 400)
    except (OSError, urllib.error.URLError):
        return False
