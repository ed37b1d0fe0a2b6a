"""Backstage's own pipeline.

Owns nothing beyond a `PromotionPipeline`; a type of its own lets previews, policies and `--target` speak of Backstage.
"""

from components.pipeline import PromotionPipeline

BACKSTAGE = "backstage"


class BackstagePipeline(PromotionPipeline):
    """The pipeline `backstage`: tags `v1`, `v2`, … written as the app `backstage`, as the model's defaults are."""

    token = "kargo-backstage:index:BackstagePipeline"  # noqa: S105 - Pulumi's type token


def pipeline_component(name: str) -> type[PromotionPipeline]:
    """Return the component that registers the pipeline `name`."""
    return BackstagePipeline if name == BACKSTAGE else PromotionPipeline
