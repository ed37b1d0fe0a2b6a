"""Keys that do not exist, are missing, or have a value of another kind: one line each."""

import pytest

from tests.unit.configuration import PLANTED, lines, login, pipeline, refusal, stages, warehouse


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
        ({"gitOps": {"repoURL": PLANTED}}, "gitOps.repoURL: unknown key; did you mean repoUrl?"),
        (pipeline(imagge=PLANTED), "pipelines[0].imagge: unknown key; did you mean image?"),
        (
            warehouse(allowTags=".*"),
            "pipelines[0].warehouse.allowTags: unknown key; did you mean allowTagsRegexes?",
        ),
        (
            warehouse(semverConstraints=">1"),
            "pipelines[0].warehouse.semverConstraints: unknown key; did you mean semverConstraint?",
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


def test_a_key_like_no_other_is_refused_with_all_that_there_are():
    assert lines({"webhooks": {"zzz": 1}}) == [
        "webhooks.zzz: unknown key; write one of: deliveryProof, registration, rotation, scope, username"
    ]


def test_the_keys_offered_are_those_of_the_registrys_own_kind():
    assert lines({"registry": {"host": "ghcr.io"}}, "prod", {}) == [
        "registry.host: unknown key; write one of: kind, login, owner"
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
        ({"webhooks": {"deliveryProof": 1}}, "webhooks.deliveryProof: not a boolean; write true or false"),
        ({"environment": "staging"}, "environment: not one of its values; write 'development' or 'production'"),
        (
            {"webhooks": {"scope": "Owner"}},
            "webhooks.scope: not one of its values; write 'owner', 'user', 'organization' or 'system'",
        ),
        (
            {"gitOps": {"provider": "gitlab"}},
            "gitOps.provider: not one of its values; write 'gitea' or 'github'",
        ),
        (
            stages({"name": "dev", "promoteBy": PLANTED}),
            "pipelines[0].stages[0].promoteBy: not one of its values; write 'push' or 'pullRequest'",
        ),
        (
            login(password={"from": PLANTED}),
            "registry.login.password.from: not one of its values; write 'azureKeyVault', 'idpbuilder' or 'stack'",
        ),
        ({"registry": {"kind": PLANTED}}, "registry.kind: not one of its values; write 'gitea' or 'ghcr'"),
        ({"kubernetes": {"context": ""}}, "kubernetes.context: empty; write a value or leave the key out"),
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


WITHOUT_PATH = (
    "set without --path, so it is a key of its own; remove it with `pulumi config rm` and set it again with "
    "`pulumi config set --path`"
)


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
        "pipelines: a number is too long, or lists too deep, to be read; write shorter ones",
        "pipelines: not a mapping or list; write it as YAML in the stack's file",
    )


@pytest.mark.parametrize("text", ["5", "true", "[]", "NaN", "1e999", '"text"'])
def test_a_mapping_is_asked_for_where_something_else_stands(text):
    assert lines({}, encoded={"registry": text}) == ["registry: not a mapping; write `key: value` lines below it"]
    assert lines({}, encoded={"kargo": text}) == ["kargo: not a mapping; write `key: value` lines below it"]
