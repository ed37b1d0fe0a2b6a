"""Bad configuration: one line per mistake, before anything is registered, without a configured value."""

import asyncio
from typing import Any

import pytest
import stack_config
from config_errors import ConfigError
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pulumi.runtime import set_mocks

import tests.program
from tests.program import PASSWORD, PROJECT, merged, run, set_config, stack_values
from tests.recorder import Recorder

PLANTED = "hunter2-planted"
WITH_PASSWORD = {"giteaPassword": PASSWORD}
NOT_A_NAME = (
    "not a Kubernetes name; write at most 63 lower-case letters, digits and '-', starting and ending with a letter "
    "or digit"
)
RESERVED = "a namespace that Kubernetes or Kargo keeps for itself; write a name of your own, such as backstage"
CREDENTIALS_IN_URL = "carries credentials; write the URL without them and keep them under `credentials`"
NOT_HTTP = "not an HTTP(S) URL; write https://host[:port]/path (Kargo 1.13 drops SSH)"
PLAIN_HTTP = "plain HTTP; write https:// (HTTP is accepted for this machine's own loopback only)"
NO_TLS = "TLS verification is off in production; remove it and give Kargo the CA (chart value controller.cabundle)"
CYCLE = "a cycle that the Warehouse never feeds; let one of its Stages have no upstream"
NOT_A_DURATION = "not a duration; write whole hours, minutes and seconds, such as 5m or 1h30m"
NOT_RE2 = "uses what Go's regular expressions lack"
EVERY_TAG = r"matches every tag, even 'latest'; write what a release looks like, such as '^v\d+$'"


def load(
    changes: dict[str, Any] | None = None, stack: str = "dev", secrets: dict[str, str] | None = None
) -> stack_config.StackConfig:
    """Load a committed stack's configuration with `changes`, as `__main__.py` does."""

    async def on_a_loop() -> stack_config.StackConfig:
        set_mocks(Recorder(), project=PROJECT, stack=stack)
        set_config(merged(stack_values(stack), changes or {}), WITH_PASSWORD if secrets is None else secrets)
        return stack_config.load()

    return asyncio.run(on_a_loop())


def refusal(changes: dict[str, Any], stack: str = "dev", secrets: dict[str, str] | None = None) -> str:
    """Return the text of the error that `changes` cause."""
    with pytest.raises(ConfigError) as error:
        load(changes, stack, secrets)
    return str(error.value)


def lines(changes: dict[str, Any], stack: str = "dev", secrets: dict[str, str] | None = None) -> list[str]:
    """Return the mistakes that the error lists."""
    return [line.strip() for line in refusal(changes, stack, secrets).splitlines()[1:]]


def stages(*entries: Any) -> dict[str, Any]:
    return {"stages": list(entries)}


def tags(*regexes: str) -> dict[str, Any]:
    return {"warehouse": {"allowTagsRegexes": list(regexes)}}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"regsitry": {}}, "regsitry: unknown key; did you mean registry?"),
        ({"giteaPasword": PLANTED}, "giteaPasword: unknown key; did you mean giteaPassword?"),
        ({"registry": {"hosst": PLANTED}}, "registry.hosst: unknown key; did you mean host?"),
        ({"warehouse": {"allowTags": ".*"}}, "warehouse.allowTags: unknown key; did you mean allowTagsRegexes?"),
        (
            {"warehouse": {"semverConstraints": ">1"}},
            "warehouse.semverConstraints: unknown key; did you mean semverConstraint?",
        ),
        ({"webhooks": {"rotatoin": "2"}}, "webhooks.rotatoin: unknown key; did you mean rotation?"),
        (
            {"credentials": {"keyVault": {"vaultNam": PLANTED}}},
            "credentials.keyVault.vaultNam: unknown key; did you mean vaultName?",
        ),
        (
            stages({"name": "dev", "autopromotion": True}),
            "stages[0].autopromotion: unknown key; did you mean autoPromotion?",
        ),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(changes, line):
    assert lines(changes) == [line]


def test_a_key_like_no_other_is_refused_with_all_that_there_are():
    assert lines({"webhooks": {"zzz": 1}}) == [
        "webhooks.zzz: unknown key; write one of: deliveryProof, registration, rotation, scope"
    ]


