"""Forked stand-in plugins: each is a process of its own, with the environment of its engine."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox import plugins, processes
from sandbox.layout import Layout
from sandbox.standins.plugins import server
from sandbox.standins.plugins.wire import to_struct

pytestmark = pytest.mark.integration

KUBERNETES = "pulumi-resource-kubernetes"


@pytest.fixture
def script(sandbox, tmp_path, monkeypatch) -> Path:
    """The script that starts the provider for Kubernetes."""
    # With these the plugin is a new Python.
    for variable in ("PYTHONPATH", "PYTHONHOME"):
        monkeypatch.delenv(variable, raising=False)
    layout = Layout(tmp_path)
    provided = plugins.provide(layout, server.address(sandbox.layout))[KUBERNETES]
    if not provided.is_relative_to(tmp_path):
        pytest.skip(f"{provided} is Pulumi's own")
    return provided


@contextmanager
def started(script: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """Start a plugin as the engine does, and yield it with a client of it."""
    environment = {**os.environ, **variables}
    with subprocess.Popen([script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as made:
        assert made.stdout
        try:
            with grpc.insecure_channel(f"127.0.0.1:{made.stdout.readline().strip()}") as channel:
                yield made, provider_pb2_grpc.ResourceProviderStub(channel)
        finally:
            made.kill()


def forks(sandbox: Any) -> list[psutil.Process]:
    """Return the plugins that the server has forked and that still run."""
    process = processes.running(sandbox.layout, server.NAME)
    assert process
    return process.children()


def configure(plugin: Any, **variables: str) -> None:
    """Configure a provider as the engine does."""
    given = {f"kubernetes:config:{name}": value for name, value in variables.items()}
    plugin.Configure(provider_pb2.ConfigureRequest(variables=given))


def reads(plugin: Any) -> bool:
    """Return whether a provider reads from a cluster."""
    try:
        request = provider_pb2.ReadRequest(
            id="default", urn="urn:pulumi:dev::p::kubernetes:core/v1:Namespace::n", properties=to_struct({})
        )
        return bool(plugin.Read(request).id)
    except grpc.RpcError as error:
        if "unreachable" not in str(error):
            raise
        return False


def test_two_providers_of_one_package_have_each_its_own_configuration(sandbox, script, tmp_path):
    away = tmp_path / "away"
    content = sandbox.layout.kubeconfig.read_text()
    away.write_text(content.replace(str(sandbox.layout.ports["apiServer"]), "9"))
    with started(script, KUBECONFIG=str(away)) as (_, one), started(script) as (_, other):
        assert len(forks(sandbox)) == 2
        configure(one)
        configure(other, kubeconfig=str(sandbox.layout.kubeconfig))
        assert (reads(one), reads(other)) == (False, True)


def test_a_plugin_speaks_through_the_files_of_its_engine(sandbox, script):
    with started(script, KUBECONFIG=str(sandbox.layout.kubeconfig)) as (process, plugin):
        configure(plugin)
        process.kill()
        assert process.stderr
        assert "stand-in for the Kubernetes provider" in process.stderr.read()


@pytest.mark.parametrize("how", ["kill", "terminate"])
def test_a_plugin_ends_when_its_engine_ends_it(sandbox, script, how):
    with started(script) as (process, plugin), started(script) as (_, other):
        getattr(process, how)()
        processes.eventually(lambda: len(forks(sandbox)) == 1, "the plugin's end")
        with pytest.raises(grpc.RpcError):
            plugin.GetPluginInfo(empty_pb2.Empty())
        assert other.GetPluginInfo(empty_pb2.Empty()).version
    processes.eventually(lambda: not forks(sandbox), "the other plugin's end")


def test_a_plugin_ends_when_its_engine_was_killed(sandbox, script):
    engine = "import subprocess, sys; subprocess.Popen([sys.argv[1]]); input()"
    with subprocess.Popen([sys.executable, "-c", engine, script], stdin=subprocess.PIPE) as process:
        processes.eventually(lambda: len(forks(sandbox)) == 1, "the plugin")
        process.kill()
    processes.eventually(lambda: not forks(sandbox), "the plugin's end")


@pytest.mark.parametrize("plugin", ["pulumi-language-python", "pulumi-resource-pulumi-python", plugins.AZURE])
def test_every_stand_in_reports_its_port_at_once(sandbox, tmp_path, plugin):
    """Without PYTHONUNBUFFERED in the environment too."""
    script = plugins.provide(Layout(tmp_path), server.address(sandbox.layout))[plugin]
    if not script.is_relative_to(tmp_path):
        pytest.skip(f"{script} is Pulumi's own")
    with subprocess.Popen([str(script), "127.0.0.1:1"], stdout=subprocess.PIPE, text=True) as made:
        assert made.stdout
        assert made.stdout.readline().strip().isdigit()
        made.kill()


def test_without_the_server_a_plugin_is_a_new_python(script, sandbox, tmp_path):
    alone = plugins.provide(Layout(tmp_path))[KUBERNETES]
    with started(alone) as (process, plugin):
        assert plugin.GetPluginInfo(empty_pb2.Empty()).version
        assert not forks(sandbox)
        assert "sandbox.standins.plugins" in json.dumps(psutil.Process(process.pid).cmdline())
