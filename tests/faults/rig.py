"""A stack that reaches the cluster and Gitea through proxies, and an `up` with a fault."""

import json
import os
import re
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from sandbox import platform
from sandbox.layout import PROJECT, Layout
from sandbox.real import certificates, gitea
from sandbox.real.programs import Programs
from sandbox.stack import Stack
from tests.faults.proxy import SILENCE_SECONDS, Proxy
from tests.hooks import forget_hooks, project_of

CLUSTER, GITEA = "cluster", "Gitea"
# Where an `up` takes longer, it hangs.
LONGEST_SECONDS = 240
# Objects of the stack's kinds: not what a client asks about the API itself.
_OBJECTS = re.compile(
    r"^/api/v1/|^/apis/(kargo\.akuity\.io|external-secrets\.io|rbac\.authorization\.k8s\.io)/[^/]+/[^?]"
)


@dataclass(frozen=True)
class Rig:
    """Two proxies on a running sandbox.

    Args:
        layout: the sandbox.
        programs: its programs.
        proxies: the proxies by where they lead.
    """

    layout: Layout
    programs: Programs
    proxies: dict[str, Proxy]

    def stack(self, folder: Path, project: str | None = None) -> Stack:
        """Return a new stack `dev` with a state and, by default, a Kargo project of its own."""
        local = platform.local(self.layout)
        kubeconfig = folder / "kubeconfig"
        content = yaml.safe_load(self.layout.kubeconfig.read_text())
        content["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{self.proxies[CLUSTER].port}"
        kubeconfig.write_text(yaml.safe_dump(content))
        host = f"127.0.0.1:{self.proxies[GITEA].port}"
        settings = json.loads(json.dumps(local.settings).replace(self.layout.gitea_host, host))
        settings["kargo"]["project"] = project or f"fault-{secrets.token_hex(4)}"
        stack = Stack(Layout(folder), self.programs, replace(local, kubeconfig=kubeconfig, settings=settings))
        stack.prepare()
        return stack

    def hooks(self, stack: Stack) -> list[str]:
        """Return the URLs of the stack's hooks in Gitea."""
        project = stack.platform.settings["kargo"]["project"]
        found: list[str] = []
        with gitea.api(self.layout) as api:
            for page in range(1, 100):
                listed = api.get("/user/hooks", params={"page": page, "limit": 50}).raise_for_status().json()
                own = (hook for hook in listed if project_of(hook, self.layout.kubeconfig) == project)
                found += [hook["config"]["url"] for hook in own]
                if len(listed) < 50:
                    break
        return found

    def forget(self, stack: Stack) -> None:
        """Delete the stack's hooks, so that the next stack's list is short."""
        project = stack.platform.settings["kargo"]["project"]
        with gitea.api(self.layout) as api:
            forget_hooks(api, self.layout.kubeconfig, project)


@contextmanager
def rig(layout: Layout, programs: Programs, silence: float = SILENCE_SECONDS) -> Iterator[Rig]:
    """Start the proxies before a running sandbox.

    Args:
        layout: the sandbox.
        programs: its programs.
        silence: how long a silent server says nothing, in seconds.
    """
    tls = certificates.provide(layout)
    server = f"127.0.0.1:{layout.ports['apiServer']}"
    cluster = Proxy(server, tls, lambda _, path: bool(_OBJECTS.match(path)), silence)
    forge = Proxy(layout.gitea_host, tls, lambda _, path: path.startswith("/api/v1/"), silence)
    with cluster.running(), forge.running():
        yield Rig(layout, programs, {CLUSTER: cluster, GITEA: forge})


@dataclass(frozen=True)
class Run:
    """The result of one `pulumi` command.

    Args:
        code: exit code; None if the command was killed because it hung.
        printed: output.
        seconds: duration.
    """

    code: int | None
    printed: str
    seconds: float

    @property
    def line(self) -> str:
        """The first error in the output."""
        found = re.findall(r"^ +error: (?!update failed)(.*)|^error: (.*)", self.printed, re.MULTILINE)
        return next((one or other for one, other in found), "")


def pulumi(stack: Stack, *arguments: str, kill_after: float | None = None) -> Run:
    """Run `pulumi` as a user does; end it, and everything that it started, where it hangs or is to be killed."""
    started = time.monotonic()
    process = subprocess.Popen(
        ["pulumi", *arguments],
        cwd=PROJECT,
        env={**os.environ, **stack.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=LONGEST_SECONDS if kill_after is None else kill_after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        printed, _ = process.communicate()
        return Run(None, printed, time.monotonic() - started)
    return Run(process.returncode, printed, time.monotonic() - started)


def converges(the: Rig, stack: Stack, *, cut_off: bool) -> list[str]:
    """Run a plain second `up`, and return what is wrong afterwards; nothing where it converges.

    Args:
        the: the proxies.
        stack: the stack.
        cut_off: whether the first run was killed, and has left its lock.
    """
    wrong: list[str] = []
    for proxy in the.proxies.values():
        proxy.arm(None)
    if cut_off:
        pulumi(stack, "cancel", "--yes")
    second = pulumi(stack, "up", "--yes")
    if second.code != 0:
        return [f"second up ended with {second.code}: {second.line or second.printed[-300:]}"]
    if (hooks := the.hooks(stack)) and len(hooks) != 1:
        wrong.append(f"{len(hooks)} hooks")
    after = pulumi(stack, "preview", "--expect-no-changes")
    if after.code != 0:
        wrong.append(f"preview afterwards: {after.line}")
    return wrong if hooks else [*wrong, "no hook"]


def outcome(first: Run) -> dict[str, Any]:
    """Return a summary of the first `up`."""
    return {"code": first.code, "seconds": round(first.seconds, 1), "line": " ".join(first.line.split())[:160]}