def test_the_keys_offered_are_those_of_the_registrys_own_kind():
    assert lines({"registry": {"host": "ghcr.io"}}, "prod", {}) == [
        "registry.host: unknown key; write one of: image, kind, owner"
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"registry": {"kind": PLANTED}}, "registry: unknown kind; write kind: 'gitea' or 'ghcr'"),
        ({"registry": {"kind": None}}, "registry: has no kind; add kind: gitea or kind: ghcr"),
        ({"registry": None}, "registry: missing; add it"),
        ({"registry": {"owner": None}}, "registry.owner: missing; add it"),
        ({"registry": PLANTED}, "registry: not a mapping or list; write it as YAML in the stack's file"),
        (
            {"registry": {"host": "https://gitea.example"}},
            "registry.host: has a scheme; write host:port alone, such as gitea.example.com:8443",
        ),
        (
            {"registry": {"host": "gitea.example/owner"}},
            "registry.host: not a host; write a lower-case host name and, if not 443, a port: gitea.example.com:8443",
        ),
        (
            {"registry": {"image": "backstage:v1"}},
            "registry.image: has a tag or digest; write the name alone, Kargo chooses the tag: backstage-cnoe",
        ),
        (
            {"registry": {"image": "backstage@sha256:0"}},
            "registry.image: has a tag or digest; write the name alone, Kargo chooses the tag: backstage-cnoe",
        ),
        (
            {"registry": {"image": "https://gitea.example/backstage"}},
            "registry.image: has a scheme; write the name alone, such as backstage-cnoe",
        ),
        (
            {"registry": {"image": "Backstage"}},
            "registry.image: not an image name; write lower-case letters, digits and single . _ - between them",
        ),
    ],
)
def test_a_registry_that_cannot_be_meant_is_refused(changes, line):
    assert lines(changes) == [line]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (f"https://robot:{PLANTED}@git.example/a/b.git", CREDENTIALS_IN_URL),
        (f"https://{PLANTED}@git.example/a/b.git", CREDENTIALS_IN_URL),
        ("ssh://git.example/a/b.git", NOT_HTTP),
        ("git@git.example:a/b.git", NOT_HTTP),
        ("http://git.example/a/b.git", PLAIN_HTTP),
        ("http://localhost.example/a/b.git", PLAIN_HTTP),
        ("https://git.example/a/b.git?ref=main", "has a query or fragment; write the URL without it"),
        ("https://git.example/", "names no repository; write https://host/owner/repository.git"),
        ("https://git.example:99999/a/b.git", "not a URL; write https://host[:port]/path"),
    ],
)
def test_a_gitops_url_that_kargo_cannot_or_must_not_use_is_refused(url, problem):
    assert lines({"gitOps": {"repoUrl": url}}) == [f"gitOps.repoUrl: {problem}"]


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "localhost:3000"])
def test_plain_http_is_accepted_on_this_machines_loopback(host):
    assert load({"gitOps": {"repoUrl": f"http://{host}/a/b.git"}}).model.git_ops.repo_url.startswith("http://")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (stages(), "stages: empty; write at least one entry"),
        ({"stages": None}, "stages: missing; add it"),
        ({"stages": {"name": "dev"}}, "stages: not a list; write `- ` lines below it"),
        (
            stages({"name": "a", "environment": "x"}, {"name": "a", "environment": "y"}),
            "stages[1].name: 'a' is there twice; give each Stage its own name",
        ),
        (
            stages({"name": "a", "environment": "x"}, {"name": "b", "environment": "x"}),
            "stages[1].environment: 'x' is set by another Stage too; name another key",
        ),
        (
            stages({"name": "a"}, {"name": "b", "environment": "a"}),
            "stages[1].environment: 'a' is set by another Stage too; name another key",
        ),
        (
            stages({"name": "dev"}, {"name": "prod", "upstream": ["dve"]}),
            "stages[1].upstream[0]: no Stage 'dve'; did you mean dev?",
        ),
        (stages({"name": "a", "upstream": ["a"]}), f"stages[0].upstream: {CYCLE}"),
    ],
)
def test_stages_that_nothing_could_promote_through_are_refused(changes, line):
    assert lines(changes) == [line]


