"""Own promotion steps of a stack's file: accepted as Kargo's, or one line for each mistake."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from model.types.step_names import BUILT_IN
from tests.unit.configuration import PLANTED, lines, load, stages

STEPS = "pipelines[0].stages[0].steps"
FIXTURE: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "fixtures" / "own_steps.yaml").read_text())
HTTP: dict[str, Any] = {"as": "ask", "uses": "http"}
CLONE = {"as": "fetch", "uses": "git-clone"}
TASK: dict[str, Any] = {"as": "ticket", "task": {"name": "open-ticket"}}
OURS = "the name of a step of this program; write another name"
KARGOS = "a name that Kargo reserves; write another name"
NO_NAME = "not a name of a step; write at most 63 letters, digits, - and _, starting with a letter"
NO_VARIABLE = "not a name of a variable; write at most 63 letters, digits and _, starting with a letter or _"
NO_STEP = "open-source Kargo 1.11 has no such step; "
NO_MAPPING = "not a mapping; write `key: value` lines below it"
NOT_ONE = "not one expression; write it as a whole between ${{ and }}, such as ${{ status('name') == 'Succeeded' }}"
FOLDER = "the folder of this program's own clone; write another folder, such as ./own"
WITH_TASK = "not allowed together with task; remove one of them"
CALL = "write an expression such as ${{ secret('chat').token }}"
MESSAGES = {
    "unclosed": " at the end of the expression",
    "empty": "contains an expression without content; write one, or remove its delimiters",
    "within": "contains an expression that ends within quotes or brackets; close them, or write ${% … %} around an "
    "expression that contains }}",
    "secret": f"contains the value of a secret that is not read with secret(); {CALL}",
    "login": f"contains a URL with a login; remove it from the URL, and {CALL}",
    "token": f"contains a token or key in plain text; {CALL}",
    "key": "an expression in a key, which Kargo does not evaluate; write it in a value",
}


def own(before: list[Any] | None = None, after: list[Any] | None = None) -> dict[str, Any]:
    """Return the changes that give the one Stage these steps."""
    return stages({"name": "dev", "steps": {"before": before or [], "after": after or []}})


def configured(config: Any, **more: Any) -> dict[str, Any]:
    """Return the changes that give the one Stage a step with this config."""
    return own(after=[{**HTTP, "config": config, **more}])


@pytest.mark.parametrize("value", FIXTURE["accepted"], ids=repr)
def test_a_value_that_kargo_reads_and_that_is_no_secret_is_accepted(value):
    steps = load(configured({"a": value})).stack.pipelines[0].stages[0].steps
    assert steps.after[0].config == {"a": value}


@pytest.mark.parametrize("row", FIXTURE["refused"], ids=lambda row: repr(row["value"]))
def test_a_value_that_kargo_cannot_read_or_that_may_be_a_secret_is_refused(row):
    (line,) = lines(configured({"a": row["value"]}))
    assert line.startswith(f"{STEPS}.after[0].config.a")
    assert line.endswith(MESSAGES[row["message"]])
    assert "hunter2" not in line.lower()


def test_a_variable_is_held_to_the_same_rules():
    variables = [{"name": "token", "value": PLANTED}, {"name": "a", "value": "${{ b"}]
    assert lines(own([{**HTTP, "vars": variables}])) == [
        f"{STEPS}.before[0].vars[0].value: {MESSAGES['secret']}",
        f"{STEPS}.before[0].vars[1].value: contains ${{{{ without }}}}; add }}}}{MESSAGES['unclosed']}",
    ]


@pytest.mark.parametrize("levels", [41, 300])
def test_a_config_that_is_too_deep_is_refused(levels):
    nested: Any = "a"
    for _ in range(levels):
        nested = [nested]
    message = "more than 40 levels deep; write a flatter one"
    assert lines(configured({"a": nested})) == [f"{STEPS}.after[0].config: {message}"]
    for _ in range(levels - 38):
        (nested,) = nested
    assert load(configured({"a": nested})).stack


@pytest.mark.parametrize("name", ["a", "Ask-2", "open_ticket", "commits", "check-it", "x" * 63, "stepped-1"])
def test_any_other_name_is_accepted(name):
    assert load(own([{**HTTP, "as": name}])).stack


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        *[(name, OURS) for name in ("commit", "clone", "read", "push-1", "verify-2", "notify-failed", "check-12")],
        *[(name, KARGOS) for name in ("step-1", "task-12")],
        *[(name, NO_NAME) for name in ("1", "a b", "a::b", "-a", "x" * 64, "é", "", "a.b", "ask\n")],
    ],
)
def test_a_name_that_is_another_steps_or_no_name_is_refused(name, problem):
    assert lines(own([{**HTTP, "as": name}])) == [f"{STEPS}.before[0].as: {problem}"]


@pytest.mark.parametrize("uses", BUILT_IN)
def test_every_step_of_open_source_kargo_is_accepted(uses):
    assert load(own([{**HTTP, "uses": uses}])).stack


@pytest.mark.parametrize(
    "uses", ["send-message", "wait-for-approval", "get-user-input", "jira", "tf-apply", "gha-dispatch-workflow", "x"]
)
def test_a_step_of_the_paid_edition_is_refused(uses):
    (line,) = lines(own([{**HTTP, "uses": uses}]))
    assert line.startswith(f"{STEPS}.before[0].uses: {NO_STEP}")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([{"uses": "http"}], [], ["before[0].as: missing; add it"]),
        ([{"as": "ask"}], [], ["before[0].uses: missing; add the step that Kargo runs"]),
        ([{**HTTP, "uses": "git-clon"}], [], [f"before[0].uses: {NO_STEP}did you mean git-clone?"]),
        (
            [{**HTTP, "with": {}}],
            [],
            [
                "before[0].with: unknown key; write one of: as, config, continueOnError, if, retry, task, uses, vars",
            ],
        ),
        (["http"], [], [f"before[0]: {NO_MAPPING}"]),
        ([{**HTTP, "config": [1]}], [], [f"before[0].config: {NO_MAPPING}"]),
        ([{**HTTP, "config": "a: b"}], [], [f"before[0].config: {NO_MAPPING}"]),
        *[
            ([{**HTTP, "if": condition}], [], [f"before[0].if: {NOT_ONE}"])
            for condition in ("success()", "true", "", "${{ a }} && ${{ b }}", " ${{ a }}", "!${{ a }}")
        ],
        ([{**HTTP, "if": True}], [], ["before[0].if: not text; put it in quotes"]),
        ([{**HTTP, "if": "${{ (a }}"}], [], [f"before[0].if: {MESSAGES['within']}"]),
        (
            [{**HTTP, "continueOnError": "yes"}],
            [],
            ["before[0].continueOnError: not a boolean; write true or false"],
        ),
        (
            [{**HTTP, "retry": {"errorThreshold": 0, "timeout": "1d"}}],
            [],
            [
                "before[0].retry.errorThreshold: out of range; write a number that is greater than or equal to 1",
                "before[0].retry.timeout: not a duration; write hours, minutes and seconds, such as 5m, 1h30m or 1.5h",
            ],
        ),
        ([{**HTTP, "vars": {"a": "b"}}], [], ["before[0].vars: not a list; write `- ` lines below it"]),
        (
            [{**HTTP, "vars": [{"name": "a-b", "value": "1"}, {"name": "b", "value": 1}, {"name": "c"}]}],
            [],
            [
                f"before[0].vars[0].name: {NO_VARIABLE}",
                "before[0].vars[1].value: not text; put it in quotes",
                "before[0].vars[2].value: missing; add it",
            ],
        ),
        (
            [{**HTTP, "vars": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]}],
            [],
            ["before[0].vars[1]: the same as vars[0]; remove one"],
        ),
        ([HTTP, HTTP], [], ["before[1].as: before[0] has the same name; rename one of them"]),
        ([HTTP], [HTTP], ["after[0].as: before[0] has the same name; rename one of them"]),
        (
            [{**TASK, **HTTP, "if": "${{ a }}", "continueOnError": True, "retry": {"timeout": "1m"}, "config": {}}],
            [],
            [f"before[0].{key}: {WITH_TASK}" for key in ("uses", "if", "continueOnError", "retry", "config")],
        ),
        (
            [{**TASK, "task": {"name": "commit-image"}}],
            [],
            ["before[0].task.name: the PromotionTask of this program; write the name of another one"],
        ),
        (
            [{**TASK, "task": {"name": "a", "kind": "Task"}}],
            [],
            ["before[0].task.kind: not an allowed value; write 'PromotionTask' or 'ClusterPromotionTask'"],
        ),
    ],
)
def test_a_step_that_kargo_would_not_run_is_refused(before, after, expected):
    assert lines(own(before, after)) == [f"{STEPS}.{line}" for line in expected]


@pytest.mark.parametrize(
    "path", ["./gitops", "gitops", "/gitops", "//gitops/", "a/../gitops", "./gitops-1/x", "gitops-2/${{ ctx.stage }}"]
)
def test_a_file_in_a_folder_of_this_programs_clones_is_refused(path):
    checkout = {"checkout": [{"branch": "main", "path": "./own"}, {"branch": "main", "path": path}]}
    written = {"path": "a.json", "outPath": path}
    assert lines(own([{**CLONE, "config": checkout}, {**HTTP, "config": written}])) == [
        f"{STEPS}.before[0].config.checkout[1].path: {FOLDER}",
        f"{STEPS}.before[1].config.outPath: {FOLDER}",
    ]
    assert lines(own([], [{**CLONE, "config": checkout}])) == [f"{STEPS}.after[0].config.checkout[1].path: {FOLDER}"]
    # The clone is there.
    assert load(own([], [{**HTTP, "config": written}])).stack


@pytest.mark.parametrize("path", ["./own", "gitops.d", "mygitops", "a/gitops", "./gitopsy", "../gitops/../x"])
def test_any_other_folder_is_accepted(path):
    assert load(own([{**CLONE, "config": {"checkout": [{"path": path}]}}])).stack


@pytest.mark.parametrize("value", [True, "true", "${{ true }}"])
def test_certificates_are_verified_in_production(value):
    changes = configured({"url": "https://host/", "insecureSkipTLSVerify": value})
    assert load(changes).stack
    assert lines(changes, "prod", {}) == [
        f"{STEPS}.after[0].config.insecureSkipTLSVerify: not allowed in production; remove it, and configure the CA in "
        "Kargo (chart value controller.cabundle)"
    ]
    assert load(configured({"insecureSkipTLSVerify": False}), "prod", {}).stack
