"""Keys that do not exist, are missing, or have a value of another type: one line each."""

from collections.abc import Callable
from functools import partial
from typing import Any, get_origin

import pytest
from pydantic import BaseModel

from config.schema import keys_of, models_in
from config.unknown_keys import FORMER
from model.git_ops import GitOps
from model.login import Login
from model.pipeline import Pipeline
from model.registry import GiteaRegistry
from model.stage import ArgoCD, HttpCheck, Stage
from model.warehouse import Warehouse
from model.webhooks import WebhookSettings
from tests.unit.configuration import PLANTED, lines, login, pipeline, refusal, stages, warehouse


def stage(**keys: Any) -> dict[str, Any]:
    """Return the changes that give the one Stage these keys."""
    return stages({"name": "dev", **keys})


def top(key: str, **keys: Any) -> dict[str, Any]:
    """Return the changes that merge `keys` into a top-level mapping."""
    return {key: keys}


# A mapping of each model, and the changes that give it keys.
PLACES: dict[type[BaseModel], tuple[str, Callable[..., dict[str, Any]]]] = {
    Warehouse: ("pipelines[0].warehouse", warehouse),
    Pipeline: ("pipelines[0]", pipeline),
    Stage: ("pipelines[0].stages[0]", stage),
    HttpCheck: ("pipelines[0].stages[0].httpCheck", lambda **keys: stage(httpCheck={"url": "http://h/", **keys})),
    ArgoCD: ("pipelines[0].stages[0].argoCD", lambda **keys: stage(argoCD={"apps": [{"name": "a"}], **keys})),
    GiteaRegistry: ("registry", partial(top, "registry")),
    GitOps: ("gitOps", partial(top, "gitOps")),
    Login: ("registry.login", login),
    WebhookSettings: ("webhooks", partial(top, "webhooks")),
}
FORMER_KEYS = [
    pytest.param(model, key, new, id=f"{model.__name__}.{key}")
    for model, keys in FORMER.items()
    for key, new in keys.items()
]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"regsitry": {}}, "regsitry: unknown key; did you mean registry?"),
        ({"giteaPasword": PLANTED}, "giteaPasword: unknown key; did you mean giteaPassword?"),
        ({"pipeline": []}, "pipeline: unknown key; did you mean pipelines?"),
        ({"kubernetes": {"contxt": PLANTED}}, "kubernetes.contxt: unknown key; did you mean context?"),
        ({"kargo": {"webhookBaseUrl": PLANTED}}, "kargo.webhookBaseUrl: unknown key; did you mean webhooksBaseUrl?"),
        ({"registry": {"hosst": PLANTED}}, "registry.hosst: unknown key; did you mean host?"),
        (login(user=PLANTED), "registry.login.user: unknown key; did you mean username?"),
        (
            login(password={"secretStor": PLANTED}),
            "registry.login.password.secretStor: unknown key; did you mean secretStore?",
        ),
        (
            login(password={"vault": {"resourcegroup": PLANTED}}),
            "registry.login.password.vault.resourcegroup: unknown key; did you mean resourceGroup?",
        ),
        ({"gitOps": {"repoURl": PLANTED}}, "gitOps.repoURl: unknown key; did you mean repoURL?"),
        (pipeline(imagge=PLANTED), "pipelines[0].imagge: unknown key; did you mean image?"),
        (
            warehouse(allowTags=".*"),
            "pipelines[0].warehouse.allowTags: unknown key; did you mean allowTagsRegexes?",
        ),
        (
            warehouse(constraints=">1"),
            "pipelines[0].warehouse.constraints: unknown key; did you mean constraint?",
        ),
        (
            stages({"name": "dev", "autopromotion": True}),
            "pipelines[0].stages[0].autopromotion: unknown key; did you mean autoPromotion?",
        ),
        (
            stages({"name": "dev"}, {"name": "prod", "upstreams": ["dev"]}),
            "pipelines[0].stages[1].upstreams: unknown key; did you mean upstream?",
        ),
        ({"webhooks": {"rotatoin": "2"}}, "webhooks.rotatoin: unknown key; did you mean rotation?"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(changes, line):
    assert lines(changes) == [line]


def test_a_key_that_exists_nowhere_lists_the_keys_of_its_mapping():
    assert lines({"webhooks": {"zzz": 1}}) == [
        "webhooks.zzz: unknown key; write one of: registration, repository, rotation, scope, testDelivery, username"
    ]


@pytest.mark.parametrize(("model", "key", "new"), FORMER_KEYS)
def test_a_former_key_is_refused_with_its_new_name(model, key, new):
    path, changes = PLACES[model]
    fix = f"write {new}, its new name" if new else "remove it; the key no longer exists"
    assert lines(changes(**{key: PLANTED})) == [f"{path}.{key}: unknown key; {fix}"]


@pytest.mark.parametrize(("model", "key", "new"), [param for param in FORMER_KEYS if param.values[2]])
def test_a_new_name_exists(model, key, new):
    assert key not in keys_of(model)
    inside: Any = model
    for part in new.split("."):
        annotation = keys_of(inside)[part.removesuffix("[]")]
        assert (get_origin(annotation) is tuple) or not part.endswith("[]")
        inside = next(iter(models_in(annotation)), None)


def test_a_former_key_in_the_place_of_a_required_one_is_missed_under_its_new_name():
    assert lines({"gitOps": {"repoURL": None, "repoUrl": PLANTED}}) == [
        "gitOps.repoURL: missing; add it",
        "gitOps.repoUrl: unknown key; write repoURL, its new name",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (pipeline(tag="edge"), "pipelines[0].tag: unknown key; did you mean pipelines[0].warehouse.constraint?"),
        (
            pipeline(constraint=">=1"),
            "pipelines[0].constraint: unknown key; did you mean pipelines[0].warehouse.constraint?",
        ),
        (stage(image="b"), "pipelines[0].stages[0].image: unknown key; did you mean pipelines[0].image?"),
        (
            stages({"name": "dev"}, {"name": "prod", "labels": ["deploy"]}),
            "pipelines[0].stages[1].labels: unknown key; did you mean pipelines[0].stages[1].pullRequest.labels?",
        ),
        (
            stage(timeout="1m"),
            "pipelines[0].stages[0].timeout: unknown key; did you mean pipelines[0].stages[0].pullRequest.timeout or "
            "pipelines[0].stages[0].httpCheck.retry.timeout?",
        ),
        ({"kargo": {"viewer": ["a"]}}, "kargo.viewer: unknown key; did you mean kargo.roles.viewer?"),
        ({"registry": {"repoURL": PLANTED}}, "registry.repoURL: unknown key; did you mean gitOps.repoURL?"),
        ({"image": "b"}, "image: unknown key; did you mean pipelines[].image?"),
    ],
)
def test_a_key_of_a_mapping_nearby_is_refused_with_that_place(changes, line):
    assert lines(changes) == [line]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            login(password={"from": "stack", "key": None, "vault": None}),
            "registry.login.password.secretStore: only with from: azureKeyVault or from: idpbuilder; remove it, or "
            "change from",
        ),
        (
            {"vaultUrl": PLANTED},
            "vaultUrl: unknown key; write one of: caBundle, environment, gitOps, gitOpsPassword, gitOpsPrivateKey, "
            "giteaPassword, githubToken, kargo, kubernetes, notify, notifyToken, pipelines, publishPassword, "
            "publishTo, registry, registryPassword, webhookSecret, webhooks",
        ),
    ],
    ids=["another variant", "a distant mapping"],
)
def test_a_key_of_another_variant_names_it_and_one_of_a_distant_mapping_lists_the_keys_of_its_own(changes, line):
    assert lines(changes) == [line]