def test_a_cycle_is_reported_at_each_of_its_stages():
    found = lines(stages({"name": "free"}, {"name": "a", "upstream": ["b"]}, {"name": "b", "upstream": ["a"]}))
    assert found == [f"stages[1].upstream: {CYCLE}", f"stages[2].upstream: {CYCLE}"]


def test_a_loop_that_another_stage_feeds_is_no_mistake():
    assert load(stages({"name": "a"}, {"name": "b", "upstream": ["c", "a"]}, {"name": "c", "upstream": ["b"]}))


def test_a_stage_behind_a_misspelt_upstream_is_not_called_a_cycle():
    found = lines(
        stages({"name": "test"}, {"name": "uat", "upstream": ["tset"]}, {"name": "prod", "upstream": ["uat"]})
    )
    assert found == ["stages[1].upstream[0]: no Stage 'tset'; did you mean test?"]


def test_a_bad_stage_gives_no_second_line_about_an_empty_list():
    assert lines(stages({"name": "Dev_1", "environment": "dev"})) == [f"stages[0].name: {NOT_A_NAME}"]
    assert lines(stages({"name": "", "environment": "dev"})) == [f"stages[0].name: {NOT_A_NAME}"]
    assert lines(stages({"environment": "dev"})) == ["stages[0].name: missing; add it"]


def test_a_mistake_in_a_stages_name_is_not_reported_again_for_the_environment_it_implies():
    assert lines(stages({"name": "a"}, {"name": "a"})) == [
        "stages[1].name: 'a' is there twice; give each Stage its own name"
    ]


@pytest.mark.parametrize(
    ("regex", "problem"),
    [
        ("(", r"not a regular expression (see character 1); write one such as"),
        (r"^v(?=\d)", NOT_RE2),
        (r"^(?<!x)v\d+$", NOT_RE2),
        (r"^(v)\1$", NOT_RE2),
        (r"^v\d++$", NOT_RE2),
        (".*", EVERY_TAG),
        ("", EVERY_TAG),
        ("latest", EVERY_TAG),
    ],
)
def test_a_tag_regex_that_kargo_cannot_compile_or_that_admits_everything_is_refused(regex, problem):
    assert lines(tags(r"^v\d+$", regex))[0].startswith(f"warehouse.allowTagsRegexes[1]: {problem}")


def test_a_bad_tag_regex_gives_no_second_line_about_an_empty_list():
    assert lines(tags(".*")) == [f"warehouse.allowTagsRegexes[0]: {EVERY_TAG}"]


# All verified to fail in Go 1.26's regexp.Compile, which Kargo uses.
@pytest.mark.parametrize("regex", [r"^v\d+\Z", r"(?x)^v\d+$", r"^(?#release)v\d+$", r"^v\d{1001}$", r"^\u0076\d+$"])
def test_python_only_regex_syntax_is_refused_since_go_lacks_it(regex):
    assert lines(tags(regex))[0].startswith("warehouse.allowTagsRegexes[0]: ")


