"""The deployed stack of the tests: one Kargo project with several pipelines, each with an image of its own."""

import base64
import datetime
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from config.project import NAME
from sandbox.names import CRED_TYPE, KARGO, REFRESH
from sandbox.real.kubernetes_api import apply, client
from sandbox.real.objects import Objects
from sandbox.stack import Stack
from tests.e2e.place import Place

IMAGES = ".env-files/images.json"
# A commit comes in a few seconds. A limit ends a hang, so it is far above what a busy machine takes.
SECONDS = 180
_POLL_SECONDS = 0.25

_T = TypeVar("_T")


def wait(look: Callable[[], _T | None], what: str, seconds: float = SECONDS) -> _T:
    """Return the first result of `look` that is true; fail the test if none comes in time."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"{what} did not come within {seconds:.0f} s"
        time.sleep(_POLL_SECONDS)
    return found


@dataclass(frozen=True)
class Target:
    """A deployed stack.

    Args:
        place: the platform.
        stack: the stack.
        project: its Kargo project, GitOps repository and ClusterSecretStore.
        gitea: Gitea's API.
        objects: the cluster.
    """

    place: Place
    stack: Stack
    project: str
    gitea: httpx.Client
    objects: Objects

    def pulumi(self, *arguments: str) -> str:
        """Run `pulumi` and return what it prints; fail the test with it where it fails."""
        result = self.stack.call(*arguments)
        assert result.returncode == 0, f"pulumi {arguments[0]}:\n{result.stdout[-4000:]}\n{result.stderr[-4000:]}"
        return result.stdout

    def urls(self) -> dict[str, str]:
        """Return each receiver's URL."""
        printed = self.pulumi("stack", "output", "webhookUrls", "--show-secrets", "--json")
        found: dict[str, str] = json.loads(printed)
        return found

    def hooks(self) -> list[dict[str, Any]]:
        """Return the user's hooks that deliver to this platform's Kargo."""
        hooks: list[dict[str, Any]] = self.gitea.get("/user/hooks").raise_for_status().json()
        return [hook for hook in hooks if hook["config"]["url"].startswith(self.place.webhooks_url)]

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """Return one of the project's objects of a kind of Kargo's."""
        live = self.objects.get(KARGO, kind, self.project, name)
        assert live, f"{kind} {name}"
        return live

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Return the project's objects of a kind of Kargo's."""
        return self.objects.all(KARGO, kind, self.project)

    def credentials(self) -> set[str]:
        """Return the names of the Secrets in which Kargo finds credentials."""
        found = self.objects.all("v1", "Secret", self.project, label_selector=f"{CRED_TYPE} in (image,git)")
        return {secret["metadata"]["name"] for secret in found}

    def promotions(self, stage: str) -> list[dict[str, Any]]:
        """Return a Stage's Promotions, oldest first."""
        return [promotion for promotion in self.all("Promotion") if promotion["spec"]["stage"] == stage]

    def images(self) -> dict[str, dict[str, str]]:
        """Return what the GitOps repository's images file says."""
        found: dict[str, dict[str, str]] = json.loads(self.images_text())
        return found

    def images_text(self) -> str:
        """Return the images file as it is."""
        path = f"/repos/{self.place.username}/{self.project}/raw/{IMAGES}"
        return self.gitea.get(path).raise_for_status().text

    def write_images(self, images: dict[str, dict[str, str]]) -> None:
        """Write the images file, as a person writes it."""
        path = f"/repos/{self.place.username}/{self.project}/contents/{IMAGES}"
        old = self.gitea.get(path)
        text = json.dumps(images, indent=2) + "\n"
        body = {"content": base64.b64encode(text.encode()).decode(), "message": "Images", "branch": "main"}
        if old.is_success:
            self.gitea.put(path, json={**body, "sha": old.json()["sha"]}).raise_for_status()
        else:
            self.gitea.post(path, json=body).raise_for_status()

    def token(self, name: str) -> str:
        """Make an access token that may do what Kargo does, and no more."""
        wanted = {"name": name, "scopes": ["write:repository", "write:package", "write:issue"]}
        made = self.gitea.post(f"/users/{self.place.username}/tokens", json=wanted).raise_for_status()
        return str(made.json()["sha1"])

    def revoke(self, name: str) -> None:
        """Delete an access token."""
        self.gitea.delete(f"/users/{self.place.username}/tokens/{name}").raise_for_status()

    def write_secret(self, key: str, value: str) -> None:
        """Set one of the stack's encrypted secrets."""
        self.stack.run("config", "set", "--secret", f"{NAME}:{key}", quiet=True, stdin=value)

    def write_store(self, **passwords: str) -> None:
        """Write the ClusterSecretStore that the stack reads; its `fake` provider is External Secrets' own."""
        provider = {"fake": {"data": [{"key": key, "value": value} for key, value in passwords.items()]}}
        metadata = {"name": self.project}
        store = {"apiVersion": "external-secrets.io/v1", "kind": "ClusterSecretStore", "metadata": metadata}
        apply(client(self.place.kubeconfig), {**store, "spec": {"provider": provider}})

    def write_idpbuilders_token(self, token: str | None) -> None:
        """Write a token next to IDPBuilder's password, as IDPBuilder does for its own user; None removes it."""
        encoded = None if token is None else base64.b64encode(token.encode()).decode()
        self.objects.api.resources.get(api_version="v1", kind="Secret").patch(
            name="gitea-credential",
            namespace="gitea",
            body={"data": {"token": encoded}},
            content_type="application/merge-patch+json",
        )

    def up(self, fails: bool = False) -> str:
        """Deploy; return what is printed where it is to fail."""
        if not fails:
            return self.pulumi("up", "--yes", "--skip-preview")
        result = self.stack.call("up", "--yes", "--skip-preview")
        assert result.returncode, result.stdout
        return result.stdout + result.stderr

    def pipeline(self, name: str) -> "DeployedPipeline":
        """Return one of the stack's pipelines."""
        return DeployedPipeline(self, name)


