"""The other way to see what would change: `cdk8s synth`, then `kubectl diff`."""

from collections.abc import Callable, Mapping
from functools import partial

from sandbox.layout import Layout
from sandbox.stack import Stack
from tests.bench import same
from tests.bench.cdk8s_app import COMPILED, TYPESCRIPT, Cdk8sApp
from tests.bench.kubectl import Kubectl

SYNTH, SYNTH_COMPILED, DIFF = "cdk8s synth", "cdk8s synth, compiled", "kubectl diff"
_SHOWN = 2000


class Rival:
    """The dev stack's objects as YAML, beside the deployed ones.

    Args:
        layout: the sandbox.
        stack: the deployed stack.

    Attributes:
        versions: what runs.
    """

    def __init__(self, layout: Layout, stack: Stack) -> None:
        self._stack = stack
        self._kubectl = Kubectl(layout)
        self._app = Cdk8sApp(layout, _settings(stack))
        self.versions = [f"kubectl {self._kubectl.version}", f"node {self._app.version}"]

    def commands(self, pipelines: int) -> Mapping[str, Callable[[], object]]:
        """Return what is timed, by name."""
        return {
            SYNTH: partial(self._app.synthesize, pipelines, TYPESCRIPT),
            SYNTH_COMPILED: partial(self._app.synthesize, pipelines, COMPILED),
            DIFF: partial(self._kubectl.diff, self._app.output),
        }

    def compared(self, pipelines: int) -> str:
        """Return whether rendered, registered and deployed objects are the same."""
        self._app.synthesize(pipelines, COMPILED)
        rendered = self._app.objects()
        different = same.differing(same.registered(self._stack), rendered)
        diff = self._kubectl.diff(self._app.output)
        if not different and not diff:
            return f"{len(rendered)} objects: the program, cdk8s and the cluster have the same"
        return f"NOT comparable, these objects differ: {', '.join(different)}\n{diff[:_SHOWN]}"


def _settings(stack: Stack) -> dict[str, str]:
    """Return what the cdk8s app is told: addresses, and what this program generates or derives."""
    config = {key.partition(":")[2]: value for key, value in stack.project.configuration()["config"].items()}
    objects = {found["metadata"]["name"]: found for found in same.registered(stack)}
    (secret,) = (found for found in objects.values() if found["kind"] == "Secret")
    return {
        "GITEA_HOST": config["registry"]["host"],
        "GITOPS_URL": config["gitOps"]["repoUrl"],
        "WEBHOOKS_URL": config["kargo"]["webhooksBaseUrl"],
        "WEBHOOK_SECRET": same.secret_data(secret)["secret"],
        "IMAGE_SECRET": objects["credentials-image"]["spec"]["target"]["name"],
        "GIT_SECRET": objects["credentials-git"]["spec"]["target"]["name"],
    }