def test_a_regex_error_does_not_quote_the_pattern():
    assert PLANTED not in refusal(tags(f"(?P<{PLANTED}>v)"))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"warehouse": {"interval": "5 minutes"}}, f"warehouse.interval: {NOT_A_DURATION}"),
        ({"warehouse": {"interval": "1.5h"}}, f"warehouse.interval: {NOT_A_DURATION}"),
        ({"warehouse": {"interval": ""}}, f"warehouse.interval: {NOT_A_DURATION}"),
        ({"warehouse": {"interval": "0s"}}, "warehouse.interval: zero; write how often to look, such as 5m"),
        ({"warehouse": {"interval": "0h0m"}}, "warehouse.interval: zero; write how often to look, such as 5m"),
        ({"warehouse": {"interval": 300}}, "warehouse.interval: not text; put it in quotes"),
        ({"warehouse": {"allowTagsRegexes": []}}, "warehouse.allowTagsRegexes: empty; write at least one entry"),
        (
            {"warehouse": {"discoveryLimit": 0}},
            "warehouse.discoveryLimit: out of range; write a number that is greater than or equal to 1",
        ),
        (
            {"warehouse": {"discoveryLimit": 101}},
            "warehouse.discoveryLimit: out of range; write a number that is less than or equal to 100",
        ),
        (
            {"warehouse": {"discoveryLimit": "20"}},
            "warehouse.discoveryLimit: not a whole number; write digits without quotes",
        ),
        ({"webhooks": {"registration": "yes"}}, "webhooks.registration: not a boolean; write true or false"),
        ({"webhooks": {"scope": "Owner"}}, "webhooks.scope: not one of its values; write 'owner', 'user', "),
        ({"environment": "staging"}, "environment: not one of its values; write 'development' or 'production'"),
        ({"gitOps": {"imagesFile": "../x.json"}}, "gitOps.imagesFile: leaves the repository; write a path below"),
        ({"gitOps": {"app": "back.stage"}}, "gitOps.app: has characters that are not allowed; write what matches"),
        ({"kubernetes": {"context": ""}}, "kubernetes.context: empty; write a value or leave the key out"),
    ],
)
def test_a_value_of_the_wrong_type_or_range_is_refused(changes, line):
    (found,) = lines(changes)
    assert found.startswith(line)


@pytest.mark.parametrize(
    ("project", "problem"),
    [
        ("Backstage", NOT_A_NAME),
        ("a" * 64, NOT_A_NAME),
        ("Dev_1", NOT_A_NAME),
        ("-a", NOT_A_NAME),
        ("a.b", NOT_A_NAME),
        ("", NOT_A_NAME),
        ("kube-system", RESERVED),
        ("default", RESERVED),
        ("kargo", RESERVED),
    ],
)
def test_a_project_name_that_kubernetes_refuses_or_keeps_is_refused(project, problem):
    assert lines({"kargo": {"project": project}}) == [f"kargo.project: {problem}"]


def test_the_longest_name_that_kubernetes_takes_is_accepted():
    assert load({"kargo": {"project": "a" * 63}}).model.kargo.project == "a" * 63


def test_production_refuses_tls_verification_off_for_registry_and_gitops():
    assert lines({"environment": "production"}) == [
        f"registry.insecureSkipTlsVerify: {NO_TLS}",
        f"gitOps.insecureSkipTlsVerify: {NO_TLS}",
    ]
    assert lines({"gitOps": {"insecureSkipTlsVerify": True}}, "prod", {}) == [f"gitOps.insecureSkipTlsVerify: {NO_TLS}"]


def test_production_accepts_gitea_with_verified_tls():
    verified = {"registry": {"insecureSkipTlsVerify": False}, "gitOps": {"insecureSkipTlsVerify": False}}
    assert load({"environment": "production", **verified})


@pytest.mark.parametrize(
    ("changes", "uses"),
    [
        ({}, "the Key Vault secret and the webhook in Gitea"),
        ({"webhooks": {"registration": False}}, "the Key Vault secret"),
        ({"credentials": {"keyVault": None}}, "the webhook in Gitea"),
    ],
)
def test_a_missing_gitea_password_says_what_needs_it_and_which_command_sets_it(changes, uses):
    assert lines(changes, secrets={}) == [
        f"giteaPassword: missing, and needed for {uses}; "
        "run: pulumi config set --secret kargo-backstage:giteaPassword --stack dev"
    ]


def test_an_empty_gitea_password_is_a_missing_one():
    (line,) = lines({}, secrets={"giteaPassword": ""})
    assert line.startswith("giteaPassword: missing")


def test_gitea_without_hook_and_vault_needs_no_password():
    off = {"webhooks": {"registration": False}, "credentials": {"keyVault": None}}
    assert load(off, secrets={}).gitea_password is None


def test_ghcr_needs_no_gitea_password():
    assert load(stack="prod", secrets={}).gitea_password is None


def test_every_mistake_gets_its_line_in_one_go():
    found = lines(
        {
            "regsitry": PLANTED,
            "environment": "staging",
            "registry": {"hosst": PLANTED, "image": "a:b"},
            "warehouse": {"interval": "x"},
        }
    )
    assert sorted(line.partition(":")[0] for line in found) == [
        "environment",
        "registry.hosst",
        "registry.image",
        "regsitry",
        "warehouse.interval",
    ]


