"""The guide's commands that move a stack to another backend and delete the old state.

Two file backends, two passphrases or a key, and no file with a secret in plain text.
"""

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sandbox.layout import PROJECT, Layout
from sandbox.progress import Steps
from sandbox.real.programs import provide
from sandbox.real.tool import tools

pytestmark = pytest.mark.integration

GUIDE = (PROJECT / "docs" / "kargo-gitea-webhook-setup.md").read_text()
SECTION = GUIDE.split("### Move a stack to another backend")[1].split("\n## ")[0]
MOVE, DELETE_OLD = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
# Pulumi reads this from the user's account, not from HOME.
HOME = "file://~"
PASSWORD, URL = "planted-password", "https://kargo.example.com/generic/planted-path"
FIRST, SECOND = "the-first-passphrase", "the-second-passphrase"
NAME = "kargo-backstage"
STACK_URN = f"urn:pulumi:dev::{NAME}::pulumi:pulumi:Stack::{NAME}-dev"
# The engine's mark of a secret value in a state.
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


@dataclass(frozen=True)
class Machine:
    """A user's machine with a stack whose state is in a folder.

    Args:
        root: folder with the old backend, the new backend and the project.
        pulumi: folder of the CLI.
    """

    root: Path
    pulumi: Path

    @property
    def project(self) -> Path:
        """The project's folder."""
        return self.root / "project"

    @property
    def file(self) -> Path:
        """The stack's file."""
        return self.project / "Pulumi.dev.yaml"

    def run(
        self,
        command: str,
        passphrase: str | None = FIRST,
        stdin: str = "",
        fails: bool = False,
        variables: Mapping[str, str] | None = None,
    ) -> str:
        """Run a command in the project's folder, check its exit code and return all it printed."""
        command = command.replace(HOME, (self.root / "old").as_uri())
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
        own = {
            "PATH": f"{self.pulumi}{os.pathsep}{environment['PATH']}",
            "PULUMI_HOME": str(self.root / "pulumi-home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **({} if passphrase is None else {"PULUMI_CONFIG_PASSPHRASE": passphrase}),
        }
        result = subprocess.run(
            ["sh", "-ec", command],
            cwd=self.project,
            env={**environment, **own, **(variables or {})},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        printed = result.stdout + result.stderr
        assert bool(result.returncode) == fails, f"{command}:\n{printed[-4000:]}"
        return printed

    def prepare(self) -> None:
        """Create the project, and the stack with a secret in its file and one in its state."""
        for name in ("old", "new", "pulumi-home", "project"):
            (self.root / name).mkdir()
        (self.project / "Pulumi.yaml").write_text(f"name: {NAME}\nruntime: python\n")
        self.file.write_text((PROJECT / "Pulumi.dev.yaml").read_text())
        self.run(f"pulumi login {HOME}; pulumi stack init dev")
        self.run("pulumi config set --secret giteaPassword --stack dev", stdin=PASSWORD)
        salt = re.findall("^encryptionsalt: (.*)$", self.file.read_text(), re.MULTILINE)[0]
        outputs = {"webhookUrls": {**SECRET, "plaintext": json.dumps(URL)}}
        state = {
            "manifest": {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""},
            "secrets_providers": {"type": "passphrase", "state": {"salt": salt}},
            "resources": [
                {"urn": STACK_URN, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": outputs},
            ],
        }
        self.run("pulumi stack import --stack dev", stdin=json.dumps({"version": 3, "deployment": state}))

    def move(
        self, secrets_provider: str | None, fails: bool = False, variables: Mapping[str, str] | None = None
    ) -> str:
        """Run the commands of the guide that move the stack, but for the preview, which needs the program."""
        commands = "\n".join(line for line in MOVE.splitlines() if not line.startswith("pulumi preview"))
        azure = re.findall(r'"(az[^"]*)"', commands)
        assert [found.partition(":")[0] for found in azure] == ["azblob", "azurekeyvault"]
        commands = commands.replace(azure[0], (self.root / "new").as_uri())
        if secrets_provider:
            commands = commands.replace(azure[1], secrets_provider)
        else:
            commands = commands.replace(f' --secrets-provider "{azure[1]}"', "")
        return self.run(commands, fails=fails, variables=variables)

    def is_readable(self, passphrase: str | None, variables: Mapping[str, str] | None = None) -> bool:
        """Return whether the secrets in the stack's file and in its state can be decrypted."""
        password = self.run("pulumi config get giteaPassword --stack dev", passphrase, variables=variables)
        url = self.run("pulumi stack output webhookUrls --show-secrets --stack dev", passphrase, variables=variables)
        return (password.strip(), url.strip()) == (PASSWORD, URL)

    def plain(self) -> list[Path]:
        """Return the files on this machine that contain a secret in plain text."""
        files = (path for path in self.root.rglob("*") if path.is_file())
        return [path for path in files if re.search(b"planted-p", path.read_bytes())]


@contextmanager
def vault() -> Iterator[dict[str, str]]:
    """Run a Vault whose transit key only encodes; yield the environment variables that lead to it."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if "/encrypt/" in self.path:
                data = {"ciphertext": f"vault:v1:{given['plaintext'][::-1]}"}
            else:
                data = {"plaintext": given["ciphertext"].removeprefix("vault:v1:")[::-1]}
            content = json.dumps({"data": data}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {"VAULT_SERVER_URL": f"http://127.0.0.1:{server.server_port}", "VAULT_SERVER_TOKEN": "token"}
        server.shutdown()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine with a stack in the old backend."""
    found = [tool for tool in tools() if "pulumi" in tool.binaries]
    program = provide(Layout(tmp_path / "sandbox"), Steps(1), found)["pulumi"]
    made = Machine(tmp_path / "machine", program.parent)
    made.root.mkdir()
    made.prepare()
    assert made.is_readable(FIRST)
    return made


def test_a_stack_moves_from_one_passphrase_to_another(machine):
    machine.move(None)
    assert machine.is_readable(FIRST)
    machine.run("pulumi stack change-secrets-provider passphrase --stack dev", stdin=SECOND)
    assert machine.is_readable(SECOND)
    assert "incorrect passphrase" in machine.run("pulumi config get giteaPassword --stack dev", fails=True)
    assert machine.plain() == []


def test_a_stack_moves_from_a_passphrase_to_a_key(machine):
    before = machine.file.read_text()
    with vault() as variables:
        machine.move("hashivault://state", variables=variables)
        assert machine.is_readable(None, variables)
        machine.run(DELETE_OLD)
        assert machine.is_readable(None, variables)
    assert machine.plain() == []
    assert {path.name for path in machine.project.iterdir()} == {"Pulumi.yaml", "Pulumi.dev.yaml"}
    assert "dev" not in machine.run(f"PULUMI_BACKEND_URL={HOME} pulumi stack ls")
    comments = [line for line in before.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in comments if line not in machine.file.read_text()] == []


def test_a_move_that_fails_leaves_no_plain_text_and_the_stack_where_it_was(machine):
    before = machine.file.read_text()
    state = next((machine.root / "old").rglob("stacks/**/dev.json"))
    content = json.loads(state.read_text())
    broken = {"urn": f"urn:pulumi:dev::{NAME}::a:b:C::child", "type": "a:b:C", "parent": f"{STACK_URN}-gone"}
    content["checkpoint"]["latest"]["resources"].append(broken)
    state.write_text(json.dumps(content))
    with vault() as variables:
        assert "missing parent" in machine.move("hashivault://state", fails=True, variables=variables)
    assert machine.file.read_text() == before
    assert {path.name for path in machine.project.iterdir()} == {"Pulumi.yaml", "Pulumi.dev.yaml"}
    assert machine.plain() == []
    assert "dev" not in machine.run("pulumi stack ls")
    machine.run(f"pulumi login {HOME}")
    assert machine.is_readable(FIRST)
