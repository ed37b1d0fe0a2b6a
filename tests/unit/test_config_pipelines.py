"""Pipelines and their Stages: names that meet, Stages that nothing feeds, keys that two Stages would write."""

from typing import Any

import pytest

from tests.program import merged, stack_values
from tests.unit.configuration import lines, load, pipeline, stages

NOT_A_NAME = (
    "not a Kubernetes name; write at most 63 lower-case letters, digits and '-', starting and ending with a letter "
    "or digit"
)
RESERVED = "a namespace that Kubernetes or Kargo keeps for itself; write a name of your own, such as backstage"
CYCLE = "a cycle that the Warehouse never feeds; let one of its Stages have no upstream"
(COMMITTED,) = stack_values("dev")["pipelines"]


def pipelines(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"pipelines": [merged(COMMITTED, entry) for entry in entries]}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            stages({"name": "a", "environment": "x"}, {"name": "a", "environment": "y"}),
            "pipelines[0].stages[1].name: 'a' is there twice; give each Stage its own name",
        ),
        (
            stages({"name": "a", "environment": "x"}, {"name": "b", "environment": "x"}),
            "pipelines[0].stages[1].environment: 'x.backstage' is set by pipelines[0].stages[0] too; "
            "name another environment, or another app",
        ),
        (
            stages({"name": "a"}, {"name": "b", "environment": "a"}),
            "pipelines[0].stages[1].environment: 'a.backstage' is set by pipelines[0].stages[0] too; "
            "name another environment, or another app",
        ),
        (
            stages({"name": "dev"}, {"name": "prod", "upstream": ["dve"]}),
            "pipelines[0].stages[1].upstream[0]: no Stage 'dve'; did you mean dev?",
        ),
        (stages({"name": "a", "upstream": ["a"]}), f"pipelines[0].stages[0].upstream: {CYCLE}"),
        (
            pipelines({}, {"image": "other", "app": "other"}),
            "pipelines[1].name: 'backstage' is there twice; give each pipeline its own name",
        ),
        (
            pipelines({}, {"name": "other", "app": "backstage"}),
            "pipelines[1].stages[0].environment: 'dev.backstage' is set by pipelines[0].stages[0] too; "
            "name another environment, or another app",
        ),
        (
            pipelines({"name": "a-b", "stages": [{"name": "c"}]}, {"name": "a", "stages": [{"name": "b-c"}]}),
            "pipelines[1].stages[0].name: the Kargo Stage 'a-b-c' is pipelines[0].stages[0] already; "
            "rename one of them",
        ),
        (
            pipelines({"name": "a" * 32, "stages": [{"name": "b" * 31}]}),
            "pipelines[0].stages[0].name: the Kargo Stage <pipeline>-<stage> is longer than 63; shorten one of them",
        ),
    ],
)
def test_pipelines_that_nothing_could_be_promoted_through_are_refused(changes, line):
    assert lines(changes) == [line]


def test_a_cycle_is_reported_at_each_of_its_stages():
    found = lines(stages({"name": "free"}, {"name": "a", "upstream": ["b"]}, {"name": "b", "upstream": ["a"]}))
    assert found == [f"pipelines[0].stages[1].upstream: {CYCLE}", f"pipelines[0].stages[2].upstream: {CYCLE}"]


def test_a_loop_that_another_stage_feeds_is_no_mistake():
    assert load(stages({"name": "a"}, {"name": "b", "upstream": ["c", "a"]}, {"name": "c", "upstream": ["b"]}))


def test_a_stage_behind_a_misspelt_upstream_is_not_called_a_cycle():
    found = lines(
        stages({"name": "test"}, {"name": "uat", "upstream": ["tset"]}, {"name": "prod", "upstream": ["uat"]})
    )
    assert found == ["pipelines[0].stages[1].upstream[0]: no Stage 'tset'; did you mean test?"]


@pytest.mark.parametrize(
    ("stage", "problem"),
    [
        ({"name": "Dev_1"}, NOT_A_NAME),
        ({"name": "Dev_1", "environment": "dev"}, NOT_A_NAME),
        ({"name": "", "environment": "dev"}, NOT_A_NAME),
        ({}, "missing; add it"),
    ],
)
def test_a_bad_stage_gives_one_line_about_its_name_alone(stage, problem):
    assert lines(stages(stage)) == [f"pipelines[0].stages[0].name: {problem}"]


def test_a_bad_pipeline_gives_one_line_about_its_name_alone():
    assert lines(pipeline(name="Backstage")) == [f"pipelines[0].name: {NOT_A_NAME}"]


def test_a_mistake_in_a_stages_name_is_not_reported_again_for_the_environment_it_implies():
    assert lines(stages({"name": "a"}, {"name": "a"})) == [
        "pipelines[0].stages[1].name: 'a' is there twice; give each Stage its own name"
    ]


def test_mistakes_of_several_pipelines_name_the_pipeline():
    found = lines(pipelines({"image": "A"}, {"name": "other", "stages": [{"name": "x", "upstream": ["y"]}]}))
    assert [line.partition(": ")[0] for line in found] == ["pipelines[0].image", "pipelines[1].stages[0].upstream[0]"]


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
    assert load({"kargo": {"project": "a" * 63}}).stack.kargo.project == "a" * 63


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ("backstage:v1", "has a tag or digest; write the name alone, Kargo chooses the tag: backstage-cnoe"),
        ("backstage@sha256:0", "has a tag or digest; write the name alone, Kargo chooses the tag: backstage-cnoe"),
        ("https://gitea.example/backstage", "has a scheme; write the name alone, such as backstage-cnoe"),
        ("Backstage", "not an image name; write lower-case letters, digits and single . _ - between them"),
    ],
)
def test_an_image_that_cannot_be_meant_is_refused(image, problem):
    assert lines(pipeline(image=image)) == [f"pipelines[0].image: {problem}"]


def test_a_stages_environment_is_its_name_and_a_pipelines_app_is_its_own_unless_written():
    changes = pipelines(
        {"stages": [{"name": "a"}, {"name": "b", "environment": "production"}]}, {"name": "other", "app": "nextjs"}
    )
    first, second = load(changes).stack.pipelines
    assert [stage.environment for stage in first.stages] == ["a", "production"]
    assert (first.app, second.app) == ("backstage", "nextjs")
