"""`python -m sandbox COMMAND`: what the Makefile calls."""

import argparse
import os
import shutil
import sys

from sandbox import platform, plugins, processes
from sandbox.layout import PROJECT, Layout
from sandbox.lock import only_one
from sandbox.progress import SandboxError, console
from sandbox.promote import promote
from sandbox.push import push
from sandbox.recovery import recover
from sandbox.stack import Stack
from sandbox.status import status

# For charts, of which there are none here.
_OF_OTHERS = "chartValues"
_NEXT = """
Three things to try next:
  make push TAG=v11     push an image to Gitea; see it become Freight and a commit
  make preview          what a change would do: edit allowTagsRegexes in Pulumi.dev.yaml first
  make destroy          take everything away again; make down stops the servers"""


def prepared(layout: Layout) -> Stack:
    """Start the platform and return its stack, recovered from a run that was killed."""
    programs, steps = platform.start(layout, more=1)
    stack = Stack(layout, programs, platform.local(layout))
    with steps.step("stack, and recovery of a killed run"):
        stack.prepare()
        recover(stack)
    if standins := plugins.standins(layout):
        console.print(f"      stand-ins, since the real plugins are not on PATH: {', '.join(standins)}", markup=False)
    return stack


def up(layout: Layout) -> None:
    """Start the platform and deploy the dev stack to it."""
    stack = prepared(layout)
    stack.up()
    console.print(f"\nOutputs (secrets: . {_shown(layout)} && pulumi stack output webhookUrls --show-secrets)")
    for name, value in stack.outputs().items():
        if name != _OF_OTHERS:
            console.print(f"  {name:<20} {value}", markup=False)
    console.print(_NEXT, markup=False)


def preview(layout: Layout) -> None:
    """Show what a deployment would change."""
    prepared(layout).run("preview", "--diff")


def destroy(layout: Layout) -> None:
    """Take the dev stack away."""
    prepared(layout).destroy()


def rotate(layout: Layout) -> None:
    """Deploy with new webhook secrets."""
    prepared(layout).rotate()


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
    parser.add_argument("command", choices=[*commands, "push", "promote", "status"])
    parser.add_argument("--pipeline", default="backstage", help="whose Warehouse's image to push (with push)")
    parser.add_argument("--tag", help="tag to push, by default v11 (with push); tag of the Freight (with promote)")
    parser.add_argument("--platforms", type=int, default=1, help="how many platforms the image has (with push)")
    parser.add_argument("--stage", default="", help="Kargo's name of the Stage (with promote)")
    parser.add_argument("--freight", help="name or alias of the Freight, by default the newest (with promote)")
    arguments = parser.parse_args()
    layout = Layout.from_environment()
    try:
        if arguments.command == "status":
            status(layout)
            return 0
        with only_one(layout.root / "lock"):
            if arguments.command == "push":
                push(layout, arguments.pipeline, arguments.tag or "v11", arguments.platforms)
            elif arguments.command == "promote":
                promote(layout, arguments.stage, arguments.freight, arguments.tag)
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
