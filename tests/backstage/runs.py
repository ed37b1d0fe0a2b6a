"""Runs of the Software Template: what a user enters, and the pipeline that the stack's file must get."""

from dataclasses import dataclass
from typing import Any

HOST, OWNER, REPOSITORY = "github.com", "pittampalliorg", "kargo-backstage"
# A form of Backstage sends the default of each field that the user leaves alone.
UNTOUCHED: dict[str, Any] = {
    "warehouse": {"imageSelectionStrategy": "SemVer", "allowTagsRegexes": [r"^v\d+$"]},
    "reference": "tag",
}
# Text that a careless editor of YAML or of templates would change.
_SECOND_PIPELINE = """
    # Of another team.
    - {name: docs, image: docs, stages: [{name: dev, autoPromotion: true}]} # flow style
    - name: portal
      image: portal
      stages:
        - name: dev
          verification:
            analysisTemplates:
              - name: smoke
            args:
              - name: freight
                value: ${{ ctx.targetFreight.name }}
  kargo-backstage:webhooks:
    rotation: "2026-11" # after a leak
# The end.
"""
_STAGE = {"upstream": [], "autoPromotion": False, "promoteBy": "push"}


@dataclass(frozen=True)
class Run:
    """A run of the template.

    Args:
        title: name of the run.
        pipeline: what the user enters.
        stack: the stack that the user selects.
        refused: part of the scaffolder's message, if it does not accept the values.
        mistake: the mistake that the preview of the pull request shows, without the pipeline's path.
        unchanged: whether no pull request may be opened, because the file has another form.
        appended: text at the end of the stack's file, in addition to the committed file.
    """

    title: str
    pipeline: dict[str, Any]
    stack: str = "dev"
    refused: str = ""
    mistake: str = ""
    unchanged: bool = False
    appended: str = ""


def _pipeline(*stages: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {"name": "shop", "image": "shop", "stages": list(stages) or [{"name": "dev", **_STAGE}], **keys}


RUNS = (
    Run("the required keys only", _pipeline({"name": "dev"})),
    Run("an untouched form", _pipeline(**UNTOUCHED)),
    Run("production", _pipeline({**_STAGE, "name": "prod", "environment": "production"}, **UNTOUCHED), stack="prod"),
    Run(
        "every key",
        _pipeline(
            {**_STAGE, "name": "dev", "environment": "development", "autoPromotion": True},
            {**_STAGE, "name": "qa", "upstream": ["dev"], "promoteBy": "pullRequest"},
            name="shop-2",
            image="team/shop_2",
            backstageComponent="Shop_2.web",
            warehouse={
                "imageSelectionStrategy": "SemVer",
                "allowTagsRegexes": [r"^v\d+-\d{8}-\d{6}$", "^v1($$|$&|$'|$`|$1)"],
                "constraint": ">=136-0 <137-0 || ^200",
            },
            reference="tagAndDigest",
        ),
    ),
    Run(
        "another strategy",
        _pipeline(warehouse={"imageSelectionStrategy": "NewestBuild", "allowTagsRegexes": ["^[0-9a-f]{7}$"]}),
    ),
    Run(
        "a digest",
        _pipeline(
            reference="digest",
            warehouse={**UNTOUCHED["warehouse"], "imageSelectionStrategy": "Digest", "constraint": "edge"},
        ),
    ),
    Run(
        "texts that YAML could read as other types",
        _pipeline(
            {"name": "1e3", "environment": "null"},
            name="v79",
            image="123",
            warehouse={"constraint": "1.20"},
        ),
    ),
    Run("a file with comments and expressions", _pipeline(**UNTOUCHED), appended=_SECOND_PIPELINE),
    Run("a file without a last line break", _pipeline(), appended="    - {name: docs}", unchanged=True),
    Run(
        "an expression of the scaffolder",
        _pipeline(warehouse={"constraint": "${{parameters.stack}}"}),
        mistake="warehouse.constraint: not a SemVer range",
    ),
    Run(
        "auto-promotion in production",
        _pipeline({"name": "prod", "autoPromotion": True}),
        stack="prod",
        mistake="stages[0].autoPromotion: ",
    ),
    Run("a name with a capital", _pipeline(name="Shop"), refused="instance.pipeline.name"),
    Run(
        "a Component with a space", _pipeline(backstageComponent="a b"), refused="instance.pipeline.backstageComponent"
    ),
    Run("no Stage", {**_pipeline(), "stages": []}, refused="instance.pipeline.stages"),
    Run("a stack without a file", _pipeline(), stack="qa", refused="instance.stack"),
)
