"""The resources of stacks that a release has deployed: `tests/fixtures/released/<version>.yaml`.

`python -m tests.released` writes the file of the version in pyproject.toml. A release has one from its tag on.
"""

import base64
import hashlib
import json
import os
import pickle
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.runtime import set_mocks
from pulumi.runtime.mocks import MockMonitor

from tests import program
from tests.logins import FORMS, PRIVATE_KEY
from tests.recorder import Recorder, unwrap

FOLDER = Path(__file__).parent / "fixtures" / "released"
_DIGITS = 12
_VALUES = {key: value for form in FORMS.values() for key, value in form.secrets.items()}
_VALUES["githubToken"] = "planted-github-token"


def resources(stack: str, configuration: dict[str, Any], secrets: list[str]) -> dict[str, dict[str, str]]:
    """Return the resources of a stack by URN, without the stack's and the project's name.

    A resource has a digest of its inputs. A dynamic resource also has the path of its provider, which Pulumi pickles
    into the state.

    Args:
        stack: `dev` or `prod`.
        configuration: values of the stack's file.
        secrets: encrypted keys; they have the tests' planted values.
    """
    monitors: list[MockMonitor] = []

    def remember(recorder: Recorder, **named: Any) -> None:
        monitors.append(MockMonitor(recorder))
        set_mocks(recorder, monitor=monitors[-1], **named)

    with pytest.MonkeyPatch.context() as patch:
        # A preview needs no kubeconfig, and the developer's own must not be looked at.
        patch.setenv("KUBECONFIG", os.devnull)
        patch.setattr(program, "set_mocks", remember)
        patch.setattr(program, "stack_values", lambda _: configuration)
        program.run(stack, secrets={key: _VALUES[key] for key in secrets}, preview=True)
    registered = monitors[0].get_registered_resources()
    found = {urn.split("::", 2)[2]: _resource(unwrap(resource.state)) for urn, resource in registered.items()}
    return dict(sorted(found.items()))


def _resource(state: dict[str, Any]) -> dict[str, str]:
    pickled = state.pop("__provider", None)
    # The tests generate another private key in each run.
    text = json.dumps(state, sort_keys=True).replace(json.dumps(PRIVATE_KEY)[1:-1], "private key")
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
    if not pickled:
        return {"inputs": digest}
    provider = type(pickle.loads(base64.b64decode(pickled)))
    return {"inputs": digest, "provider": f"{provider.__module__}.{provider.__qualname__}"}


def stacks() -> Iterator[tuple[str, str, dict[str, Any], list[str]]]:
    """Yield a name, the stack, the values and the encrypted keys of each stack of a release."""
    dev, prod = program.stack_values("dev"), program.stack_values("prod")
    (pipeline,) = dev["pipelines"]
    opens = {"pipelines": [{**pipeline, "stages": [{"name": "dev", "promoteBy": "pullRequest"}]}]}
    yield "dev", "dev", dev, ["giteaPassword"]
    yield "prod", "prod", prod, []
    yield "pull requests", "dev", program.merged(dev, opens), ["giteaPassword", "webhookSecret"]
    yield "webhooks in GitHub", "prod", prod, ["githubToken", "webhookSecret"]
    for name, form in FORMS.items():
        values = program.merged(program.stack_values(form.stack), form.changes)
        yield name, form.stack, values, list(form.secrets)


def read(file: Path) -> Mapping[str, dict[str, Any]]:
    """Return the stacks of a release by name: `stack`, `configuration`, `secrets` and `resources`."""
    content: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text())
    return content


def main() -> None:
    """Write the file of the version in pyproject.toml."""
    version = tomllib.loads((program.ROOT / "pyproject.toml").read_text())["project"]["version"]
    written = {
        name: {
            "stack": stack,
            "configuration": values,
            "secrets": secrets,
            "resources": resources(stack, values, secrets),
        }
        for name, stack, values, secrets in stacks()
    }
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{version}.yaml").write_text(yaml.safe_dump(written, sort_keys=False, width=120))


if __name__ == "__main__":
    main()
