"""Stand-in plugins that a server forks: each is a process of its own, with the environment of who asked for it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox import plugins, processes
from sandbox.layout import Layout
from sandbox.standins.plugins import server

pytestmark = pytest.mark.integration
KUBERNETES = "pulumi-resource-kubernetes"


@contextmanager
def started(script: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """Start a plugin as the engine does, and yield it with a client."""
    environment = {**os.environ, **variables}
    with subprocess.Popen([str(script)], stdout=subprocess.PIPE, text=True, env=environment) as plugin:
        assert plugin.stdout
        with grpc.insecure_channel(f"127.0.0.1:{plugin.stdout.readline().strip()}") as channel:
            yield plugin, provider_pb2_grpc.ResourceProviderStub(channel)
        plugin.kill()


def forks(sandbox: Any) -> list[psutil.Process]:
    """Return the plugins that the sandbox's server has forked and that still run."""
    process = processes.running(sandbox.layout, server.NAME)
    assert process
    return process.children()


@pytest.fixture
def script(sandbox, tmp_path) -> Path:
    """The script of the Kubernetes provider, or the reason why there is none."""
    provided = plugins.provide(Layout(tmp_path), server.address(sandbox.layout))[KUBERNETES]
    if provided.parent != Layout(tmp_path).folder("bin"):
        pytest.skip(f"{provided} is real")
    return provided
