"""A preview as a text for a reviewer: the plan, the pipelines that change, and its origin."""

from ops import engine, graph, markdown, origin
from ops.doctor.subject import NoSubjectError, of


def text(previewed: engine.Previewed, marker: str) -> str:
    """Return the text, in Markdown.

    Args:
        previewed: the stack and its preview.
        marker: first line of the text.
    """
    return markdown.body(previewed.plan, marker, _picture(previewed), origin.line(engine.version()))


def _picture(previewed: engine.Previewed) -> str:
    """Return the pipelines that change as a Mermaid flowchart; empty if none changes or the file cannot be used."""
    plan, recorded = previewed.plan, previewed.recorded
    if plan.errors or not plan.steps:
        return ""
    try:
        stack = of(plan.stack, recorded).stack
    except NoSubjectError as error:
        print(f"no picture of the pipelines: {error}")
        return ""
    return graph.changes(stack, recorded.deployment.get("resources", []), plan.steps, recorded.scrubber)
