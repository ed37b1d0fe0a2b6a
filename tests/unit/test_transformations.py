"""A change of the composition root that the documentation shows reaches every object of every component."""

import re

import pytest

from tests.program import ROOT, run
from tests.recorder import Recorder

ON_CLUSTER = re.compile(r"^on_cluster = .*$", re.MULTILINE)
LABEL = {"team": "platform"}


@pytest.fixture
def changed(tmp_path):
    """The composition root with the example of the documentation in it."""
    page = (ROOT / "docs" / "pipelines.md").read_text().partition("\n## Change any object\n")[2]
    (example,) = re.findall(r"```python\n(.*?)```", page.partition("\n## ")[0], re.DOTALL)
    source, count = ON_CLUSTER.subn(lambda _: example, (ROOT / "__main__.py").read_text())
    assert count == 1
    path = tmp_path / "__main__.py"
    path.write_text(source)
    return path


def labels(recorder: Recorder) -> dict[str, dict[str, str]]:
    """Return the labels of each Kubernetes object, by the name of its resource."""
    objects = [one for one in recorder.resources if one.type.startswith("kubernetes:")]
    return {one.name: one.inputs["metadata"].get("labels") or {} for one in objects}


@pytest.mark.parametrize(("stack", "secrets"), [("dev", None), ("prod", {})])
def test_the_label_is_added_to_every_object_and_nothing_else_changes(changed, stack, secrets):
    before, after = run(stack, secrets=secrets).recorder, run(stack, secrets=secrets, main=changed).recorder
    assert len(labels(after)) >= 7
    assert labels(after) == {name: {**found, **LABEL} for name, found in labels(before).items()}
    for resources in (before.resources, after.resources):
        for one in resources:
            one.inputs.get("metadata", {}).pop("labels", None)
    assert sorted(after.resources, key=lambda one: (one.type, one.name)) == sorted(
        before.resources, key=lambda one: (one.type, one.name)
    )
