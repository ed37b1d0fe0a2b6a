"""`make status`: what runs, where, how one signs in, what is real and what stands in, and how long it lives."""

import datetime
import os

from sandbox import processes
from sandbox.layout import CONTEXT, PROJECT, Layout
from sandbox.progress import console
from sandbox.real import gitea

_SERVERS = {
    "etcd": "real",
    "kube-apiserver": "real",
    "kube-controller-manager": "real",
    "gitea": "real",
    "controllers": "stand-in for Kargo and External Secrets",
}
_PLUGINS = "pulumi-*"


def status(layout: Layout) -> None:
    """Print it."""
    running = {name: processes.running(layout, name) for name in _SERVERS}
    folder = _shown(layout, ".")
    if not any(running.values()):
        console.print(f"nothing runs in {folder}; start it with: make up", markup=False)
        return
    for name, what in _SERVERS.items():
        process = running[name]
        state = f"process {process.pid}" if process else "does not run; make up starts it"
        console.print(f"{name:<24} {what:<40} {state}", markup=False)
    standins = sorted(path.name for path in layout.folder("bin").glob(_PLUGINS))
    console.print(f"{'pulumi':<24} real", markup=False)
    for plugin in standins:
        console.print(f"{plugin:<24} stand-in", markup=False)
    password, api = _shown(layout, "secrets/gitea-password"), f"https://127.0.0.1:{layout.ports['apiServer']}"
    console.print(
        f"""
Gitea        https://{layout.gitea_host}   user {gitea.OWNER}, password: cat {password}
             GitOps repository https://{layout.gitea_host}/{gitea.OWNER}/{gitea.REPOSITORY}
Kubernetes   {api}   KUBECONFIG={_shown(layout, "kubeconfig")}, context {CONTEXT}
Webhooks     {layout.webhooks_url}   paths: pulumi stack output webhookUrls --show-secrets
Certificates signed by {_shown(layout, "tls/ca.crt")}
Pulumi       . {_shown(layout, "env")} && pulumi stack
Logs         {_shown(layout, "logs")}
{_end(layout)}""",
        markup=False,
    )


def _end(layout: Layout) -> str:
    controllers = processes.running(layout, "controllers")
    if not controllers:
        return "Nothing ends it by itself: make down stops it"
    hours = float(controllers.environ().get("SANDBOX_HOURS", "12"))
    end = datetime.datetime.fromtimestamp(controllers.create_time()) + datetime.timedelta(hours=hours)
    return f"Ends by itself at {end:%H:%M on %d %B}, or with: make down"


def _shown(layout: Layout, name: str) -> str:
    path = (layout.root / name).resolve()
    return os.path.relpath(path, PROJECT) if path.is_relative_to(PROJECT) else str(path)
