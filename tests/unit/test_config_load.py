"""What a good stack file becomes, and that a bad one changes nothing."""

import pytest

import tests.program
from config.errors import ConfigError
from tests.program import run
from tests.recorder import Recorder
from tests.unit.configuration import load, warehouse


@pytest.mark.parametrize(("stack", "kind"), [("dev", "gitea"), ("prod", "ghcr")])
def test_the_committed_stack_files_load(stack, kind):
    loaded = load(stack=stack).stack
    (pipeline,) = loaded.pipelines
    assert loaded.registry.kind == kind
    assert loaded.registry.image_repository(pipeline.image).endswith("/backstage-cnoe")
    assert pipeline.warehouse.allow_tags_regexes == (r"^v\d+$",)


def test_what_the_engine_writes_for_optional_keys_counts_as_left_out():
    loaded = load({"caBundle": "", "webhooks": {}}).stack
    assert loaded.ca_bundle is None
    assert loaded.webhooks.registration is True


def test_a_rotation_may_be_a_number():
    assert load({"webhooks": {"rotation": 2}}).stack.webhooks.rotation == "2"


def test_secrets_are_outputs_beside_the_model():
    configuration = load()
    assert configuration.gitea_password is not None
    assert "planted-gitea-password" not in repr(configuration)


def test_bad_configuration_stops_the_program_before_any_resource_is_registered(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(tests.program, "Recorder", lambda outputs: recorder)
    with pytest.raises(ConfigError):
        run("dev", warehouse(interval="0s"))
    assert [resource.type for resource in recorder.resources if resource.type != "pulumi:pulumi:Stack"] == []
