"""`make promote`: a manual Promotion, as Kargo's API server creates it for the UI."""

from typing import Any

from sandbox.deployed import Deployed
from sandbox.layout import Layout
from sandbox.progress import SandboxError, console
from sandbox.promotions import follow
from sandbox.standins.controllers.kargo.freight import available, newest
from sandbox.standins.controllers.kargo.promotion import new_promotion
from sandbox.standins.controllers.kargo.stages import automatic, intent


def promote(layout: Layout, stage_name: str, freight_name: str | None, tag: str | None) -> None:
    """Promote Freight to a Stage, and follow the Promotion.

    Args:
        layout: the sandbox.
        stage_name: name of the Stage in Kargo.
        freight_name: name or alias of the Freight; None for the Freight of `tag`, or the newest.
        tag: tag of the image in the Freight.

    Raises:
        SandboxError: if the Stage or the Freight is missing, or the Freight is not available to the Stage.
    """
    deployed = Deployed(layout)
    stages = {stage["metadata"]["name"]: stage for stage in deployed.stages}
    if stage_name not in stages:
        names = ", ".join(stages)
        fix = f"set STAGE to one of: {names}" if names else "run: make up"
        raise SandboxError(f"no Stage '{stage_name}'; {fix}")
    stage = stages[stage_name]
    project = stage["metadata"]["namespace"]
    known = deployed.all("Freight", project)
    fitting = [freight for freight in known if available(stage, freight)]
    chosen = newest([freight for freight in fitting if _is(freight, freight_name, tag)])
    if chosen is None:
        may = ", ".join(f"{freight['alias']} ({_tags(freight)})" for freight in fitting)
        fix = f"set FREIGHT to one of: {may}" if may else "push an image, or promote it upstream first"
        raise SandboxError(f"no such Freight is available to Stage '{stage_name}'; {fix}")
    meaning = intent(stage, chosen, known) if automatic(stage, deployed.all("ProjectConfig")) else {}
    # Real Kargo's admission changes the name, and writes the steps and the annotations itself.
    made = new_promotion(stage, chosen, deployed.all("PromotionTask", project), "make promote", **meaning)
    promotion = deployed.objects.create(made)
    if promotion is None:
        raise SandboxError("a Promotion of that name exists; run the command again")
    console.print(f"promoting {chosen['alias']} ({_tags(chosen)}) to Stage {stage_name}", markup=False)
    follow(layout, deployed, promotion)


def _is(freight: dict[str, Any], name: str | None, tag: str | None) -> bool:
    if name and not (freight["alias"] == name or freight["metadata"]["name"].startswith(name)):
        return False
    return not tag or tag in [image["tag"] for image in freight["images"]]


def _tags(freight: dict[str, Any]) -> str:
    return ", ".join(image["tag"] for image in freight["images"])