def test_mistakes_across_keys_are_reported_together_with_a_missing_password():
    found = lines({"regsitry": {}}, secrets={})
    assert [line.partition(":")[0] for line in found] == ["regsitry", "giteaPassword"]


@pytest.mark.parametrize(("stack", "secrets"), [("dev", WITH_PASSWORD), ("prod", {})])
def test_the_error_names_the_stack_and_says_that_nothing_changed(stack, secrets):
    first = refusal({"regsitry": {}}, stack, secrets).splitlines()[0]
    assert first == f"the configuration of stack '{stack}' cannot be used; nothing was changed"


def test_bad_configuration_stops_the_program_before_any_resource_is_registered(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(tests.program, "Recorder", lambda outputs: recorder)
    with pytest.raises(ConfigError):
        run("dev", {"warehouse": {"interval": "0s"}})
    assert [resource.type for resource in recorder.resources if resource.type != "pulumi:pulumi:Stack"] == []


@pytest.mark.parametrize(("stack", "kind"), [("dev", "gitea"), ("prod", "ghcr")])
def test_the_committed_stack_files_load(stack, kind):
    config = load(stack=stack)
    assert config.registry.kind == kind
    assert config.registry.image_repository.endswith("/backstage-cnoe")
    assert config.model.warehouse.allow_tags_regexes == (r"^v\d+$",)


def test_what_the_engine_writes_for_optional_keys_counts_as_left_out():
    model = load({"caBundle": "", "warehouse": {"allowTagsRegexes": [r"^v\d+$"]}, "webhooks": {}}).model
    assert model.ca_bundle is None
    assert model.webhooks.registration is True


@pytest.mark.parametrize(
    ("written", "canonical"), [("24h", "24h0m0s"), ("90s", "1m30s"), ("5m", "5m0s"), ("45s", "45s")]
)
def test_durations_reach_kargo_as_its_admission_writes_them(written, canonical):
    assert load({"warehouse": {"interval": written}}).model.warehouse.interval == canonical
    assert load({"credentials": {"refreshInterval": written}}).model.credentials.refresh_interval == canonical


def test_a_stages_environment_is_its_name_unless_written():
    model = load(stages({"name": "a"}, {"name": "b", "environment": "production"})).model
    assert [stage.environment for stage in model.stages] == ["a", "production"]


def test_a_rotation_may_be_a_number():
    assert load({"webhooks": {"rotation": 2}}).model.webhooks.rotation == "2"


def planted_at(path: str, text: str) -> dict[str, Any]:
    """Return changes that put `text` at `path`."""
    value: Any = text
    for key in reversed(path.split(".")):
        value = [value] if key == "[]" else {key: value}
    return {"misspelt": text, **value}


PATHS = [
    "environment",
    "kubernetes.context",
    "kargo.project",
    "kargo.webhooksBaseUrl",
    "registry",
    "registry.kind",
    "registry.host",
    "registry.owner",
    "registry.image",
    "registry.insecureSkipTlsVerify",
    "credentials.username",
    "credentials.secretStore",
    "credentials.remoteKey",
    "credentials.refreshInterval",
    "credentials.keyVault.vaultName",
    "gitOps.provider",
    "gitOps.repoUrl",
    "gitOps.branch",
    "gitOps.imagesFile",
    "gitOps.app",
    "stages.[].name",
    "stages.[].promoteBy",
    "warehouse.allowTagsRegexes.[]",
    "warehouse.discoveryLimit",
    "warehouse.interval",
    "webhooks.scope",
    "giteaPasword",
]


@settings(max_examples=60, deadline=None)
@given(
    path=st.sampled_from(PATHS),
    before=st.sampled_from(["", "https://", "https://u:", "ssh://", "(", "["]),
    after=st.text(st.characters(codec="utf-8"), max_size=12),
)
@example(path="registry.host", before="", after="@")
@example(path="gitOps.repoUrl", before="https://u:", after="@git.example/a/b.git")
def test_no_error_repeats_a_configured_value(path, before, after):
    message = refusal(planted_at(path, f"{before}hunter2-{after}"))
    assert "misspelt: unknown key" in message
    assert "hunter2" not in message
