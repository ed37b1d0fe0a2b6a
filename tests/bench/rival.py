"""The other way to see what would change: `cdk8s synth`, then `kubectl diff`."""

from collections.abc import Callable, Mapping
from functools import partial

from sandbox.layout import Layout
from sandbox.stack import Stack
from tests.bench import same
from tests.bench.cdk8s_app import COMPILED, TYPESCRIPT, Cdk8sApp
from tests.bench.deployed import settings
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
        values = settings(stack)
        project = values["kargo"]["project"]
        self._secret = self._kubectl.secret(project, f"{project}-webhook-gitea-packages", "secret")
        self._app = Cdk8sApp(
            layout,
            {
                "GITEA_HOST": values["registry"]["host"],
                "GITOPS_URL": values["gitOps"]["repoUrl"],
                "WEBHOOKS_URL": values["kargo"]["webhooksBaseUrl"],
                "WEBHOOK_SECRET": self._secret,
            },
        )
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
        different = same.differing(same.registered(self._stack, self._secret), rendered)
        diff = self._kubectl.diff(self._app.output)
        if not different and not diff:
            return f"{len(rendered)} objects: the program, cdk8s and the cluster have the same"
        return f"NOT comparable, these objects differ: {', '.join(different)}\n{diff[:_SHOWN]}"
