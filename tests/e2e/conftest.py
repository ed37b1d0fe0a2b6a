"""The platform of the end-to-end tests, named by environment variables; without them the tests are skipped."""

import base64
import json
import os
import secrets
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.layout import Layout
from sandbox.platform import Platform
from sandbox.progress import Steps
from sandbox.real.images import Registry
from sandbox.real.kubernetes_api import client
from sandbox.real.programs import TOOLS, provide
from sandbox.stack import Stack

_NEEDED = {
    "E2E_KUBECONFIG": "kubeconfig of a cluster with Kargo 1.9.3 or newer and External Secrets",
    "E2E_CONTEXT": "its context",
    "E2E_WEBHOOKS_URL": "base URL of Kargo's external webhooks server",
    "E2E_GITEA_HOST": "host:port of Gitea",
    "E2E_GITEA_USERNAME": "a Gitea user",
    "E2E_GITEA_PASSWORD": "its password or token",
}
IMAGES = ".env-files/images.json"


@dataclass
class Target:
    """One pipeline of its own on the platform: project, image and GitOps repository with unique names."""

    stack: Stack
    project: str
    image: str
    gitea: httpx.Client
    registry: Registry
    webhooks_url: str
    owner: str

    def push(self, tag: str) -> None:
        """Push an image with this tag."""
        self.registry.push(f"{self.owner}/{self.image}", tag)

    def deployed(self) -> str:
        """Return the reference that the GitOps repository has for the dev environment."""
        response = self.gitea.get(f"/repos/{self.owner}/{self.project}/raw/{IMAGES}")
        return str(json.loads(response.raise_for_status().text)["dev"]["backstage"])

    def freight_tags(self) -> list[str]:
        """Return the image tags of the project's Freight."""
        api = client(self.stack.platform.kubeconfig)
        freight = api.resources.get(api_version="kargo.akuity.io/v1alpha1", kind="Freight").get(namespace=self.project)
        return [image["tag"] for item in freight.to_dict()["items"] for image in item.get("images") or []]

    def pulumi(self, *arguments: str) -> str:
        """Run `pulumi` and return what it prints; fail the test with it where it fails."""
        result = self.stack.call(*arguments)
        assert result.returncode == 0, f"pulumi {arguments[0]}:\n{result.stdout[-4000:]}\n{result.stderr[-4000:]}"
        return result.stdout

    def hooks(self) -> list[dict[str, Any]]:
        """Return the user's hooks that deliver to this platform's Kargo."""
        hooks: list[dict[str, Any]] = self.gitea.get("/user/hooks").raise_for_status().json()
        return [hook for hook in hooks if hook["config"]["url"].startswith(self.webhooks_url)]


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Make repository and stack, and take both away at the end."""
    missing = [f"{name} ({what})" for name, what in _NEEDED.items() if not os.environ.get(name)]
    if missing:
        pytest.skip(f"no platform: set {', '.join(missing)}")
    env = os.environ
    ca = Path(env["E2E_CA_BUNDLE"]).resolve() if env.get("E2E_CA_BUNDLE") else None
    host, username, password = env["E2E_GITEA_HOST"], env["E2E_GITEA_USERNAME"], env["E2E_GITEA_PASSWORD"]
    name = f"backstage-e2e-{secrets.token_hex(3)}"
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    gitea = httpx.Client(base_url=f"https://{host}/api/v1", auth=(username, password), verify=context, timeout=30)
    gitea.post("/user/repos", json={"name": name, "default_branch": "main", "auto_init": True}).raise_for_status()
    content = base64.b64encode((Path(__file__).parents[2] / IMAGES).read_bytes()).decode()
    body = {"content": content, "message": "Images", "branch": "main"}
    gitea.post(f"/repos/{username}/{name}/contents/{IMAGES}", json=body).raise_for_status()
    password_source = {
        "secretStore": env.get("E2E_SECRET_STORE", "azure-keyvault-store"),
        "key": env.get("E2E_REMOTE_KEY", "gitea-admin-password"),
    }
    settings = {
        "kubernetes": {"context": env["E2E_CONTEXT"]},
        "kargo": {"project": name, "webhooksBaseUrl": env["E2E_WEBHOOKS_URL"]},
        "registry": {"host": host, "owner": username, "login": {"username": username, "password": password_source}},
        "gitOps": {"repoUrl": f"https://{host}/{username}/{name}.git"},
        # Polled hourly, so that what comes within seconds came through the webhook.
        "pipelines": [
            {
                "name": "backstage",
                "image": name,
                "warehouse": {"interval": "1h"},
                "stages": [{"name": "dev", "autoPromotion": True}],
            }
        ],
    }
    layout = Layout(tmp_path_factory.mktemp("e2e"))
    platform = Platform(Path(env["E2E_KUBECONFIG"]).resolve(), settings, password, ca)
    stack = Stack(layout, provide(layout, Steps(len(TOOLS))), platform)
    stack.prepare()
    registry = Registry(host, username, password, str(ca) if ca else None)
    yield Target(stack, name, name, gitea, registry, env["E2E_WEBHOOKS_URL"], username)
    stack.call("destroy", "--yes", "--skip-preview")
    gitea.delete(f"/repos/{username}/{name}")
