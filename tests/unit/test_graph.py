"""The picture of the pipelines: from the file alone, with marks for a preview, and with every value as text."""

import html
import re
from typing import Any

import pytest
import yaml

from clients.secrecy import MASK, Scrubber
from config.project import ROOT
from kargo.manifests import manifests
from model.stack import Stack
from ops import graph, stack_file
from ops.plan import Step
from tests.program import merged, stack_values
from tests.unit.configuration import pipeline, stages

DRAWN = re.compile(r'^ +\w+(?:\["[^"\[\]]*"\]|\(\["[^"]*"\]\))(?::::(?:added|changed|lost))?$')
ARROW = re.compile(r"^ +\w+ (?:-->|-\.->) \w+$")
HOSTILE = [
    '"]; click stage1 href "javascript:alert(1)"',
    "`x`</pre></details><script>@everyone #1|",
    "%%{init: {}}%%",
    "direction LR",
    "www.example.com",
    "https://a.example/",
    "#quot;",
    "__a__ *b*",
    "style:a#b;",
    "line\nnext",
    "```",
]


def stack(changes: dict[str, Any] | None = None) -> Stack:
    return Stack.of_keys(merged(stack_values("dev"), changes or {}))


def deployed(changes: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the resources of a state in which the stack is deployed with `changes`."""
    found = []
    for one in manifests(stack(changes)):
        kind, name = one["kind"], one["metadata"]["name"]
        part = name.replace("backstage-", "backstage-stage-") if kind == "Stage" else f"{name}-{kind.lower()}"
        token = f"kubernetes:{one['apiVersion']}:{kind}"
        found.append({"urn": f"urn:pulumi:dev::p::{token}::{part}", "type": token, "inputs": one})
    return [{"urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", "type": "pulumi:pulumi:Stack"}, *found]


def marked(before: dict[str, Any] | None, after: dict[str, Any] | None, *steps: Step) -> dict[str, str]:
    """Return the marks in the picture of a change, by the first line of a label."""
    drawn = graph.changes(stack(after), deployed(before), steps, str)
    return dict(re.findall(r'\["(\w+ [\w-]+) - \w+[^"]*"\]:::(\w+)', drawn))


def labels(text: str) -> list[list[str]]:
    """Return the lines of each label as Mermaid shows them."""
    found = re.findall(r'"(.*)"', text)
    return [[html.unescape(line.replace("#", "&#")) for line in label.split("<br>")] for label in found]


def test_readme_shows_the_picture_of_the_dev_stack():
    assert f"```mermaid\n{graph.text(stack_file.read('dev'))}```\n" in (ROOT / "README.md").read_text()


def test_the_page_about_pipelines_shows_the_picture_of_its_example():
    page = (ROOT / "docs" / "pipelines.md").read_text().partition("## Promotion between Stages")[2]
    example = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0])
    assert page.index(f"```mermaid\n{graph.text(stack(pipeline(**example)))}```\n")


def test_a_stage_has_what_promotes_it_and_its_checks():
    check, template = {"url": "http://h.example/"}, {"analysisTemplates": [{"name": "smoke"}]}
    merge = {"promoteBy": "pullRequest", "pullRequest": {"merge": True}}
    found = stages(
        {"name": "dev", "autoPromotion": True, "httpCheck": check},
        {"name": "qa", "upstream": ["dev"], "promoteBy": "pullRequest", "verification": template},
        {"name": "prod", "upstream": ["dev", "qa"], "availabilityStrategy": "All", "requiredSoakTime": "1h", **merge},
    )
    text = graph.text(stack(found))
    assert labels(text)[1:] == [
        ["Warehouse backstage", "SemVer"],
        ["Stage backstage-dev", "promoted automatically", "HTTP check"],
        ["Stage backstage-qa", "promoted by hand", "pull request", "AnalysisTemplate smoke"],
        [
            "Stage backstage-prod",
            "promoted by hand",
            "pull request, merged by Kargo",
            "soak time 1h0m0s",
            "verified in all upstream Stages",
        ],
    ]
    arrows = [line.strip() for line in text.splitlines() if "-->" in line]
    assert arrows == [
        "image1 --> warehouse1",
        "warehouse1 --> stage2",
        "stage2 --> stage3",
        "stage2 --> stage4",
        "stage3 --> stage4",
    ]


def test_an_image_of_two_pipelines_is_drawn_once():
    (one,) = stack_values("dev")["pipelines"]
    text = graph.text(stack({"pipelines": [one, {**one, "name": "other"}]}))
    assert text.count("image1([") == 1
    assert "image1 --> warehouse1\n" in text
    assert "image1 --> warehouse3\n" in text


def test_a_warehouse_has_its_range():
    text = graph.text(stack(pipeline(warehouse={"constraint": ">=10 <12"})))
    assert ["Warehouse backstage", "SemVer >=10 <12"] in labels(text)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, None, {}),
        (None, stages({"name": "dev"}), {"Stage backstage-dev": "changed"}),
        (
            None,
            stages({"name": "dev", "autoPromotion": True}, {"name": "qa", "upstream": ["dev"]}),
            {"Stage backstage-qa": "added"},
        ),
        (
            stages({"name": "dev", "autoPromotion": True}, {"name": "qa", "upstream": ["dev"]}),
            None,
            {"Stage backstage-qa": "lost"},
        ),
        (
            None,
            pipeline(name="other"),
            {
                "Warehouse other": "added",
                "Stage other-dev": "added",
                "Warehouse backstage": "lost",
                "Stage backstage-dev": "lost",
            },
        ),
        (None, pipeline(image="other"), {"Warehouse backstage": "changed"}),
        (None, pipeline(warehouse={"constraint": ">=2"}), {"Warehouse backstage": "changed"}),
    ],
)
def test_a_preview_marks_what_is_added_changed_and_lost(before, after, expected):
    assert marked(before, after) == expected


def test_an_object_whose_label_stays_is_changed_by_its_step():
    assert marked(None, None, Step("update", "Stage", "backstage-stage-dev", ())) == {"Stage backstage-dev": "changed"}
    assert marked(None, None, Step("update", "Secret", "backstage-stage-dev", ())) == {}


def test_only_the_pipelines_that_change_are_drawn():
    (one,) = stack_values("dev")["pipelines"]
    two = {"pipelines": [one, {**one, "name": "other", "image": "other"}]}
    drawn = graph.changes(stack(two), deployed(), [], str)
    assert "other" in drawn
    assert "backstage" not in drawn.replace("backstage-cnoe", "")
    assert graph.changes(stack(two), deployed(two), [], str) == ""


def test_nothing_deployed_is_all_added():
    drawn = graph.changes(stack(), [], [], str)
    assert drawn.count(":::added") == 2
    assert drawn.endswith("    classDef added stroke:#1a7f37,stroke-width:3px\n")


def test_a_lost_stage_hangs_on_what_fed_it():
    before = stages({"name": "dev", "autoPromotion": True}, {"name": "qa", "upstream": ["dev"]})
    drawn = graph.changes(stack(), deployed(before), [], str)
    assert "    stage2 -.-> stage3\n" in drawn


def test_an_object_that_is_already_to_delete_is_not_drawn():
    resources = [{**one, "delete": True} for one in deployed(pipeline(name="other"))]
    assert ":::lost" not in graph.changes(stack(), resources, [], str)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_stays_text(value):
    """The model refuses such names, but an object of the state may have others."""
    resources = deployed(stages({"name": "dev", "autoPromotion": True}, {"name": "gone"}))
    for one in resources:
        if one["type"].endswith(("Warehouse", "Stage")) and "inputs" in one:
            spec = one["inputs"]["spec"]
            for requested in spec.get("requestedFreight", ()):
                requested["origin"]["name"] = value
            for subscription in spec.get("subscriptions", ()):
                subscription["image"]["repoURL"] = value
            one["inputs"]["metadata"]["name"] = value
    drawn = graph.changes(stack(), resources, [], str)
    head, *lines = drawn.splitlines()
    assert head == "flowchart LR"
    assert [line for line in lines if not (DRAWN.match(line) or ARROW.match(line) or "classDef" in line)] == []
    assert [f"Stage {value} - lost"] in [label[:1] for label in labels(drawn)]
    inside = "".join(re.findall(r'"(.*)"', drawn)).replace("<br>", "")
    assert re.findall(r"[^\w #;/.-]|direction [A-Z]|www\.|_", inside) == []


def test_a_secret_is_not_drawn():
    drawn = graph.changes(stack(pipeline(image="planted-secret/x")), deployed(), [], Scrubber(["planted-secret"]))
    assert "planted" not in drawn
    assert [f"gitea.cnoe.localtest.me:8443/giteaadmin/{MASK}/x"] in labels(drawn)


def test_the_command_prints_the_picture(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.argv", ["command", "--stack", "acme/prod"])
    assert graph.main() == 0
    assert capsys.readouterr().out == graph.text(stack_file.read("prod"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(stack_file, "ROOT", tmp_path)
    return tmp_path


def test_a_file_with_encrypted_keys_and_a_date_is_read_without_a_passphrase(folder):
    content = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())
    content["config"]["kargo-backstage:giteaPassword"] = {"secure": "v1:abc"}
    content["config"]["kubernetes:context"] = "other"
    text = yaml.safe_dump({"encryptionsalt": "v1:salt", **content}, sort_keys=False)
    text += "  kargo-backstage:webhooks:\n    rotation: 2026-11-01\n"
    text += "  kargo-backstage:notify:\n    url: https://alerts.example.com\n    on: [succeeded]\n"
    (folder / "Pulumi.dev.yaml").write_text(text)
    found = stack_file.read("dev")
    assert found.webhooks.rotation == "2026-11-01"
    assert found.notify
    assert found.notify.on == ("succeeded",)
    assert graph.text(found) == graph.text(stack())


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "error: Pulumi.dev.yaml: no such file; write the name of a stack that has one"),
        ("config: [hunter2\n", "error: Pulumi.dev.yaml: not YAML in line 2; correct it"),
        ("hunter2", "error: Pulumi.dev.yaml: no mapping `config`; add the keys of the stack below it"),
        ("config:\n  kargo-backstage:regsitry: hunter2", "error: Pulumi.dev.yaml cannot be used"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_line_without_its_values(folder, monkeypatch, capsys, content, line):
    if content is not None:
        (folder / "Pulumi.dev.yaml").write_text(content)
    monkeypatch.setattr("sys.argv", ["command", "--stack", "dev"])
    assert graph.main() == 2
    printed = capsys.readouterr()
    assert printed.err.splitlines()[0] == line
    assert "hunter2" not in printed.err + printed.out
