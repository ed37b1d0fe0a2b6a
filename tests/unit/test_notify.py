"""The announcement of a Promotion's end: its keys, its steps, and the Secret with its token."""

import json
import re
from typing import Any

import pytest

from config.stack_yaml import parsed
from kargo.manifests import manifests
from kargo.notify import notify_steps
from kargo.project_secrets import project_secrets
from kargo.secret_store import secret_stores
from model.notify import Notify
from model.pipeline import Pipeline
from model.source import StackSource
from model.stack import Stack
from model.stage import Stage
from ops.doctor import credentials
from tests.program import PASSWORD, ROOT, SECRET, run, stack_values
from tests.unit.configuration import NULL, PLANTED, lines, load, stages
from tests.unit.doctor import look, subject
from tests.unit.values import GITEA, REPOSITORY, stack

URL = "https://slack.com/api/chat.postMessage"
OTHER = "https://alerts.example.com/api"
FROM_STACK = {"from": "stack"}
VAULT = {"from": "azureKeyVault", "secretStore": "azure-keyvault-store", "key": "slack"}
OWNED = {**VAULT, "vault": {"resourceGroup": "backstage-dev", "name": "backstage-dev"}}
TOKEN = "planted-notify-token"
SECRETS = {"giteaPassword": PASSWORD, "webhookSecret": SECRET, "notifyToken": TOKEN}
IN_URL = (
    "contains a secret, and Kargo writes the whole URL into the Promotion's status if the request fails; write the URL "
    "of an API that reads a token from a header, such as https://slack.com/api/chat.postMessage, and add token"
)
PLAIN = "plain HTTP, over which the token could be read; write https:// (HTTP is allowed for a loopback address only)"
BRACE = (
    "contains a brace that is not a placeholder; write one of {app}, {environment}, {link}, {pipeline}, {promotion}, "
    "{result}, {stage}, {tag}, or no brace"
)
EVALUATED = "contains {{ or ${%, which Kargo would evaluate; remove it"


def notify(**keys: Any) -> dict[str, Any]:
    """Return the changes that announce to Slack, with these keys."""
    return {"notify": {"url": URL, **keys}}


# URLs that nobody may know. The random parts are none of a real service.
SECRET_URLS = [
    "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    "https://hooks.slack.com/triggers/x/y",
    "https://HOOKS.slack.com/services/x",
    "https://hooks.slack-gov.com/services/x",
    "https://team.webhook.office.com/webhookb2/x",
    "https://prod-12.westeurope.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke",
    "https://default.01.environment.api.powerplatform.com:443/powerautomate/x",
    "https://example.com/invoke?api-version=1&sp=run&sv=1.0&sig=x",
    "https://discord.com/api/webhooks/1/x",
    "https://discordapp.com/api/webhooks/1/x",
    "https://ptb.discord.com/api/v10/webhooks/1/x",
    "https://discord.com/api/%77ebhooks/1/x",
    "https://chat.googleapis.com/v1/spaces/x/messages?key=x&token=y",
    "https://hooks.zapier.com/hooks/catch/1/x",
    "https://example.com/in?access_token=x",
    "https://example.com/in?API_KEY=x",
    "https://example.com/in?code=",
    "https://example.com/in?%74oken=x",
    "https://example.com/in?x=8f14e45fceea167a5a36dedd4bea2543",
    "https://example.com/in?8f14e45fceea167a5a36dedd4bea2543",
    "https://mattermost.example.com/hooks/9qfb1g8x5pgf9ch5rf7j1m6q5r",
    "https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage",
    "https://n8n.example.com/webhook/0f8fad5b-d9cb-469f-a165-70867728950e",
    "https://outlook.office.com/webhook/0F8FAD5B-D9CB-469F-A165-70867728950E@x/IncomingWebhook/x",
    "https://example.com/in/AbCdEfGhIjKlMnOpQrSt",
]
PLAIN_URLS = [
    URL,
    "https://gitea.example.com:8443/api/v1/repos/platform-team/backstage-gitops-2024/issues",
    "https://discord.com/api/v10/channels/1234567890123456789/messages",
    "https://mattermost.example.com/api/v4/posts",
    "https://api.github.com/repos/acme/kubernetesbackstage2024/dispatches?per_page=100",
    "https://example.com/api/v2/createOrUpdateIncident?api-version=2024-01-01&team=platform",
    "https://k8s-prod-eu-west-1a.alerts.example.com/api/v2/alerts",
    "http://alertmanager.monitoring.svc:9093/api/v2/alerts",
    "http://127.0.0.1:8080/",
]


