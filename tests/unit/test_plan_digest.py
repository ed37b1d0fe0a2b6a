"""The digest of a plan: the same for each user, another one for each other step."""

import json
from typing import Any

import pytest

from clients.secrecy import Scrubber
from ops.plan import read
from ops.plan_digest import digest

URN = "urn:pulumi:prod::kargo-backstage::kubernetes:kargo.akuity.io/v1alpha1:Stage::backstage-stage-prod"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
OLD: dict[str, Any] = {"spec": {"interval": "5m0s", "tags": ["a"]}, "stringData": "[secret]", "__provider": "x"}
NEW: dict[str, Any] = {"spec": {"interval": "1h0m0s"}, "stringData": "[secret]", "__provider": "y"}


def step(op: str = "update", urn: str = URN, old: Any = OLD, new: Any = NEW, **more: Any) -> dict[str, Any]:
    return {"op": op, "urn": urn, "oldState": {"inputs": old}, "newState": {"inputs": new}, **more}


def of(*steps: dict[str, Any], **more: Any) -> str:
    return digest(read("prod", json.dumps({"steps": list(steps), **more})))


def changed(**fields: Any) -> dict[str, Any]:
    return step(new={**NEW, **fields})


def test_a_digest_is_the_sha_256_of_the_steps():
    """The expected digest was computed with sha256sum from these lines."""
    assert of(step(), step("create", f"{URN}-2", None, {"a": "b"})) == (
        "935885508f0629878800846bd6136fa88e252ae7241add7d77a38074bc25f70b"
    )


@pytest.mark.parametrize(
    "engine",
    [
        # A user who may not send a dry run gets the inputs as outputs.
        {"steps": [{**step(), "newState": {"inputs": NEW, "outputs": {"metadata": {"uid": "1"}}}}, step("same")]},
        {"steps": [{**step(), "newState": {"inputs": NEW, "outputs": NEW, "id": "backstage/prod"}}]},
        {"steps": [step(detailedDiff={"spec.interval": {"kind": "update"}}, replaceReasons=None)]},
        {"steps": [step()], "duration": 17, "changeSummary": {"update": 1}, "diagnostics": [{"message": "hello"}]},
        {"steps": [step(new=dict(reversed(NEW.items())))]},
    ],
)
def test_outputs_ids_and_times_are_not_covered(engine):
    assert digest(read("prod", json.dumps(engine))) == of(step())


def test_the_order_of_the_steps_is_not_covered():
    others = [step(), step(urn=f"{URN}-2"), step("delete", f"{URN}-3"), step("create", f"{URN}-4")]
    assert of(*others) == of(*reversed(others))


@pytest.mark.parametrize(
    "other",
    [
        [],
        [step("replace")],
        [step("delete")],
        [step(urn=f"{URN}-2")],
        # The same kind and name below another parent.
        [step(urn=URN.replace("kubernetes:", "kargo-backstage:index:BackstagePipeline$kubernetes:"))],
        [step(), step("create", f"{URN}-2")],
        [changed(spec={"interval": "2h0m0s"})],
        [changed(spec={"interval": "1h0m0s", "tags": ["a"]})],
        [changed(spec={"interval": "1h0m0s", "tags": [""]})],
        [changed(spec={"interval": UNKNOWN})],
        [step(old={**OLD, "spec": {"interval": "6m0s", "tags": ["a"]}})],
    ],
    ids=range(11),
)
def test_each_other_step_has_another_digest(other):
    assert of(*other) != of(step())


def test_an_input_that_is_not_set_is_not_an_empty_one():
    assert of(step(old={}, new={"a": ""})) != of(step(old={"a": ""}, new={}))
    assert of(step(old={"a": "x"}, new={"a": ""})) != of(step(old={"a": "x"}, new={}))


def test_a_value_that_only_up_will_know_is_covered_as_such():
    assert of(step(new={"a": UNKNOWN})) == of(step(new={"a": UNKNOWN}))
    assert of(step(new={"a": UNKNOWN})) != of(step(new={"a": "b"}))


def test_the_value_of_a_secret_is_not_covered():
    """The engine masks it, and the scrubber a secret that the engine does not know."""
    plans = [read("prod", json.dumps({"steps": [step(new={"a": value})]})) for value in ("planted-one", "planted-two")]
    first, second = (plan.without(Scrubber(["planted-one", "planted-two"])) for plan in plans)
    assert digest(first) == digest(second)
    assert digest(plans[0]) != digest(plans[1])