def test_the_keys_offered_are_those_of_the_registrys_own_kind():
    assert lines({"registry": {"host": "ghcr.io"}}, "prod", {}) == [
        "registry.host: only with kind: gitea; remove it, or change kind"
    ]
    assert lines({"registry": {"zzz": "ghcr.io"}}, "prod", {}) == [
        "registry.zzz: unknown key; write one of: kind, login, owner"
    ]


def test_pythons_own_spelling_of_a_key_is_unknown_in_a_file():
    (line,) = lines({"gitOps": {"images_file": "x.json"}})
    assert line == "gitOps.images_file: unknown key; did you mean imagesFile?"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"environment": None}, "environment: missing; add it"),
        ({"registry": None}, "registry: missing; add it"),
        ({"registry": {"kind": None}}, "registry.kind: missing; add kind: gitea or kind: ghcr"),
        ({"registry": {"owner": None}}, "registry.owner: missing; add it"),
        (login(password=None), "registry.login.password: missing; add it"),
        (
            login(password={"from": None}),
            "registry.login.password.from: missing; add from: azureKeyVault, from: idpbuilder or from: stack",
        ),
        (login(password={"vault": {"name": None}}), "registry.login.password.vault.name: missing; add it"),
        ({"pipelines": None}, "pipelines: missing; add it"),
        (pipeline(image=None), "pipelines[0].image: missing; add it"),
        (pipeline(stages=None), "pipelines[0].stages: missing; add it"),
        (stages({"environment": "dev"}), "pipelines[0].stages[0].name: missing; add it"),
    ],
)
def test_a_missing_key_is_asked_for(changes, line):
    assert lines(changes) == [line]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"registry": PLANTED}, "registry: not a mapping or list; write it as YAML in the stack's file"),
        ({"pipelines": {"name": "a"}}, "pipelines: not a list; write `- ` lines below it"),
        ({"pipelines": []}, "pipelines: empty; write at least one entry"),
        ({"pipelines": ["backstage"]}, "pipelines[0]: not a mapping; write `key: value` lines below it"),
        (stages(), "pipelines[0].stages: empty; write at least one entry"),
        (pipeline(stages={"name": "dev"}), "pipelines[0].stages: not a list; write `- ` lines below it"),
        (pipeline(image=1), "pipelines[0].image: not text; put it in quotes"),
        ({"webhooks": {"registration": "yes"}}, "webhooks.registration: not a boolean; write true or false"),
        ({"webhooks": {"testDelivery": 1}}, "webhooks.testDelivery: not a boolean; write true or false"),
        ({"environment": "staging"}, "environment: not an allowed value; write 'development' or 'production'"),
        *[
            ({"webhooks": {"scope": scope}}, "webhooks.scope: not an allowed value; write 'owner' or 'system'")
            for scope in ("Owner", "user", "organization")
        ],
        (
            {"gitOps": {"provider": "gitlab"}},
            "gitOps.provider: not an allowed value; write 'gitea' or 'github'",
        ),
        (
            stages({"name": "dev", "promoteBy": PLANTED}),
            "pipelines[0].stages[0].promoteBy: not an allowed value; write 'push' or 'pullRequest'",
        ),
        (
            login(password={"from": PLANTED}),
            "registry.login.password.from: not an allowed value; write 'azureKeyVault', 'idpbuilder' or 'stack'",
        ),
        ({"registry": {"kind": PLANTED}}, "registry.kind: not an allowed value; write 'gitea' or 'ghcr'"),
        ({"kubernetes": {"context": ""}}, "kubernetes.context: empty; write a value, or remove the key"),
    ],
)
def test_a_value_of_another_kind_is_refused(changes, line):
    assert lines(changes) == [line]


