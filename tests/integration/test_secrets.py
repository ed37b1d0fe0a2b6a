"""No secret in output, state or logs: the tests search everywhere for planted values."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration


@pytest.fixture
def planted(deployment) -> dict[str, str]:
    """Return every secret of the deployment by what it is."""
    return secrets_of(deployment)


def secrets_of(deployment) -> dict[str, str]:
    """Return the secrets that the state has now, taken from it with its secrets shown."""
    generated = next(r["outputs"]["value"] for r in deployment.state() if r["type"].endswith(":WebhookSecret"))
    url = deployment.webhook_url()
    return {
        "password": deployment.stack.platform.gitea_password,
        "webhook secret": json.loads(generated["plaintext"]) if isinstance(generated, dict) else generated,
        "webhook URL": url,
        "webhook path": url.rpartition("/")[2],
        "passphrase": deployment.stack.layout.secret("passphrase"),
    }


def leaks(text: str, planted: dict[str, str]) -> list[str]:
    return [name for name, value in planted.items() if value in text]


def test_the_search_itself_finds_secrets_where_they_are_shown(deployment, planted):
    shown = deployment.pulumi("stack", "export", "--show-secrets")
    assert leaks(shown, planted) == ["password", "webhook secret", "webhook URL", "webhook path"]


def test_state_is_free_of_clear_secrets(deployment, planted):
    assert leaks(deployment.pulumi("stack", "export"), planted) == []
    state = deployment.stack.layout.folder("pulumi-state")
    for path in state.rglob("*.json*"):
        assert leaks(path.read_text(), planted) == [], path.name


def test_previews_updates_and_outputs_are_free_of_secrets(deployment, planted):
    deployment.stack.project.replace("webhooks.rotation", "another")
    printed = deployment.pulumi("preview", "--diff", "--show-sames", "--show-reads")
    printed += deployment.pulumi("preview", "--json")
    printed += deployment.pulumi("stack", "output") + deployment.pulumi("stack", "output", "--json")
    printed += deployment.up("--diff", "--show-sames", "--show-config")
    assert leaks(printed, planted) == []
    assert leaks(printed, secrets_of(deployment)) == []


def test_logs_and_recorded_deliveries_are_free_of_secrets(deployment, planted):
    layout = deployment.stack.layout
    for folder in (layout.folder("logs"), layout.deliveries):
        for path in folder.glob("*"):
            assert leaks(path.read_text(errors="replace"), planted) == [], path.name


def test_a_crash_in_the_program_shows_no_secret(deployment, planted, monkeypatch, tmp_path):
    # Python runs sitecustomize first; this one breaks the last component, when every secret is in memory.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Break:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'components.gitea_webhooks':\n"
        "            raise RuntimeError('planted crash')\n"
        "sys.meta_path.insert(0, Break())\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    printed = deployment.pulumi("preview", fails=True)
    assert "planted crash" in printed
    assert leaks(printed, planted) == []


def test_no_process_has_a_secret_among_its_arguments(deployment, planted):
    command_lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command_lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    assert leaks("\n".join(command_lines), planted) == []
