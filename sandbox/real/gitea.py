"""A real Gitea with the user and the GitOps repository of the dev stack."""

import base64
import os
import ssl
import subprocess

import httpx

from sandbox import processes
from sandbox.layout import PROJECT, Layout, write_private
from sandbox.progress import SandboxError
from sandbox.real import certificates
from sandbox.real.kubernetes_api import answers
from sandbox.real.programs import Programs

OWNER = "giteaadmin"
REPOSITORY = "backstage-gitops"
_IMAGES = ".env-files/images.json"

_APP_INI = """
APP_NAME = kargo-backstage sandbox
RUN_USER = {user}
WORK_PATH = {work}
[server]
PROTOCOL = https
CERT_FILE = {tls}/server.crt
KEY_FILE = {tls}/server.key
HTTP_ADDR = {address}
HTTP_PORT = {port}
ROOT_URL = https://{host}/
STATIC_ROOT_PATH = {assets}
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = {work}/gitea.db
[security]
INSTALL_LOCK = true
SECRET_KEY = {secret_key}
; The default needs a tenth of a second for the password of each request. These passwords are random.
PASSWORD_HASH_ALGO = pbkdf2$1000$50
[indexer]
ISSUE_INDEXER_TYPE = db
[service]
DISABLE_REGISTRATION = true
[webhook]
ALLOWED_HOST_LIST = loopback
SKIP_TLS_VERIFY = false
[cron]
ENABLED = false
[log]
LEVEL = Warn
"""


def start(layout: Layout, programs: Programs) -> None:
    """Start Gitea with its administrator and the GitOps repository."""
    work = layout.folder("gitea")
    ini = layout.folder("gitea/conf") / "app.ini"
    tls = certificates.provide(layout)
    values = {
        "user": os.environ.get("USER") or subprocess.check_output(["id", "-un"], text=True).strip(),
        "work": work,
        "tls": tls,
        "host": layout.gitea_host,
        "address": layout.gitea_address,
        "port": layout.ports["gitea"],
        "assets": programs.gitea_assets or work,
        "secret_key": layout.secret("gitea-secret-key"),
    }
    wanted, template = _APP_INI.format(**values), ini.with_suffix(".template")
    if not template.exists() or template.read_text() != wanted:
        # Gitea adds its own keys to the file, so it is written again only if the template changes.
        write_private(ini, wanted)
        write_private(template, wanted)
    command = [str(part) for part in (programs["gitea"], "--work-path", work, "--config", ini)]
    environment = {"GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT": "true"}
    processes.start(
        layout,
        "gitea",
        [*command, "web"],
        environment=environment,
        ready=lambda: answers(f"https://{layout.gitea_host}/api/healthz", layout.ca),
        seconds=120,
    )
    _administrator(layout, command, {**os.environ, **environment})
    _gitops_repository(layout)


def api(layout: Layout) -> httpx.Client:
    """Return a client of Gitea's API, signed in as its administrator."""
    return httpx.Client(
        base_url=f"https://{layout.gitea_host}/api/v1",
        auth=(OWNER, layout.secret("gitea-password")),
        verify=ssl.create_default_context(cafile=str(layout.ca)),
        timeout=30,
    )


def _administrator(layout: Layout, command: list[str], environment: dict[str, str]) -> None:
    with api(layout) as gitea:
        if gitea.get("/user").is_success:
            return
    create = ["admin", "user", "create", "--admin", "--username", OWNER, "--email", "admin@localhost.localdomain"]
    # Gitea accepts a password only as an argument. The API replaces this random one at once.
    made = subprocess.run(
        [*command, *create, "--random-password", "--must-change-password=false"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode and "already exists" not in made.stderr + made.stdout:
        raise SandboxError(f"cannot create Gitea's administrator: {made.stderr[-500:]}")
    token_for = ["admin", "user", "generate-access-token", "--username", OWNER, "--scopes", "write:admin", "--raw"]
    token = subprocess.run(
        [*command, *token_for, "--token-name", f"sandbox-{os.urandom(8).hex()}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()[-1]  # after a warning, if Gitea runs as root
    with api(layout) as gitea:
        gitea.auth = httpx.BasicAuth(OWNER, token)
        body = {"login_name": OWNER, "source_id": 0, "password": layout.secret("gitea-password")}
        gitea.patch(f"/admin/users/{OWNER}", json={**body, "must_change_password": False}).raise_for_status()


def _gitops_repository(layout: Layout) -> None:
    with api(layout) as gitea:
        path = f"/repos/{OWNER}/{REPOSITORY}"
        if not gitea.get(path).is_success:
            body = {"name": REPOSITORY, "default_branch": "main", "auto_init": True}
            gitea.post("/user/repos", json=body).raise_for_status()
        file = f"{path}/contents/{_IMAGES}"
        if not gitea.get(file).is_success:
            content = base64.b64encode((PROJECT / _IMAGES).read_bytes()).decode()
            body = {"content": content, "message": "Images as the project ships them", "branch": "main"}
            gitea.post(file, json=body).raise_for_status()
