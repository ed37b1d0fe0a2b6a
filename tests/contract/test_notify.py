"""The announcement of a Promotion's end: its expressions in Kargo's own engine, and its steps in the stand-in."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kargo.notify import notify_steps
from model.notify import PLACEHOLDERS, Notify
from model.pipeline import Pipeline
from model.source import StackSource
from model.stage import Stage
from tests.contract.test_kargo_standin import promoted, secret, written
from tests.unit.values import GITEA, REPOSITORY, stack

pytestmark = pytest.mark.contract

TOKEN = 'planted-"token'
SECRET = secret("credentials-notify-stack", "generic", token=TOKEN)
IMAGE = "gitea.example:8443/team/backstage"
BODY = {name: f"<{{{name}}}>" for name in PLACEHOLDERS}
NASTY = ["v1", "11", "1e3", "true", "null", '"', 'a"b', '","x":"', "\\", "line\nbreak", "émigré", "}}", "${{ 1 }}"]


@dataclass
class Receiver:
    """A receiver of announcements. It answers with `status` and `reply`."""

    url: str
    status: int = 200
    reply: bytes = b'{"ok": true}'
    received: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            running.received.append((self.path, dict(self.headers), body))
            self.send_response(running.status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.end_headers()
            self.wfile.write(running.reply)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Receiver(f"http://127.0.0.1:{server.server_port}/in")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield running
    server.shutdown()


def announced(url: str = "https://alerts.example.com/in", **keys: Any) -> list[dict[str, Any]]:
    """Return the steps that announce both results with a token."""
    stage = Stage(name="dev")
    pipeline = Pipeline(name="backstage", image="backstage", stages=(stage,))
    registry = GITEA.model_copy(update={"host": "gitea.example:8443", "owner": "team"})
    settings = {"on": ("failed", "succeeded"), "token": StackSource(source="stack"), "body": BODY, **keys}
    one = stack(registry, REPOSITORY, pipeline).model_copy(update={"notify": Notify(url=url, **settings)})
    return [dict(step) for step in notify_steps(stage, pipeline, one)]


@pytest.mark.parametrize("text", NASTY)
def test_a_request_is_json_whatever_its_values_are(libraries, text):
    seen = {
        "context": {"promotion": text, "uiBaseUrl": f"https://kargo.example.com/{text}"},
        "images": [{"repoURL": IMAGE, "tag": text}],
        "secrets": {"credentials-notify-stack": {"token": text}},
    }
    for step, result in zip(announced(), ("failed", "succeeded"), strict=True):
        config = libraries.ask("value", template=step["config"], promotion=seen)
        assert json.loads(config["body"]) == {
            "app": "<backstage>",
            "environment": "<dev>",
            "link": f"<https://kargo.example.com/{text}/project/project/promotion/{text}>",
            "pipeline": "<backstage>",
            "promotion": f"<{text}>",
            "result": f"<{result}>",
            "stage": "<dev>",
            "tag": f"<{text}>",
        }
        assert config["headers"][1] == {"name": "Authorization", "value": f"Bearer {text}"}


@pytest.mark.parametrize("context", [{"promotion": "p", "uiBaseUrl": ""}, {"promotion": "p"}])
def test_without_the_address_of_its_ui_there_is_no_link(libraries, context):
    seen = {"context": context, "images": [{"repoURL": IMAGE, "tag": "v1"}]}
    config = libraries.ask("value", template=announced()[0]["config"], promotion=seen)
    assert json.loads(config["body"])["link"] == "<>"
    # A missing Secret is an empty one.
    assert config["headers"][1]["value"] == "Bearer "


@pytest.mark.parametrize("has_failed", [True, False])
def test_one_of_both_steps_runs(libraries, has_failed):
    wanted = [libraries.ask("value", template=step["if"], promotion={"failed": has_failed}) for step in announced()]
    assert wanted == [has_failed, not has_failed]


@pytest.mark.parametrize("expression", ["response.status == 200 && response.body.ok == true", None])
@pytest.mark.parametrize("status", [200, 204, 302, 404, 500])
@pytest.mark.parametrize("body", [{}, {"ok": True}, {"ok": False}, {"ok": "yes"}])
def test_each_response_is_a_success_or_a_failure(libraries, expression, status, body):
    config = announced(**({"success_expression": expression} if expression else {}))[0]["config"]
    seen = {"response": {"status": status, "body": body}}
    success, failure = (
        libraries.ask("expression", expression=config[key], environment=seen)
        for key in ("successExpression", "failureExpression")
    )
    assert success is (status == 200 and body == {"ok": True} if expression else status < 300)
    assert failure is not success


def failing(name: str, **more: Any) -> dict[str, Any]:
    return {"uses": "json-update", "as": name, "config": {"path": "./absent.json", "updates": []}, **more}


def statuses(status: dict[str, Any]) -> dict[str, str]:
    return {record["alias"]: record["status"] for record in status["stepExecutionMetadata"]}


def test_a_failure_in_a_task_is_announced_once_with_the_token(libraries, tmp_path, receiver):
    inner = [failing("push", continueOnError=True), failing("push-1")]
    task = {"metadata": {"name": "commit-image"}, "spec": {"steps": inner}}
    commit = {"as": "commit", "task": {"name": "commit-image"}, "vars": []}
    steps = [commit, written("skipped"), *announced(receiver.url)]
    status = promoted(libraries, tmp_path, *steps, tasks=[task], secrets=[SECRET])
    assert status["phase"] == "Errored"
    assert statuses(status) == {
        "commit::push": "Errored",
        "commit::push-1": "Errored",
        "skipped": "Skipped",
        "notify-failed": "Succeeded",
        "notify-succeeded": "Skipped",
    }
    ((path, headers, body),) = receiver.received
    assert (path, headers["Authorization"], headers["Content-Type"]) == ("/in", f"Bearer {TOKEN}", "application/json")
    assert (body["result"], body["tag"]) == ("<failed>", "<v1>")
    assert "planted" not in json.dumps(status)


def test_a_tolerated_failure_is_a_success(libraries, tmp_path, receiver):
    steps = [failing("push", continueOnError=True), *announced(receiver.url)]
    status = promoted(libraries, tmp_path, *steps, secrets=[SECRET])
    assert (status["phase"], statuses(status)["notify-succeeded"]) == ("Succeeded", "Succeeded")
    assert [body["result"] for _, _, body in receiver.received] == ["<succeeded>"]


@pytest.mark.parametrize(
    ("answer", "ends"),
    [((200, b'{"ok": false}'), "Failed"), ((401, b"{}"), "Failed"), ((200, b"{"), "Errored"), (None, "Errored")],
)
def test_a_receiver_that_refuses_or_is_down_changes_no_result(libraries, tmp_path, receiver, answer, ends):
    url = receiver.url if answer else "http://127.0.0.1:1/in"
    receiver.status, receiver.reply = answer or (0, b"")
    started = time.monotonic()
    steps = [written("made"), *announced(url, success_expression="response.body.ok == true")]
    status = promoted(libraries, tmp_path, *steps, secrets=[SECRET])
    assert time.monotonic() - started < 25
    assert status["phase"] == "Succeeded", status
    assert statuses(status) == {"made": "Succeeded", "notify-failed": "Skipped", "notify-succeeded": ends}
    assert len(receiver.received) == (1 if answer else 0)
    assert "planted" not in json.dumps(status)


def test_the_url_of_a_request_without_an_answer_is_in_the_status(libraries, tmp_path):
    """So the URL must not be a secret."""
    status = promoted(libraries, tmp_path, written("made"), *announced("http://127.0.0.1:1/in"), secrets=[SECRET])
    (record,) = [one for one in status["stepExecutionMetadata"] if one["alias"] == "notify-succeeded"]
    assert 'error sending HTTP request: Post "http://127.0.0.1:1/in":' in record["message"]


def test_a_body_that_is_no_text_is_refused(libraries, tmp_path, receiver):
    """Kargo makes an object of a text that is JSON, unless it is quoted."""
    step = announced(receiver.url)[1]
    step["config"]["body"] = step["config"]["body"].strip('"')
    status = promoted(libraries, tmp_path, written("made"), step, secrets=[SECRET])
    assert (statuses(status)["notify-succeeded"], receiver.received) == ("Failed", [])


def test_a_link_local_address_is_refused(libraries, tmp_path):
    step = announced()[1]
    step["config"]["url"] = "http://169.254.169.254/"
    (record,) = promoted(libraries, tmp_path, step, secrets=[SECRET])["stepExecutionMetadata"]
    assert "connections to link-local addresses are not permitted" in record["message"]