def test_every_mistake_gets_its_line_in_one_go():
    found = lines(
        {
            "regsitry": PLANTED,
            "environment": "staging",
            "registry": {"hosst": PLANTED},
            **pipeline(image="a:b", warehouse={"interval": "x"}),
        }
    )
    assert sorted(line.partition(": ")[0] for line in found) == [
        "environment",
        "pipelines[0].image",
        "pipelines[0].warehouse.interval",
        "registry.hosst",
        "regsitry",
    ]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_error_names_the_stack_and_says_that_nothing_changed(stack):
    first = refusal({"regsitry": {}}, stack).splitlines()[0]
    assert first == f"the configuration of stack '{stack}' cannot be used; nothing was changed"


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("a\nb", r"'a\nb'"),
        ("\x1b[31mred", r"'\x1b[31mred'"),
        (" registry", "' registry'"),
        ("a\u2028b", r"'a\u2028b'"),
        ("x" * 300, "x" * 60 + "…"),
        ("größe", "größe"),
        ("", "''"),
    ],
)
def test_an_unknown_key_cannot_break_its_line(key, shown):
    (top,) = lines({key: 1})
    assert top.startswith(f"{shown}: unknown key; ")
    (nested,) = lines({"webhooks": {key: 1}})
    assert nested.startswith(f"webhooks.{shown}: unknown key; ")


WITHOUT_PATH = "was set without --path; run `pulumi config rm` for it, then `pulumi config set --path`"


@pytest.mark.parametrize(
    "key", ["kargo.project", "registry.login.username", "pipelines[0].name", "webhooks.rotation", "gitOps.nope"]
)
def test_a_forgotten_path_option_is_named(key):
    assert lines({key: PLANTED}) == [f"{key}: {WITHOUT_PATH}"]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        "9" * 4301,
        '[{"warehouse": {"discoveryLimit": ' + "9" * 5000 + "}}]",
    ],
    ids=["open lists", "deep lists", "a long number", "a long number inside"],
)
def test_what_python_cannot_read_gives_a_line_of_our_own(text):
    (line,) = lines({}, encoded={"pipelines": text})
    assert line in (
        "pipelines: contains a number that is too long, or lists that are too deep; shorten them",
        "pipelines: not a mapping or list; write it as YAML in the stack's file",
    )


@pytest.mark.parametrize("text", ["5", "true", "[]", "NaN", "1e999", '"text"'])
def test_a_mapping_is_asked_for_where_something_else_stands(text):
    assert lines({}, encoded={"registry": text}) == ["registry: not a mapping; write `key: value` lines below it"]
    assert lines({}, encoded={"kargo": text}) == ["kargo: not a mapping; write `key: value` lines below it"]
