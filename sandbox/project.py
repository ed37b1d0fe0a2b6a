"""The sandbox's own Pulumi project folder. Its `main:` is the program, so the sandbox does not change the team's file.

Pulumi writes to the stack's file next to Pulumi.yaml: the salt in `stack init`, values in `config set`.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from config.project import NAME
from config.stack_yaml import parsed
from sandbox.layout import PROJECT, write_private
from sandbox.platform import Platform


class Project:
    """A folder with a Pulumi.yaml, and the file of one stack.

    Args:
        folder: the folder.
        stack: name of the stack. Its configuration starts with the team's file of the same name.
    """

    def __init__(self, folder: Path, stack: str) -> None:
        self.folder = folder
        self.file = folder / f"Pulumi.{stack}.yaml"
        self._team_file = PROJECT / self.file.name

    def write(self, plugins: Mapping[str, Path]) -> None:
        """Write Pulumi.yaml: the committed one, with absolute paths of the program and its Python.

        Otherwise Python's language host would search uv.lock and .venv above this folder.

        Args:
            plugins: files of the plugins. The engine prints a warning for a plugin that it finds on PATH.
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
        """Return the content of the stack's file; empty if it is missing."""
        try:
            content: dict[str, Any] = parsed(self.file.read_text()) or {}
        except FileNotFoundError:
            content = {}
        return content

    def replace(self, path: str, value: Any) -> None:
        """Set a key, or a place within its value such as `registry.login` or `pipelines[0].warehouse.interval`."""
        content = self.configuration()
        parts = [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", path)]
        *way, last = f"{NAME}:{parts[0]}", *parts[1:]
        place = content["config"]
        for part in way:
            place = place.setdefault(part, {}) if isinstance(place, dict) else place[part]
        place[last] = value
        write_private(self.file, yaml.safe_dump(content, sort_keys=False))

    def configure(self, platform: Platform) -> None:
        """Write the team's configuration with the addresses of `platform`. Keep salt, secrets and rotation."""
        config: dict[str, Any] = parsed(self._team_file.read_text())["config"]
        for key, values in platform.settings.items():
            section = config[f"{NAME}:{key}"] = _merged(config.get(f"{NAME}:{key}"), values)
            if platform.ca_bundle and isinstance(section, dict) and "insecureSkipTLSVerify" not in values:
                section.pop("insecureSkipTLSVerify", None)
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
    """Return `new`, with mappings merged into the mappings of `old`. The value None removes a key."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    merged = {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return {key: value for key, value in merged.items() if value is not None}
