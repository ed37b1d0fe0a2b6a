"""Pull requests in Gitea. The password of a credential is the API token (pkg/gitprovider/gitea)."""

import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from sandbox.standins.controllers.kargo.credentials import Login

_METHODS = ("fast-forward-only", "manually-merged", "merge", "rebase", "rebase-merge", "squash")


class PullRequests:
    """The pull requests of one repository. Methods raise `httpx.HTTPError` if the server refuses.

    Args:
        repository: URL of the repository.
        login: login whose password is the token.
        ca: CA of the server.
    """

    def __init__(self, repository: str, login: Login | None, ca: Path) -> None:
        parts = urlsplit(repository)
        self._client = httpx.Client(
            base_url=f"{parts.scheme}://{parts.netloc}/api/v1/repos{parts.path.removesuffix('.git')}",
            headers={"Authorization": f"token {login.password}"} if login else {},
            verify=ssl.create_default_context(cafile=str(ca)),
            timeout=10,
        )

    def open(self, source: str, target: str, title: str, description: str, labels: Sequence[str]) -> dict[str, Any]:
        """Open a pull request, or return the pull request of an earlier try. The default description is the message.

        Raises:
            ValueError: if the repository lacks a label.
        """
        found = self._client.get(f"/pulls/{target}/{source}")
        if found.is_success and (found.json()["state"] == "open" or found.json()["merged"]):
            return _known(found)
        known = {label["name"]: label["id"] for label in self._client.get("/labels").raise_for_status().json()}
        if missing := [label for label in labels if label not in known]:
            raise ValueError(f"labels not found in repository: {', '.join(missing)}")
        message: str = self._client.get(f"/branches/{source}").raise_for_status().json()["commit"]["message"]
        wanted = {"head": source, "base": target, "title": title, "body": description or message}
        return _known(self._client.post("/pulls", json={**wanted, "labels": [known[label] for label in labels]}))

    def merge(self, number: int, method: str) -> str:
        """Merge a pull request, and return the commit; empty while Gitea looks for conflicts, or if there are any.

        Raises:
            ValueError: if the pull request was closed, Kargo does not know the method, or Gitea refuses the merge.
        """
        pull = self._client.get(f"/pulls/{number}").raise_for_status().json()
        if pull["merged"]:
            return str(pull["merge_commit_sha"])
        if pull["state"] != "open":
            raise ValueError(f"pull request {number} is closed but not merged")
        if pull.get("draft") or not pull["mergeable"]:
            return ""
        if method not in _METHODS:
            raise ValueError(f'unsupported merge method "{method}"')
        if self._client.post(f"/pulls/{number}/merge", json={"Do": method}).status_code != httpx.codes.OK:
            raise ValueError(f"merge rejected for pull request {number}")
        return str(self._client.get(f"/pulls/{number}").raise_for_status().json()["merge_commit_sha"])

    def get(self, number: int) -> dict[str, Any]:
        """Return a pull request."""
        return _known(self._client.get(f"/pulls/{number}"))


def _known(response: httpx.Response) -> dict[str, Any]:
    pull = response.raise_for_status().json()
    known = {"id": pull["number"], "url": pull["html_url"]}
    return {**known, "open": pull["state"] == "open", "merged": bool(pull["merged"])}
