"""Backstage's own pipeline.

Owns nothing beyond a `PromotionPipeline`; a type of its own lets previews, policies and `--target` speak of Backstage.
"""

import pulumi

from components.pipeline import PromotionPipeline
from model.pipeline import Pipeline

BACKSTAGE = "backstage"


class BackstagePipeline(PromotionPipeline):
    """The pipeline `backstage`: tags `v1`, `v2`, … written as the app `backstage`, as the model's defaults are."""

    token = "kargo-backstage:index:BackstagePipeline"  # noqa: S105 - Pulumi's type token


def pipeline_component(name: str) -> type[PromotionPipeline]:
    """Return the component that registers the pipeline `name`."""
    return BackstagePipeline if name == BACKSTAGE else PromotionPipeline


def former(pipeline: Pipeline) -> list[pulumi.Alias]:
    """Return what the component was called before, so that a renamed pipeline is replaced and not made beside it."""
    if pipeline.formerly is None:
        return []
    return [pulumi.Alias(name=pipeline.formerly, type_=pipeline_component(pipeline.formerly).token)]