@dataclass(frozen=True)
class DeployedPipeline:
    """One pipeline of the target.

    Args:
        target: the target.
        name: the pipeline's name; also its key in the images file.
    """

    target: Target
    name: str

    @property
    def image(self) -> str:
        """The image's repository."""
        place = self.target.place
        return f"{place.gitea_host}/{place.username}/{self.target.project}-{self.name}"

    def push(self, tag: str, platforms: int = 1) -> str:
        """Push an image with this tag, and return its digest. Wait for the next second first.

        Kargo marks a refresh with the second, and ignores another refresh in the same second. Of Freight that was
        created in one second, none is the newest (1.11).
        """
        wait(lambda: time.time() >= max(self._refreshed(), self._created()) + 1, "the next second")
        repository = self.image.partition("/")[2]
        return self.target.place.registry().push(repository, tag, platforms)

    def _refreshed(self) -> float:
        marked = (self.warehouse()["metadata"].get("annotations") or {}).get(REFRESH)
        return datetime.datetime.fromisoformat(marked).timestamp() if marked else 0.0

    def _created(self) -> float:
        stamps = [freight["metadata"]["creationTimestamp"] for freight in self.freight().values()]
        return max((datetime.datetime.fromisoformat(stamp).timestamp() for stamp in stamps), default=0.0)

    def warehouse(self) -> dict[str, Any]:
        """Return its Warehouse."""
        return self.target.get("Warehouse", self.name)

    def ready(self) -> dict[str, Any]:
        """Return the condition Ready of its Warehouse; empty if it is missing."""
        conditions: Sequence[dict[str, Any]] = (self.warehouse().get("status") or {}).get("conditions") or []
        return next((c for c in conditions if c["type"] == "Ready"), {})

    def freight(self) -> dict[str, dict[str, Any]]:
        """Return its Freight by tag, the last one where there are several."""
        own = [freight for freight in self.target.all("Freight") if freight["origin"]["name"] == self.name]
        own.sort(key=lambda freight: str(freight["metadata"]["creationTimestamp"]))
        return {image["tag"]: freight for freight in own for image in freight["images"]}

    def wait_for_freight(self, tag: str) -> None:
        """Wait until there is Freight of the tag."""
        wait(lambda: tag in self.freight(), f"the Freight of {self.name}:{tag}")

    def deployed(self, environment: str = "dev") -> str | None:
        """Return the tag that the images file has for it, or None."""
        reference = self.target.images().get(environment, {}).get(self.name, "")
        return reference.removeprefix(f"{self.image}:") if reference.startswith(f"{self.image}:") else None

    def wait_for_commit(self, tag: str, environment: str = "dev") -> None:
        """Wait until the images file has the tag; fail the test at once if a Promotion ended badly instead."""

        def committed() -> bool:
            bad = [p["status"].get("message") for p in self._promotions() if _phase(p) in ("Errored", "Failed")]
            assert not bad, bad
            return self.deployed(environment) == tag

        wait(committed, f"the commit of {self.name}:{tag}")

    def wait_for_end(self, stage: str, tag: str) -> dict[str, Any]:
        """Wait until a Stage's Promotion of a tag's Freight has ended, and return it."""

        def ended() -> list[dict[str, Any]]:
            names = [freight["metadata"]["name"] for t, freight in self.freight().items() if t == tag]
            found = self.target.promotions(f"{self.name}-{stage}")
            return [p for p in found if p["spec"]["freight"] in names and _phase(p) in _ENDED]

        return wait(ended, f"the end of the Promotion of {tag} to {self.name}-{stage}")[-1]

    def _promotions(self) -> list[dict[str, Any]]:
        return [p for p in self.target.all("Promotion") if p["spec"]["stage"].startswith(f"{self.name}-")]


_ENDED = ("Succeeded", "Failed", "Errored", "Aborted")


def _phase(promotion: dict[str, Any]) -> str:
    return str((promotion.get("status") or {}).get("phase"))


def steps(promotion: dict[str, Any]) -> dict[str, str]:
    """Return the status of each step of a Promotion by its alias."""
    records = (promotion.get("status") or {}).get("stepExecutionMetadata") or []
    return {record["alias"]: record["status"] for record in records}


def done(promotion: dict[str, Any]) -> list[str]:
    """Return the steps of a Promotion that succeeded."""
    return [alias for alias, status in steps(promotion).items() if status == "Succeeded"]
