"""`make status`: the servers, their addresses and logins, the stand-ins, and the time limit."""

import os

from sandbox import azure, lifetime, plugins, processes
from sandbox.layout import CONTEXT, PROJECT, Layout
from sandbox.progress import console
from sandbox.real import gitea


def status(layout: Layout) -> bool:
    """Print the status; return whether no server has ended unexpectedly."""
    servers = {name: processes.running(layout, name) for name in processes.recorded(layout) if name != lifetime.NAME}
    folder = _shown(layout, ".")
    if not any(servers.values()):
        console.print(f"nothing is running in {folder}; run: make up", markup=False)
        return True
    for name, process in servers.items():
        what = "stand-in" if name.endswith("-standin") else "real"
        state = f"process {process.pid}" if process else f"ended unexpectedly; see {_shown(layout, f'logs/{name}.log')}"
        console.print(f"{name:<34} {what:<10} {state}", markup=False)
    console.print(f"{'pulumi':<34} real", markup=False)
    for plugin in plugins.standins(layout):
        console.print(f"{plugin:<34} stand-in", markup=False)
    password, api = _shown(layout, "secrets/gitea-password"), f"https://127.0.0.1:{layout.ports['apiServer']}"
    end = lifetime.end(layout)
    console.print(
        f"""
Gitea        https://{layout.gitea_host}   user {gitea.OWNER}, password: cat {password}
             GitOps repository https://{layout.gitea_host}/{gitea.OWNER}/{gitea.REPOSITORY}
Kubernetes   {api}   KUBECONFIG={_shown(layout, "kubeconfig")}, context {CONTEXT}
Webhooks     {layout.webhooks_url}   paths: pulumi stack output webhookUrls --show-secrets
Certificates signed by {_shown(layout, "tls/ca.crt")}{_azure(layout)}
Pulumi       . {_shown(layout, "env")} && pulumi stack
Logs         {_shown(layout, "logs")}
Ends         {f"automatically at {end:%H:%M on %d %B}, or with" if end else "with"}: make down""",
        markup=False,
    )
    ended = processes.ended(layout)
    for text in ended.values():
        console.print(f"\nerror: {text}", markup=False, style="red")
    return not ended


def _azure(layout: Layout) -> str:
    if not azure.chosen(layout):
        return ""
    variables = azure.client_environment(layout)
    ca = _shown(layout, "azure/ca.crt")
    return (
        f"\nAzure        HTTPS_PROXY={variables['HTTPS_PROXY']} SSL_CERT_FILE={ca}, directory {_shown(layout, 'azure')}"
    )


def _shown(layout: Layout, name: str) -> str:
    path = (layout.root / name).resolve()
    return os.path.relpath(path, PROJECT) if path.is_relative_to(PROJECT) else str(path)
