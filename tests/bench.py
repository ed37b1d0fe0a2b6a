"""How long a preview takes, and how much of it is imports: `make up && make bench`.

Prints medians and ratios; asserts nothing. A user's other choice is a script of their own with the `kubernetes` client,
which pays for an import as well and shows no diff.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from sandbox import __main__ as commands
from sandbox.layout import PROJECT, Layout
from sandbox.progress import Steps
from sandbox.real.programs import TOOLS, provide
from sandbox.stack import Stack, local

_RUNS = 5
_PROGRAM = (
    "import pulumi, stack_config, cluster, components.backstage_pipeline, components.gitea_webhooks, "
    "components.kargo_project, components.registry_credentials, components.warehouse"
)


def median(action: Callable[[], object]) -> float:
    """Return the median of the seconds that some runs of `action` take."""
    seconds = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def importing(code: str) -> float:
    """Return the median seconds of a Python that runs `code` and ends."""
    return median(lambda: subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True))


def main() -> None:
    layout = Layout.from_environment()
    commands.up(layout)
    stack = Stack(layout, provide(layout, Steps(len(TOOLS))), local(layout))
    preview = median(lambda: stack.run("preview", quiet=True))
    nothing = importing("pass")
    rows = {
        "preview, nothing to change": preview,
        "imports of a prod run": importing(_PROGRAM) - nothing,
        "imports of a dev run (owns the Key Vault secret)": importing(f"{_PROGRAM}, pulumi_azure_native.keyvault")
        - nothing,
        "import pulumi alone": importing("import pulumi") - nothing,
        "a client of the sandbox's API that applies by hand": importing("import kubernetes.dynamic") - nothing,
    }
    for name, seconds in rows.items():
        print(f"{name:55} {seconds:6.2f} s  {seconds / preview:5.0%} of a preview")


if __name__ == "__main__":
    main()
