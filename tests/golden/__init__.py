"""The objects of the committed stacks and of other forms of logins, as readable files; secrets are masked."""

import os
import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.logins import FORMS, PLANTED
from tests.program import run
from tests.recorder import Registered

FOLDER = Path(__file__).parent
STACKS = ("dev", "prod")
_WIDTH = 160
# The usual order of these keys. Others follow by name.
_FIRST = ("apiVersion", "kind", "name", "namespace", "metadata", "uses", "as", "if", "key", "repoURL", "path")
_OF_LOGINS = ("ServiceAccount", "SecretStore", "Secret", "ExternalSecret")
_KINDS = ("Namespace", "Project", *_OF_LOGINS, "RoleBinding", "ProjectConfig", "PromotionTask", "Warehouse", "Stage")


class _Dumper(yaml.SafeDumper):
    """Writes a long text as a folded block, so that its quotes need no escapes."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else ">" if len(text) > _WIDTH else None
    ),
)


def rendered(stack: str) -> str:
    """Return the objects of a committed stack as YAML documents.

    What only a deployed stack knows, such as the version of a vault's secret, is as the mocks give it.
    """
    return _documents(_objects(stack))


def rendered_logins(form: str) -> str:
    """Return the configuration of a form of logins, and its objects, as YAML documents."""
    written = FORMS[form]
    found = _objects(written.stack, written.changes, written.secrets)
    # Neither the Secret of a receiver nor the account of a group belongs to a login.
    others = re.compile(r"-webhook-|-groups$")
    of_logins = [o for o in found if o["kind"] in _OF_LOGINS and not others.search(o["metadata"]["name"])]
    return _documents([written.written, *of_logins])


def golden_files() -> dict[Path, Callable[[], str]]:
    """Return how to render each golden file."""
    return {
        **{FOLDER / f"{stack}.yaml": partial(rendered, stack) for stack in STACKS},
        **{FOLDER / "logins" / f"{form}.yaml": partial(rendered_logins, form) for form in FORMS},
    }


def _objects(
    stack: str, changes: dict[str, Any] | None = None, secrets: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    with pytest.MonkeyPatch.context() as patch:
        # A preview needs no kubeconfig, and the developer's own must not be looked at.
        patch.setenv("KUBECONFIG", os.devnull)
        registered = run(stack, changes, secrets, preview=True).recorder.resources
    objects = [resource for resource in registered if resource.type.startswith("kubernetes:")]
    # Registrations come as their inputs are known, in another order each time.
    objects.sort(key=lambda resource: (_KINDS.index(resource.type.rpartition(":")[2]), resource.name))
    return [_object(o) for o in objects]


def _documents(content: Iterable[dict[str, Any]]) -> str:
    return yaml.dump_all(content, Dumper=_Dumper, sort_keys=False, width=_WIDTH)


def _object(resource: Registered) -> dict[str, Any]:
    found = {key: value for key, value in resource.inputs.items() if value is not None}
    if "stringData" in found:
        data: dict[str, str] = found["stringData"]
        found["stringData"] = {key: "[secret]" if value in PLANTED else value for key, value in data.items()}
    ordered: dict[str, Any] = _ordered(found)
    return ordered


def _ordered(value: Any) -> Any:
    if isinstance(value, list):
        return [_ordered(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    keys = sorted(value, key=lambda key: (_FIRST.index(key) if key in _FIRST else len(_FIRST), key))
    return {key: _ordered(value[key]) for key in keys}
