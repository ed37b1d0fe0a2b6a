"""`python -m sandbox COMMAND`: the commands of the Makefile."""

import argparse
import os
import shutil
import sys

from sandbox import azure, platform, plugins, processes
from sandbox.layout import PROJECT, Layout
from sandbox.lock import only_one
from sandbox.progress import SandboxError, console
from sandbox.promote import promote
from sandbox.push import push
from sandbox.recovery import recover
from sandbox.stack import Stack
from sandbox.status import status

# Values for charts. The sandbox has no charts.
_OF_CHARTS = "chartValues"
_NEXT = """
Next steps:
  make push TAG=v11     push an image to Gitea, and follow it to the commit
  make preview          show a change; edit allowTagsRegexes in Pulumi.dev.yaml first
  make destroy          destroy the stack; make down stops the servers"""


def prepared(layout: Layout) -> Stack:
    """Start the platform, and return its stack, after the recovery of a killed run."""
    programs, steps = platform.start(layout, more=1)
    stack = Stack(layout, programs, platform.local(layout))
    with steps.step("stack, and recovery of a killed run"):
        stack.prepare()
        recover(stack)
    platform.require_servers(layout)
    if standins := plugins.standins(layout):
        console.print(f"      stand-ins for plugins that are not on PATH: {', '.join(standins)}", markup=False)
    return stack


def up(layout: Layout) -> None:
    """Start the platform and deploy the dev stack to it."""
    stack = prepared(layout)
    stack.up()
    # A server may end only after its start.
    platform.require_servers(layout)
    console.print(f"\nOutputs (secrets: . {_shown(layout)} && pulumi stack output webhookUrls --show-secrets)")
    for name, value in stack.outputs().items():
        if name != _OF_CHARTS:
            console.print(f"  {name:<20} {value}", markup=False)
    console.print(_NEXT, markup=False)


def preview(layout: Layout) -> None:
    """Show the changes of a deployment."""
    prepared(layout).run("preview", "--diff")


def destroy(layout: Layout) -> None:
    """Destroy the dev stack."""
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
    parser.add_argument("--pipeline", default="backstage", help="pipeline whose image is pushed (push)")
    parser.add_argument("--tag", help="tag to push, v11 by default (push); tag of the Freight (promote)")
    parser.add_argument("--platforms", type=int, default=1, help="number of platforms of the image (push)")
    parser.add_argument("--stage", default="", help="name of the Stage in Kargo (promote)")
    parser.add_argument("--freight", help="name or alias of the Freight, the newest by default (promote)")
    parser.add_argument("--vault", choices=azure.VAULTS, help="vault of the dev stack, until another is chosen")
    arguments = parser.parse_args()
    layout = Layout.from_environment()
    try:
        if arguments.command == "status":
            return 0 if status(layout) else 1
        with only_one(layout.root / "lock"):
            if arguments.vault:
                azure.choose(layout, arguments.vault)
            if arguments.command == "push":
                push(layout, arguments.pipeline, arguments.tag or "v11", arguments.platforms)
            elif arguments.command == "promote":
                promote(layout, arguments.stage, arguments.freight, arguments.tag)
            else:
                commands[arguments.command](layout)
    except SandboxError as error:
        console.print(f"error: {error}", markup=False, style="red")
        for text in processes.ended(layout).values():
            if text not in str(error):
                console.print(f"error: {text}", markup=False, style="red")
        return 1
    except KeyboardInterrupt:
        console.print("interrupted; run the same command again to continue", markup=False)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