@pytest.mark.parametrize("url", SECRET_URLS)
def test_a_url_that_is_a_secret_is_refused_and_not_repeated(url):
    assert lines(notify(url=url)) == [f"notify.url: {IN_URL}"]


@pytest.mark.parametrize("url", PLAIN_URLS)
def test_a_url_without_a_secret_is_accepted(url):
    found = load(notify(url=url)).stack.notify
    assert found
    assert found.url == url


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (
            {"url": f"https://robot:{PLANTED}@h/"},
            "notify.url: contains credentials; remove them, and write the login of a repository in `login`",
        ),
        (
            {"url": "http://169.254.169.254/x"},
            "notify.url: a link-local address, to which Kargo never connects; write another host",
        ),
        ({"url": "http://h/x", "token": FROM_STACK}, f"notify.url: {PLAIN}"),
        ({"token": NULL}, "notify.token: empty; write a value, or remove the key"),
        ({"token": {**VAULT, "usernameProperty": "u", "property": "p"}}, "notify.token.usernameProperty: a token has "
         "no username; remove it"),
        ({"token": {"from": "idpbuilder"}}, "notify.token.property: the header needs an access token; write token"),
        (
            {"token": {"from": "idpbuilder", "property": "token"}},
            "notify.token.from: idpbuilder is a login for Gitea only; write azureKeyVault or stack",
        ),
        ({"authScheme": "token"}, "notify.authScheme: has no effect without token; add token, or remove it"),
        (
            {"token": VAULT, "authScheme": f"a:{PLANTED}"},
            "notify.authScheme: not a scheme of the header Authorization; write one word, such as Bearer or token",
        ),
        ({"on": []}, "notify.on: empty; write at least one entry"),
        ({"on": ["failed", "failed"]}, "notify.on[1]: the same as on[0]; remove one"),
        ({"on": ["errored"]}, "notify.on[0]: not an allowed value; write 'failed' or 'succeeded'"),
        ({"successExpression": "response.body.ok"}, "notify.successExpression: may give another value than true or "
         "false, at which Kargo fails the Promotion; compare it, such as response.body.ok == true"),
        ({"body": []}, "notify.body: empty; write a value, or remove the key"),
        ({"body": "{}"}, "notify.body: not a mapping or list; write the JSON of the request as YAML below it"),
        ({"body": {"a": [{"b": "{ap}"}]}}, f"notify.body.a[0].b: {BRACE}"),
        ({"body": {"a": "${{ secret('x').y }}"}}, f"notify.body.a: {EVALUATED}"),
        ({"body": ["${% x %}"]}, f"notify.body[0]: {EVALUATED}"),
        ({"body": {"${{ x": 1}}, "notify.body.${{ x: not a plain key; write one line without {{ and ${%"),
        ({"body": {"a": "\x00"}}, "notify.body.a: contains an invisible character; write visible text, line breaks "
         "and tabs only"),
        ({"body": {"a": 2**53 + 1}}, "notify.body.a: a number that JSON cannot express exactly; put it in quotes"),
        ({"body": {"a": "x" * 20000}}, "notify.body: longer than 16384 characters; write a shorter one"),
        (
            {"body": [[[[[[[[[[[["x"]]]]]]]]]]]]},
            "notify.body[0][0][0][0][0][0][0][0][0][0][0]: more than 10 lists and mappings deep; write a flatter one",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(keys, line):
    assert lines(notify(**keys), secrets=SECRETS if keys.get("token") == FROM_STACK else None) == [line]


def test_the_token_of_the_stack_is_required_if_it_is_read_and_refused_if_it_is_not():
    plain = {"giteaPassword": PASSWORD}
    for token, kind in ((FROM_STACK, "Secret"), (OWNED, "Key Vault secret")):
        (line,) = lines(notify(token=token), secrets=plain)
        assert line.startswith(f"notifyToken: missing, required for the {kind} of notify.token; run: pulumi config set")
        assert load(notify(token=token), secrets=SECRETS).stack.notify
    for changes in ({}, notify(), notify(token=VAULT)):
        (line,) = lines(changes, secrets=SECRETS)
        assert line.startswith("notifyToken: not used; run: pulumi config rm")


def own(**keys: Any) -> dict[str, Any]:
    """Return the changes that add a Stage with an announcement of its own to the stack with one."""
    second = {"name": "prod", "upstream": ["dev"], "notify": {"url": OTHER, **keys}}
    return {**notify(token=FROM_STACK), **stages({"name": "dev"}, second)}


def test_a_written_token_reaches_one_host_only():
    at = "pipelines[0].stages[1].notify.token"
    assert lines(own(token=FROM_STACK), secrets=SECRETS) == [
        f"{at}: has the value of notify.token, whose host is another one; read the token from a secret that exists"
    ]
    for accepted in ({}, {"token": VAULT}, {"url": f"{URL}?x=1", "token": FROM_STACK}):
        assert load(own(**accepted), secrets=SECRETS).stack.announcements


def test_a_token_and_a_login_never_write_the_same_secret_of_a_vault():
    same = {**OWNED, "key": "gitea-admin-password"}
    assert lines(notify(token=same), secrets=SECRETS) == [
        "notify.token.key: registry.login writes the same secret of that vault; write another key, or remove vault"
    ]
    assert load(notify(token=OWNED), secrets=SECRETS).stack.notify


def test_an_announcement_without_effect_is_refused():
    changes = {**notify(), **stages({"name": "dev", "notify": {"url": OTHER}})}
    assert lines(changes) == ["notify: has no effect, since every Stage has its own; remove it"]


def test_production_sends_no_token_over_plain_http():
    loopback = "http://127.0.0.1:8080/in"
    assert lines(notify(url=loopback, token=VAULT), "prod", {}) == [
        "notify.url: plain HTTP is not allowed in production; write https://"
    ]
    assert load(notify(url=loopback), "prod", {}).stack.notify
    assert load(notify(url=loopback, token=VAULT)).stack.notify


def test_idpbuilders_token_goes_to_its_gitea():
    url = "https://gitea.cnoe.localtest.me:8443/api/v1/repos/giteaadmin/gitops/issues"
    assert load(notify(url=url, token={"from": "idpbuilder", "property": "token"})).stack.notify


def deployed(*stages: Stage, notify: Notify | None = None) -> Stack:
    """Return a stack with one pipeline."""
    pipeline = Pipeline(name="backstage", image="backstage-cnoe", stages=stages or (Stage(name="dev"),))
    return stack(GITEA, REPOSITORY, pipeline).model_copy(update={"notify": notify})


def steps_of(one: Stack, number: int = 0) -> list[dict[str, Any]]:
    """Return the steps that announce the end of a Promotion to a Stage."""
    (pipeline,) = one.pipelines
    return [dict(step) for step in notify_steps(pipeline.stages[number], pipeline, one)]


def test_a_stack_without_notify_gets_no_step():
    assert steps_of(deployed()) == []


def test_a_step_sends_once_within_a_bounded_time_and_changes_no_result():
    settings = Notify(url=URL, token=StackSource(source="stack"), success_expression="response.body.ok == true")
    (step,) = steps_of(deployed(notify=settings))
    assert (step["uses"], step["as"], step["if"]) == ("http", "notify-failed", "${{ failure() }}")
    assert step["continueOnError"] is True
    assert step["retry"] == {"errorThreshold": 1, "timeout": "1m0s"}
    config = step["config"]
    assert (config["method"], config["url"], config["timeout"]) == ("POST", URL, "10s")
    assert config["headers"] == [
        {"name": "Content-Type", "value": "application/json"},
        {"name": "Authorization", "value": "\"Bearer ${{ secret('credentials-notify-stack').token }}\""},
    ]
    assert config["successExpression"] == "response.body.ok == true"
    assert config["failureExpression"] == "!(response.body.ok == true)"


def test_each_result_has_a_step_and_they_are_the_last_ones():
    one = deployed(Stage(name="dev", publish=False), notify=Notify(url=URL, on=("succeeded", "failed")))
    assert [step["as"] for step in steps_of(one)] == ["notify-failed", "notify-succeeded"]
    assert [step["if"] for step in steps_of(one)] == ["${{ failure() }}", "${{ success() }}"]
    (stage,) = [m for m in manifests(one) if m["kind"] == "Stage"]
    assert stage["spec"]["promotionTemplate"]["spec"]["steps"][-2:] == steps_of(one)


def test_a_stages_own_announcement_replaces_the_stacks():
    mine = Notify(url=OTHER, on=("succeeded",))
    one = deployed(Stage(name="dev"), Stage(name="qa", notify=mine), notify=Notify(url=URL))
    assert [(s["as"], s["config"]["url"]) for n in (0, 1) for s in steps_of(one, n)] == [
        ("notify-failed", URL),
        ("notify-succeeded", OTHER),
    ]


def test_a_body_is_json_whatever_its_texts_contain():
    values = ['"', "\\", "\n", "émigré", {"n": None, "t": True, "x": 1.5}]
    body = {'a"b': values, "of": "{app}{environment}{stage}{result}"}
    (step,) = steps_of(deployed(notify=Notify(url=URL, body=body)))
    assert json.loads(step["config"]["body"]) == {**body, "of": "backstagedevdevfailed"}


def secrets_of(changes: dict[str, Any], secrets: dict[str, str] | None = None) -> Any:
    return run("dev", changes, secrets or SECRETS).recorder


def test_the_stack_writes_the_secret_with_the_label_generic():
    recorder = secrets_of(notify(token=FROM_STACK))
    (secret,) = [r for r in recorder.of_type("Secret") if r.name == "credentials-notify"]
    assert secret.inputs["metadata"]["name"] == "credentials-notify-stack"
    assert secret.inputs["metadata"]["labels"] == {"kargo.akuity.io/cred-type": "generic"}
    assert secret.inputs["stringData"] == {"token": TOKEN}
    assert "stringData" in secret.secret_inputs
    for resource in recorder.resources:
        plain = {key: value for key, value in resource.inputs.items() if key not in resource.secret_inputs}
        assert TOKEN not in json.dumps(plain), resource.name
    stage = recorder.one("Stage").inputs["spec"]
    assert "secret('credentials-notify-stack').token" in json.dumps(stage)


def external(changes: dict[str, Any], secrets: dict[str, str] | None = None, version: str = "1") -> dict[str, Any]:
    """Return the spec of the token's ExternalSecret, and what `up` waits for."""
    outputs = {"azure-native:keyvault:Secret": {"properties": {"secretUriWithVersion": f"https://v/{version}"}}}
    recorder = run("dev", changes, secrets or {"giteaPassword": PASSWORD, "webhookSecret": SECRET}, outputs).recorder
    (found,) = [r for r in recorder.of_type("ExternalSecret") if r.inputs["metadata"]["name"] == "credentials-notify"]
    return {"target": found.inputs["spec"]["target"], "sync": recorder.one("SecretSync").inputs}


def test_a_tokens_secret_keeps_its_name_and_up_waits_for_each_source():
    found = external(notify(token=VAULT))
    template = found["target"]["template"]
    assert found["target"]["name"] == "credentials-notify"
    assert template["data"] == {"token": r'{{ .token | trimAll "\r\n" }}'}
    assert template["metadata"]["labels"] == {"kargo.akuity.io/cred-type": "generic"}
    seen = set()
    for changes, version in (
        (notify(token=VAULT), "1"),
        (notify(token={**VAULT, "key": "other"}), "1"),
        (notify(token={**VAULT, "rotation": "2"}), "1"),
        (notify(token=OWNED), "1"),
        (notify(token=OWNED), "2"),
    ):
        one = external(changes, SECRETS if "vault" in changes["notify"]["token"] else None, version)
        marker = one["target"]["template"]["metadata"]["annotations"]["kargo-backstage/source"]
        assert re.fullmatch(r"credentials-notify-[0-9a-f]{8}", marker)
        assert one["sync"]["sources"] == {"credentials-notify": marker}
        assert one["sync"]["secrets"]["credentials-notify"] == one["target"]["name"] == "credentials-notify"
        seen.add(marker)
    assert len(seen) == 5


def test_a_stack_without_a_token_waits_for_what_it_did():
    assert "sources" not in run("dev").recorder.one("SecretSync").inputs


def test_a_stages_own_token_has_a_secret_of_its_own():
    recorder = secrets_of(own(token=VAULT))
    names = [r.inputs["metadata"]["name"] for r in recorder.of_type("ExternalSecret")]
    assert "credentials-notify-backstage-prod" in names
    specs = {r.inputs["metadata"]["name"]: json.dumps(r.inputs["spec"]) for r in recorder.of_type("Stage")}
    assert "secret('credentials-notify-stack')" in specs["backstage-dev"]
    assert "secret('credentials-notify-backstage-prod')" in specs["backstage-prod"]


def test_an_identity_of_a_token_has_a_store_with_a_name_of_its_own():
    identity = {
        "tenantId": "11111111-1111-1111-1111-111111111111",
        "clientId": "22222222-2222-2222-2222-222222222222",
        "vaultUrl": "https://slack.vault.azure.net",
    }
    token = {"from": "azureKeyVault", "key": "slack", "workloadIdentity": identity}
    assert list(secret_stores(project_secrets(load(notify(token=token)).stack)).values()) == ["azurekv-notify"]


PAGE = (ROOT / "docs" / "pipelines.md").read_text().split("## Announce the end of a Promotion")[1].split("\n## ")[0]
DOCUMENTED = [parsed(text)["kargo-backstage:notify"] for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]


def test_the_documented_announcements_are_accepted():
    assert [settings["url"].split("/")[2] for settings in DOCUMENTED] == [
        "slack.com",
        "gitea.example.com",
        "alertmanager.monitoring.svc:9093",
    ]
    for settings in DOCUMENTED:
        token = settings.get("token", {}).get("from")
        found = load({"notify": settings}, secrets=SECRETS if token == "stack" else None).stack.notify
        assert found


def row(data: dict[str, str] | None) -> Any:
    encoded = {"token": "cGxhbnRlZA=="} if data is None else data
    secret = {"metadata": {"name": "credentials-notify-stack", "labels": {}}, "data": encoded}
    found = {"/api/v1/namespaces/project/secrets": {"items": [secret]}}
    one = deployed(notify=Notify(url=URL, token=StackSource(source="stack")))
    return look(credentials.checks(subject(found, one)), "notify.token Secret")


def test_the_doctor_looks_for_the_token():
    assert row(None).verdict == "ok"
    for data in ({}, {"token": ""}):
        found = row(data)
        assert (found.verdict, found.found) == ("failed", "Secret credentials-notify-stack: token missing or empty")
    one = deployed(notify=Notify(url=URL, token=StackSource(source="stack")))
    none: dict[str, Any] = {"/api/v1/namespaces/project/secrets": {"items": []}}
    missing = look(credentials.checks(subject(none, one)), "notify.token Secret")
    assert (missing.verdict, missing.found) == ("failed", "missing")
    assert not [name for name, _ in credentials.checks(subject(of=deployed())) if "notify" in name]


def test_a_key_that_older_yaml_takes_for_a_boolean_is_text():
    assert parsed("on: [yes]\noff: true\nat: False") == {"on": ["yes"], "off": True, "at": False}
    assert stack_values("dev")
