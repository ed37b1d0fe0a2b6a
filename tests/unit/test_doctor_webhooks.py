"""The doctor's rows of a receiver: its Secret, its URL, and Kargo's external webhooks server."""

from typing import Any

import httpx
import pytest

from kargo.receivers import receivers
from ops.doctor import webhooks
from ops.doctor.finding import Finding
from tests.memory_gitea import answer_with
from tests.unit.doctor import SECRETS, encoded, look, stack, subject, written

CONFIG = "/apis/kargo.akuity.io/v1alpha1/namespaces/project/projectconfigs/project"
(RECEIVER,) = receivers(stack())
NAME = RECEIVER.name
PATH = RECEIVER.path("project", "of-the-stack")
URL = f"https://kargo.example.com{PATH}"


def found(row: str, secret: str = "of-the-stack", **outputs: Any) -> Finding:
    """Return the finding of a receiver's row, on a stack with that Secret and those outputs."""
    data = encoded({"secret": secret} if secret else {})
    live = {**RECEIVER.secret_manifest("project"), "data": data}
    status = {"webhookReceivers": [{"name": NAME, "path": PATH}]}
    objects = {
        f"{SECRETS}/{live['metadata']['name']}": live,
        CONFIG: written("ProjectConfig", "project", status=status),
    }
    return look(webhooks.checks(subject(objects, outputs=outputs)), f"{row} of receiver {NAME}")


def test_a_secret_without_its_key_is_a_failure():
    assert found("Secret").verdict == "ok"
    assert found("Secret", secret="").found == "the key `secret` is missing"


@pytest.mark.parametrize(
    ("secret", "url", "verdict", "says"),
    [
        ("of-the-stack", URL, "ok", "the same in Secret, ProjectConfig and stack"),
        ("by-hand", URL, "failed", "the Secret was changed"),
        ("of-the-stack", f"{URL}0", "failed", "the stack's output contains another URL"),
        ("of-the-stack", None, "unknown", "the stack's outputs do not contain its URL"),
    ],
)
def test_the_url_is_the_same_in_secret_project_config_and_stack(secret, url, verdict, says):
    finding = found("URL", secret, webhookUrls={NAME: url} if url else {})
    assert (finding.verdict, says in finding.found) == (verdict, True)


@pytest.mark.parametrize(
    ("status", "verdict", "says"),
    [
        (405, "ok", "https://kargo.example.com answers"),
        (501, "ok", "https://kargo.example.com answers"),
        (404, "failed", "404, the server does not have the receiver's path"),
        (502, "failed", "502 (Bad Gateway)"),
    ],
)
def test_the_server_must_answer_at_the_path_of_the_receiver(monkeypatch, status, verdict, says):
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(status)

    answer_with(monkeypatch, answer)
    finding = found("server")
    assert (finding.verdict, finding.found) == (verdict, says)
    assert asked == [URL]
