"""The description of a pull request with the details of its Promotion, in Markdown for Gitea and GitHub.

Kargo appends a link to the Stage in its own UI (1.11, `git-open-pr`). Each value is in a code span: in other text,
Gitea and GitHub look for commits with such hexadecimal digits. No value can end its span, since none contains a
backtick: not the names of this program's types, and not Kargo's tags, digests, and names and aliases of Freight.
"""

from kargo.promotion_time import recorded_time
from kargo.steps import FREIGHT, as_text, expression
from model.pipeline import Pipeline
from model.registry import Registry
from model.stage import Stage


def details(stage: Stage, pipeline: Pipeline, registry: Registry, tag: str, digest: str) -> str:
    """Return the description.

    Args:
        stage: the Stage that opens the pull request.
        pipeline: its pipeline.
        registry: the registry of the image.
        tag: expression for the tag.
        digest: expression for the digest.
    """
    upstream = [pipeline.stage_name(name) for name in stage.upstream]
    lines = [
        f"Image: {_code(registry.image_repository(pipeline.image))}",
        f"Tag: {_code(tag)} ([package]({registry.package_page(pipeline.image, tag)}))",
        f"Digest: {_code(digest)}",
        f"Freight: {_code(expression(FREIGHT))}, alias {_code(expression('ctx.targetFreight.alias'))}",
        f"Stage: {_code(pipeline.stage_name(stage.name))}",
        *(f"Promoted to {_code(name)}: {recorded_time(name)}" for name in upstream),
    ]
    return as_text("\n".join(f"- {line}" for line in lines))


def _code(value: str) -> str:
    return f"`{value}`"
