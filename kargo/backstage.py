"""The label with which Backstage finds the objects of an application."""

from model.pipeline import Pipeline

KUBERNETES_ID = "backstage.io/kubernetes-id"


def backstage_labels(pipeline: Pipeline) -> dict[str, str]:
    """Return the label of a pipeline's Warehouse and Stages; empty without `backstageComponent`.

    Backstage selects objects by this label (plugin-kubernetes-backend 0.21).
    """
    return {KUBERNETES_ID: pipeline.backstage_component} if pipeline.backstage_component else {}
