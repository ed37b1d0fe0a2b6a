"""The sandbox's own Pulumi project folder: `main:` points at the program, so that its stack file is not the team's.

Whatever Pulumi writes beside Pulumi.yaml (the salt of `stack init`, `config set`) lands here.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.layout import PROJECT, write_private
from sandbox.platform import Platform

NAME = "kargo-backstage"


class Project:
    """A folder with a Pulumi.yaml, and the file of one stack.

    Args:
        folder: the folder.
        stack: the stack's name; the team's file of the same name is what its configuration starts from.
    """

    def __init__(self, folder: Path, stack: str) -> None:
        self.folder = folder
        self.file = folder / f"Pulumi.{stack}.yaml"
        self._team_file = PROJECT / self.file.name

    def write(self, plugins: Mapping[str, Path]) -> None:
        """Write Pulumi.yaml: the committed one, with the program and its Python named by absolute paths.

        Python's language host would otherwise look for uv.lock and .venv above this folder.

        Args:
            plugins: files of the plugins; the engine would warn of those that it found on PATH.
        """
        content: dict[str, Any] = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())
        content["main"] = str(PROJECT)
        content["runtime"]["options"]["virtualenv"] = sys.prefix
        kinds = {"language": "languages", "resource": "providers"}
        for plugin, path in plugins.items():
            _, kind, name = plugin.split("-", 2)
            listed = content.setdefault("plugins", {}).setdefault(kinds[kind], [])
            listed.append({"name": name, "path": str(path.parent)})
        (self.folder / "Pulumi.yaml").write_text(yaml.safe_dump(content, sort_keys=False))

    def configuration(self) -> dict[str, Any]:
        """Return the content of the stack's file; empty where there is none."""
        try:
            content: dict[str, Any] = yaml.safe_load(self.file.read_text()) or {}
        except FileNotFoundError:
            content = {}
        return content

    def replace(self, path: str, value: Any) -> None:
        """Write a key, or one part of its mapping such as `registry.login`, in the place of what is there."""
        content = self.configuration()
        key, _, part = path.partition(".")
        written = content["config"]
        if part:
            written[f"{NAME}:{key}"][part] = value
        else:
            written[f"{NAME}:{key}"] = value
        write_private(self.file, yaml.safe_dump(content, sort_keys=False))

    def configure(self, platform: Platform) -> None:
        """Write the team's configuration with `platform`'s addresses; salt, secrets and rotation stay as they are."""
        config: dict[str, Any] = yaml.safe_load(self._team_file.read_text())["config"]
        for key, values in platform.settings.items():
            section = config[f"{NAME}:{key}"] = _merged(config.get(f"{NAME}:{key}"), values)
            if platform.ca_bundle and isinstance(section, dict) and "insecureSkipTlsVerify" not in values:
                section.pop("insecureSkipTlsVerify", None)
        if platform.ca_bundle:
            config[f"{NAME}:caBundle"] = str(platform.ca_bundle)
        before = self.configuration()
        values = before.get("config", {})
        webhooks = f"{NAME}:webhooks"
        rotation = (values.get(webhooks) or {}).get("rotation")
        if rotation is not None:
            config[webhooks] = {**config.get(webhooks, {}), "rotation": rotation}
        secrets = {key: value for key, value in values.items() if isinstance(value, dict) and "secure" in value}
        content = {"encryptionsalt": before["encryptionsalt"], "config": {**config, **secrets}}
        write_private(self.file, yaml.safe_dump(content, sort_keys=False))


def _merged(old: Any, new: Any) -> Any:
    """Return `new`, mappings merged into those of `old`."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
