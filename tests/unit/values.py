"""Values of the model that several unit tests start from."""

from typing import Any

from model.cluster import Cluster
from model.git_ops import GitOps
from model.kargo import Kargo
from model.login import Login
from model.pipeline import Pipeline
from model.registry import GhcrRegistry, GiteaRegistry, Registry
from model.source import AzureKeyVaultSource
from model.stack import Stack

SOURCE = AzureKeyVaultSource(source="azureKeyVault", secret_store="azure-keyvault-store", key="password")
LOGIN = Login(username="robot", password=SOURCE)
GITEA = GiteaRegistry(host="gitea.example.com:8443", owner="GiteaAdmin", login=LOGIN)
GHCR = GhcrRegistry(owner="team", login=LOGIN)
REPOSITORY = GitOps(
    provider="gitea", repo_url="https://gitea.example.com/o/r.git", images_file="env/images.json", login=LOGIN
)
GITHUB_REPOSITORY = GitOps(provider="github", repo_url="https://github.com/o/r.git", login=LOGIN)


def stack(registry: Registry, git_ops: GitOps, *pipelines: Pipeline, publish_to: Registry | None = None) -> Stack:
    """Return a stack of these values."""
    published: dict[str, Any] = {"publish_to": publish_to} if publish_to else {}
    return Stack(
        environment="development",
        kubernetes=Cluster(context="test"),
        kargo=Kargo(project="project", webhooks_base_url="https://kargo.example.com"),
        registry=registry,
        git_ops=git_ops,
        pipelines=pipelines,
        **published,
    )
