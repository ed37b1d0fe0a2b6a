"""`python -m sandbox COMMAND`: what the Makefile calls."""

import argparse
import os
import shutil
import sys

from sandbox import crds, gitea, kubernetes_api, processes, push
from sandbox.layout import PROJECT, Layout
from sandbox.programs import TOOLS, Programs, provide
from sandbox.progress import SandboxError, Steps, console
from sandbox.recovery import recover
from sandbox.stack import Stack, local, only_one

_SERVER_STEPS = 4
_NEXT = """
Three things to try next:
  make push TAG=v11     push an image to Gitea and watch its webhook arrive
  make preview          what a change would do: edit allowTagsRegexes in Pulumi.dev.yaml first
  make destroy          take everything away again; make down stops the servers"""


def start(layout: Layout, more: int = 0) -> tuple[Programs, Steps]:
    """Start every server that does not run; return the programs and the running count of steps, with `more` to come."""
    steps = Steps(len(TOOLS) + _SERVER_STEPS + more)
    programs = provide(layout, steps)
    with steps.step("Kubernetes API"):
        kubernetes_api.start(layout, programs)
    with steps.step("CRDs and secret store"):
        source = crds.install(layout)
    console.print(f"      {source}", markup=False)
    with steps.step("Gitea with the GitOps repository"):
        gitea.start(layout, programs)
    with steps.step("stand-ins for the controllers of Kargo and External Secrets"):
        processes.start(
            layout,
            "controllers",
            [sys.executable, "-m", "sandbox.standins.controllers"],
            environment={"PYTHONPATH": str(PROJECT), "SANDBOX_DIR": str(layout.root)},
            ready=lambda: kubernetes_api.answers(f"{layout.webhooks_url}/healthz"),
        )
    return programs, steps


def prepared(layout: Layout, more: int = 0) -> tuple[Stack, Steps]:
    """Start the platform and return its stack, recovered from a run that was killed."""
    programs, steps = start(layout, more + 1)
    stack = Stack(layout, programs, local(layout))
    with steps.step("stack, and recovery of a killed run"):
        standins = stack.prepare()
        recover(stack)
    if standins:
        console.print(f"      stand-ins, since the real plugins are not on PATH: {', '.join(standins)}", markup=False)
    return stack, steps


def up(layout: Layout) -> None:
    """Start the platform and deploy the dev stack to it."""
    stack, _ = prepared(layout)
    stack.run("up", "--yes", "--skip-preview", "--suppress-outputs")
    console.print(f"\nOutputs (secrets: . {_shown(layout)} && pulumi stack output webhookUrls --show-secrets)")
    stack.run("stack", "output")
    console.print(_NEXT, markup=False)


def preview(layout: Layout) -> None:
    """Show what a deployment would change."""
    stack, _ = prepared(layout)
    stack.run("preview", "--diff")


def destroy(layout: Layout) -> None:
    """Take the dev stack away."""
    stack, _ = prepared(layout)
    stack.run("destroy", "--yes", "--skip-preview")


def rotate(layout: Layout) -> None:
    """Deploy with new webhook secrets."""
    stack, _ = prepared(layout)
    stack.rotate()


def down(layout: Layout) -> None:
    """Stop every server."""
    stopped = processes.stop_all(layout)
    console.print(f"stopped: {', '.join(stopped) or 'nothing was running'}", markup=False)


def clean(layout: Layout) -> None:
    """Stop every server and delete the sandbox's folder."""
    down(layout)
    shutil.rmtree(layout.root, ignore_errors=True)
    console.print(f"removed {layout.root}; built programs stay in the cache", markup=False)


def _shown(layout: Layout) -> str:
    path = layout.root / "env"
    return os.path.relpath(path, PROJECT) if path.is_relative_to(PROJECT) else str(path)


def main() -> int:
    """Run one command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=sys.modules["sandbox"].__doc__)
    commands = {"up": up, "preview": preview, "destroy": destroy, "rotate": rotate, "down": down, "clean": clean}
    parser.add_argument("command", choices=[*commands, "push"])
    parser.add_argument("--tag", default="v11", help="tag to push (with push)")
    parser.add_argument("--platforms", type=int, default=1, help="how many platforms the image has (with push)")
    arguments = parser.parse_args()
    layout = Layout.from_environment()
    try:
        with only_one(layout):
            if arguments.command == "push":
                push.push(layout, arguments.tag, arguments.platforms)
            else:
                commands[arguments.command](layout)
    except SandboxError as error:
        console.print(f"error: {error}", markup=False, style="red")
        return 1
    except KeyboardInterrupt:
        console.print("interrupted; run the same command again to go on", markup=False)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
