"""Every text that is interpolated into a step stays that text, as Kargo's own libraries answer."""

from datetime import UTC, datetime, timedelta

import pytest

from kargo.commit_task import commit_step, commit_task_spec
from kargo.promotion import promotion_steps
from kargo.promotion_time import recording_step
from model.pipeline import Pipeline
from model.stage import PullRequest, Stage
from tests.unit.values import GITEA, REPOSITORY, stack

pytestmark = pytest.mark.contract

NASTY = [
    *("11", "1e3", "-0", "0x1f", "Infinity", "NaN", "true", "T", "f", "null", "[]", "{}", '{"a": 1}', '"quoted"', '"'),
    *('a"b', "back\\slash", "line\nbreak", "tab\t", "émigré", "日本", "a: b", " spaced ", "'", "%q", "<&>"),
]


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize(("step", "where"), [(0, "branch"), (3, "key"), (3, "reference"), (5, "message")])
def test_a_variable_of_the_commit_arrives_as_it_was_given(libraries, text, step, where):
    config = commit_task_spec(REPOSITORY)["steps"][step]["config"]
    found = {
        "branch": lambda c: c["checkout"][0]["branch"],
        "key": lambda c: c["updates"][0]["key"],
        "reference": lambda c: c["updates"][0]["value"],
        "message": lambda c: c["message"],
    }
    variables = {"branch": "b", "file": "f", "key": "k", "reference": "r", "message": "m", where: text}
    assert found[where](libraries.ask("value", template=config, promotion={"vars": variables})) == text


@pytest.mark.parametrize("tag", ["11", "true", "null", "1.5", 'x"y'])
@pytest.mark.parametrize("title", ["{tag}", "{tag} of {app}", "plain", "12"])
def test_a_title_is_a_text(libraries, tag, title):
    stage = Stage(name="dev", promote_by="pullRequest", pull_request=PullRequest(title=title))
    pipeline = Pipeline(name="backstage", image="backstage", stages=(stage,))
    steps = promotion_steps(stage, pipeline, stack(GITEA, REPOSITORY, pipeline))
    (opened,) = [step["config"] for step in steps if step.get("as") == "open-pr"]
    image = GITEA.image_repository("backstage")
    seen = {"images": [{"repoURL": image, "tag": tag}]}
    written = title.replace("{tag}", tag).replace("{app}", "backstage")
    assert libraries.ask("value", template={"title": opened["title"]}, promotion=seen) == {"title": written}


@pytest.mark.parametrize("tag", ["11", "1e3", "v1", "true", "__"])
@pytest.mark.parametrize("metadata", [None, {}, {"other": 1}, {"promoted-to-backstage-dev": "2026-11-30 12:00:00 UTC"}])
def test_details_are_a_text_of_a_line_for_each_fact(libraries, tag, metadata):
    wanted = PullRequest(description="details")
    stages = (Stage(name="dev"), Stage(name="prod", upstream=("dev",), promote_by="pullRequest", pull_request=wanted))
    pipeline = Pipeline(name="backstage", image="team/web", stages=stages)
    steps = promotion_steps(stages[1], pipeline, stack(GITEA, REPOSITORY, pipeline))
    (opened,) = [step["config"] for step in steps if step.get("as") == "open-pr"]
    image, name = GITEA.image_repository("team/web"), "12345678901234567890123456789012345678e1"
    seen = {
        "images": [{"repoURL": image, "tag": tag, "digest": f"sha256:{'4' * 64}"}],
        "context": {"targetFreight": {"name": name, "alias": "frosty-bison"}},
        "metadata": metadata,
    }
    time = (metadata or {}).get("promoted-to-backstage-dev", "no time is recorded")
    page = "https://gitea.example.com:8443/GiteaAdmin/-/packages/container/team%2Fweb"
    assert libraries.ask("value", template=opened["description"], promotion=seen).split("\n") == [
        f"- Image: `{image}`",
        f"- Tag: `{tag}` ([package]({page}/{tag}))",
        f"- Digest: `sha256:{'4' * 64}`",
        f"- Freight: `{name}`, alias `frosty-bison`",
        "- Stage: `backstage-prod`",
        f"- Promoted to `backstage-dev`: {time}",
    ]


def test_the_time_of_a_promotion_is_a_text_and_its_freight_keeps_its_name(libraries):
    name = "12345678901234567890123456789012345678e1"
    seen = {"context": {"targetFreight": {"name": name}}}
    (update,) = libraries.ask("value", template=recording_step("a-dev")["config"], promotion=seen)["updates"]
    assert update["name"] == name
    written = datetime.strptime(update["values"]["promoted-to-a-dev"], "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - written) < timedelta(minutes=1)


def test_every_variable_is_given_by_the_stage():
    given = {name: name for name in ("branch", "file", "key", "reference", "message")}
    assert [one["name"] for one in commit_step(given)["vars"]] == [
        v["name"] for v in commit_task_spec(REPOSITORY)["vars"]
    ]
