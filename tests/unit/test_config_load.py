"""A stack's file that loads, and a wrong one that changes nothing."""

import subprocess
import sys

import pytest

import tests.program
from config.errors import ConfigError
from tests.program import run
from tests.recorder import Recorder
from tests.unit.configuration import NULL, at, lines, load, warehouse


@pytest.mark.parametrize(("stack", "kind"), [("dev", "gitea"), ("prod", "ghcr")])
def test_the_committed_stack_files_load(stack, kind):
    loaded = load(stack=stack).stack
    (pipeline,) = loaded.pipelines
    assert loaded.registry.kind == kind
    assert loaded.registry.image_repository(pipeline.image).endswith("/backstage-cnoe")
    assert pipeline.warehouse.allow_tags_regexes == (r"^v\d+$",)


def test_what_the_engine_writes_for_optional_keys_counts_as_left_out():
    loaded = load({"caBundle": "", "webhooks": {}, "publishTo": {}}).stack
    assert loaded.ca_bundle is None
    assert loaded.publish_to is None
    assert loaded.webhooks.registration is True


@pytest.mark.parametrize(
    ("written", "used"), [(2, "2"), ("2026-11", "2026-11"), (0, "0"), (-7, "-7"), (10**30, "1" + "0" * 30)]
)
def test_a_rotation_may_be_a_number(written, used):
    assert load(at("webhooks.rotation", written)).stack.webhooks.rotation == used


@pytest.mark.parametrize(
    ("rotation", "problem"),
    [
        (NULL, "empty; write a value, or remove the key"),
        ("", "empty; write a value, or remove the key"),
        (" ", "empty; write a value, or remove the key"),
        (True, "not text; put it in quotes"),
        (1.5, "not text; put it in quotes"),
        ([1], "a list, not text; write one value after the colon"),
        ({"a": 1}, "a mapping, not text; write one value after the colon"),
    ],
)
def test_a_rotation_that_would_become_a_word_nobody_wrote_is_refused(rotation, problem):
    assert lines(at("webhooks.rotation", rotation)) == [f"webhooks.rotation: {problem}"]


def test_bad_configuration_stops_the_program_before_any_resource_is_registered(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(tests.program, "Recorder", lambda outputs: recorder)
    with pytest.raises(ConfigError):
        run("dev", warehouse(interval="0s"))
    assert [resource.type for resource in recorder.resources if resource.type != "pulumi:pulumi:Stack"] == []


def test_loading_imports_nothing_that_only_some_stacks_or_only_people_need():
    code = "import sys, config.load; print(*{'re2', 'config.reference', 'hypothesis', 'jsonschema'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tests.program.ROOT
    )
    assert result.stdout.split() == []
