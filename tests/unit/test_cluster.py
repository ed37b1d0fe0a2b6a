"""The client of the cluster's API: untrusted certificates, and logins by a program that is missing or fails."""

import json
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from clients.cluster import Cluster, NotAllowedError, UnreachableClusterError
from clients.connection import ServiceError

patched: list[tuple[str, str, object]] = []


class _Version(BaseHTTPRequestHandler):
    def do_PATCH(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        patched.append((self.path, self.headers["Content-Type"], body))
        status = 403 if "forbidden" in self.path else 200
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"message": "nobody may"}')

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"major": "1"}')

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """Serve a version over TLS; yield the address."""
    listening = HTTPServer(("127.0.0.1", 0), _Version)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    yield f"https://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    listening.server_close()


def cluster(folder: Path, server: str, user: Any = None, **settings: object) -> Cluster:
    """Return the client of a kubeconfig that names the server."""
    path = folder / "kubeconfig"
    content = {
        "clusters": [{"name": "c", "cluster": {"server": server, **settings}}],
        "users": [{"name": "u", "user": user or {}}],
        "contexts": [{"name": "dev", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "dev",
    }
    path.write_text(json.dumps(content))
    return Cluster(str(path), "dev")


def test_a_kubeconfig_that_skips_the_verification_is_not_repeated_with_every_request(tmp_path, server):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        api = cluster(tmp_path, server, **{"insecure-skip-tls-verify": True})
        assert api.get("the version", "/version") == {"major": "1"}
    assert [str(warning.message) for warning in warned] == []


def test_an_untrusted_certificate_is_refused(tmp_path, server):
    with pytest.raises(UnreachableClusterError, match="the kubeconfig does not trust the cluster's certificate"):
        cluster(tmp_path, server).get("the version", "/version")


def exec_plugin(command: str, *args: str) -> dict[str, object]:
    """Return a kubeconfig's user that signs in with a program."""
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": command, "args": [*args]}}


@pytest.mark.parametrize(
    ("command", "args", "reason"),
    [
        ("kubelogin-of-nobody", [], "No such file or directory: 'kubelogin-of-nobody'"),
        ("sh", ["-c", "echo AADSTS700016: no such application >&2; exit 1"], "returned 1. AADSTS700016: no such"),
        ("sh", ["-c", "echo no json"], "failed to decode process output"),
        ("sh", ["-c", "echo {}"], "malformed response"),
        ("sh", ["-c", "echo " + "x" * 5000 + " >&2; exit 1"], "returned 1. xxxx"),
    ],
)
def test_without_its_plugin_no_request_is_sent(tmp_path, server, capfd, command, args, reason):
    api = cluster(tmp_path, server, exec_plugin(command, *args), **{"insecure-skip-tls-verify": True})
    with pytest.raises(ServiceError, match="the kubeconfig's context 'dev' gives no credential") as caught:
        api.get("the version", "/version")
    assert reason in str(caught.value)
    assert "sign in with the program that its user names under `exec`, such as kubelogin" in str(caught.value)
    assert len(str(caught.value)) < 450
    assert type(caught.value) is ServiceError
    assert "ERROR" not in capfd.readouterr().err


@pytest.mark.parametrize("env", [{"TOKEN": "planted-secret"}, [{"value": "planted-secret"}]])
def test_a_plugin_that_is_written_wrongly_is_not_quoted(tmp_path, server, env):
    user = exec_plugin("echo")
    user["exec"]["env"] = env  # type: ignore[index]
    with pytest.raises(ServiceError) as caught:
        cluster(tmp_path, server, user, **{"insecure-skip-tls-verify": True}).get("the version", "/version")
    assert "planted" not in str(caught.value)


def test_a_plugin_that_gives_a_token_signs_in(tmp_path, server):
    answer = {"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", "status": {"token": "t"}}
    user = exec_plugin("echo", json.dumps(answer))
    api = cluster(tmp_path, server, user, **{"insecure-skip-tls-verify": True})
    assert api.get("the version", "/version") == {"major": "1"}


def test_the_identity_is_the_uid_of_kube_system(monkeypatch):
    asked = []

    def read(api: Cluster, what: str, path: str) -> dict[str, object]:
        asked.append((what, path))
        return {"metadata": {"uid": "planted-uid"}}

    monkeypatch.setattr(Cluster, "read", read)
    assert Cluster("", "dev").uid() == "planted-uid"
    assert asked == [("namespace 'kube-system'", "/api/v1/namespaces/kube-system")]


def test_a_cluster_that_does_not_answer_is_waited_for_as_long_as_the_caller_says(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        api = Cluster(str(cluster(tmp_path, address)._kubeconfig), "dev", timeout=0.2)
        began = time.monotonic()
        with pytest.raises(UnreachableClusterError):
            api.uid()
    assert time.monotonic() - began < 25


def test_annotations_are_merged_into_those_of_the_object(tmp_path, server):
    api = cluster(tmp_path, server, **{"insecure-skip-tls-verify": True})
    patched.clear()
    api.annotate("SecretStore 'a'", "/apis/e/v1/a", {"force-sync": "1"})
    body = {"metadata": {"annotations": {"force-sync": "1"}}}
    assert patched == [("/apis/e/v1/a?fieldManager=kargo-backstage", "application/merge-patch+json", body)]
    with pytest.raises(NotAllowedError, match=r"SecretStore 'a' cannot be annotated \(403 Forbidden: nobody may\)"):
        api.annotate("SecretStore 'a'", "/apis/e/v1/forbidden", {"force-sync": "1"})
