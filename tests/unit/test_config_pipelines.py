"""Pipelines and their Stages: names that meet, Stages that nothing feeds, keys that two Stages would write."""

import time
from typing import Any

import pytest

from tests.program import merged, stack_values
from tests.unit.configuration import lines, load, pipeline, stages

NOT_A_NAME = (
    "not a Kubernetes name; write at most 63 lower-case letters, digits and '-', starting and ending with a letter "
    "or digit"
)
CYCLE = "a cycle that no Freight can enter; remove upstream from one of its Stages"
SAME_KEY = "{} writes the same key <environment>.<app>; set another environment or app"
(COMMITTED,) = stack_values("dev")["pipelines"]


def pipelines(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"pipelines": [merged(COMMITTED, entry) for entry in entries]}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            stages({"name": "a", "environment": "x"}, {"name": "a", "environment": "y"}),
            "pipelines[0].stages[1].name: stages[0] has the same name; rename one of them",
        ),
        (
            stages({"name": "a", "environment": "x"}, {"name": "b", "environment": "x"}),
            f"pipelines[0].stages[1].environment: {SAME_KEY.format('pipelines[0].stages[0]')}",
        ),
        (
            stages({"name": "a"}, {"name": "b", "environment": "a"}),
            f"pipelines[0].stages[1].environment: {SAME_KEY.format('pipelines[0].stages[0]')}",
        ),
        (
            stages({"name": "dev"}, {"name": "prod", "upstream": ["dve"]}),
            "pipelines[0].stages[1].upstream[0]: this pipeline has no such Stage; did you mean stages[0].name?",
        ),
        (
            stages({"name": "dev"}, {"name": "prod", "upstream": ["dev", "zzz"]}),
            "pipelines[0].stages[1].upstream[1]: this pipeline has no such Stage; write the name of one of its Stages",
        ),
        (
            stages({"name": "dev"}, {"name": "prod", "upstream": ["dev", "dev"]}),
            "pipelines[0].stages[1].upstream[1]: listed twice; remove one",
        ),
        (
            stages({"name": "dev"}, {"name": "prod", "upstream": ["Dev"]}),
            f"pipelines[0].stages[1].upstream[0]: {NOT_A_NAME}",
        ),
        (stages({"name": "a", "upstream": ["a"]}), f"pipelines[0].stages[0].upstream: {CYCLE}"),
        (
            pipelines({}, {"image": "other", "app": "other"}),
            "pipelines[1].name: pipelines[0] has the same name; rename one of them",
        ),
        (
            pipelines({}, {"name": "other", "app": "backstage"}),
            f"pipelines[1].stages[0].environment: {SAME_KEY.format('pipelines[0].stages[0]')}",
        ),
        (
            pipelines({"name": "a-b", "stages": [{"name": "c"}]}, {"name": "a", "stages": [{"name": "b-c"}]}),
            "pipelines[1].stages[0].name: pipelines[0].stages[0] has the same <pipeline>-<stage>; rename one of them",
        ),
        (
            pipelines(
                {"name": "a", "stages": [{"name": "b-stage-c"}]}, {"name": "a-stage-b", "stages": [{"name": "c"}]}
            ),
            "pipelines[1].stages[0].name: pipelines[0].stages[0] has the same <pipeline>-stage-<stage>, its name in "
            "Pulumi; rename one of them",
        ),
        (
            pipelines({"name": "a" * 32, "stages": [{"name": "b" * 31}]}),
            "pipelines[0].stages[0].name: <pipeline>-<stage> is longer than 63 characters; shorten one of them",
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
    assert found == [
        "pipelines[0].stages[1].upstream[0]: this pipeline has no such Stage; did you mean stages[0].name?"
    ]


@pytest.mark.parametrize(
    ("stage", "problem"),
    [
        ({"name": "Dev_1"}, NOT_A_NAME),
        ({"name": "Dev_1", "environment": "dev"}, NOT_A_NAME),
        ({"name": "", "environment": "dev"}, NOT_A_NAME),
        ({"name": 1}, "not text; put it in quotes"),
        ({}, "missing; add it"),
    ],
)
def test_a_bad_stage_gives_one_line_about_its_name_alone(stage, problem):
    assert lines(stages(stage)) == [f"pipelines[0].stages[0].name: {problem}"]


def test_a_bad_pipeline_gives_one_line_about_its_name_alone():
    assert lines(pipeline(name="Backstage")) == [f"pipelines[0].name: {NOT_A_NAME}"]


def test_a_mistake_in_a_stages_name_is_not_reported_again_for_the_environment_it_implies():
    assert [line.partition(": ")[0] for line in lines(stages({"name": "a"}, {"name": "a"}))] == [
        "pipelines[0].stages[1].name"
    ]


def test_mistakes_of_several_pipelines_name_the_pipeline():
    found = lines(pipelines({"image": "A"}, {"name": "other", "stages": [{"name": "x", "upstream": ["y"]}]}))
    assert [line.partition(": ")[0] for line in found] == ["pipelines[0].image", "pipelines[1].stages[0].upstream[0]"]


def test_a_stages_environment_is_its_name_and_a_pipelines_app_is_its_own_unless_written():
    changes = pipelines(
        {"stages": [{"name": "a"}, {"name": "b", "environment": "production"}]}, {"name": "other", "app": "nextjs"}
    )
    first, second = load(changes).stack.pipelines
    assert [stage.environment for stage in first.stages] == ["a", "production"]
    assert (first.app, second.app) == ("backstage", "nextjs")


@pytest.mark.parametrize("written", ["tets", "tst", "ttest", "tezt", "tests"])
def test_an_upstream_with_a_typo_is_recognized(written):
    found = lines(stages({"name": "dev"}, {"name": "test"}, {"name": "uat", "upstream": [written]}))
    assert found == [
        "pipelines[0].stages[2].upstream[0]: this pipeline has no such Stage; did you mean stages[1].name?"
    ]


def test_hundreds_of_misspelt_upstreams_take_a_moment():
    names = [f"environment-{number:03}" for number in range(500)]
    changes = stages(*({"name": name} for name in names), *({"name": f"{n}s", "upstream": [f"x{n}"]} for n in names))
    start = time.process_time()
    found = lines(changes)
    assert time.process_time() - start < 1
    assert len(found) == len(names)
    assert found[7].endswith("this pipeline has no such Stage; did you mean stages[7].name?")
