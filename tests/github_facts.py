"""GitHub's REST API as data: paths, parameters, bodies and answers of the operations in `fixtures/github.yaml`.

`npm pack @octokit/openapi@VERSION && tar xzf octokit-openapi-*.tgz`, then
`python -m tests.github_facts package/generated/api.github.com.json` writes the file again, with the same operations.
"""

import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

_FILE = Path(__file__).parent / "fixtures" / "github.yaml"
_HEADER = """\
# Facts of GitHub's REST API: GitHub's OpenAPI description, npm package @octokit/openapi {version} (MIT).
# One operation a line. `app`: whether a GitHub App's token may call it; `path`: path parameters that are no text;
# `answers`: content by status code. A key that ends in `!` is required, in `?` may be null.
"""
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
}
# Any operation may answer with these: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api.
_EVERYWHERE = {401, 403, 429}


@dataclass(frozen=True)
class Operation:
    """An operation, and the values in the path of a request.

    Args:
        name: method and path, such as `GET /orgs/{org}`.
        facts: content of the operation's line.
        values: values by the name of the path's parameter.
    """

    name: str
    facts: dict[str, Any]
    values: dict[str, str]

    def check_request(self, query: dict[str, str], body: Any) -> None:
        """Raise an `AssertionError` if GitHub does not know a part of the request."""
        known = self.facts.get("query", {})
        for name, value in (self.values | query).items():
            if name in query:
                assert name in known, f"{self.name} has no query parameter {name}"
            shape = known.get(name) or self.facts.get("path", {}).get(name, "string")
            _check(f"{self.name}: {name}", shape, int(value) if shape == "integer" and value.isdigit() else value)
        assert body is None or "body" in self.facts, f"{self.name} has no body"
        if "body" in self.facts:
            _check(f"{self.name}: body", self.facts["body"], body if body is not None else {})

    def check_answer(self, status: int, body: Any) -> None:
        """Raise an `AssertionError` if GitHub does not give this answer."""
        answers = self.facts["answers"]
        assert str(status) in answers or status in _EVERYWHERE, f"{self.name} does not answer {status}"
        if shape := answers.get(str(status)):
            _check(f"{self.name}: answer", shape, body)


def operation(method: str, path: str) -> Operation:
    """Return the operation of a request.

    Args:
        method: HTTP method.
        path: path below the API's base URL, as it is sent.

    Raises:
        AssertionError: if GitHub has no such operation; a trailing slash is another path.
    """
    for name, pattern, facts in _operations():
        if found := pattern.fullmatch(f"{method} {path}"):
            return Operation(name, facts, {key: unquote(value) for key, value in found.groupdict().items()})
    raise AssertionError(f"GitHub has no operation {method} {path}")


@cache
def _operations() -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    """Return the operations with a pattern for their requests; the longest path comes first."""
    listed: dict[str, dict[str, Any]] = yaml.load(_FILE.read_text(), yaml.CSafeLoader)
    return [(name, _pattern(name), listed[name]) for name in sorted(listed, key=lambda name: -name.count("/"))]


def _pattern(name: str) -> re.Pattern[str]:
    """Return the pattern of an operation's requests. The name of a branch or file may contain slashes."""
    parts = re.split(r"\{(\w+)\}", name)
    for i in range(1, len(parts), 2):
        parts[i] = rf"(?P<{parts[i]}>.*[^/])" if parts[i] in ("branch", "path") else rf"(?P<{parts[i]}>[^/]+)"
    return re.compile("".join(parts))


def _check(where: str, shape: Any, value: Any) -> None:
    match shape:
        case "any":
            return
        case str():
            assert isinstance(value, _TYPES[shape]), f"{where}: no {shape}"
        case list():
            assert value in shape, f"{where}: {value} is none of {shape}"
        case {"list of": inner}:
            assert isinstance(value, list), f"{where}: no list"
            for one in value:
                _check(f"{where}[]", inner, one)
        case dict():
            _check_object(where, shape, value)


def _check_object(where: str, shape: dict[str, Any], value: Any) -> None:
    assert isinstance(value, dict), f"{where}: no object"
    fields = {key.rstrip("!?"): (key, inner) for key, inner in shape.items()}
    for name, inner in value.items():
        assert name in fields, f"{where} has no field {name}"
        key, known = fields[name]
        if inner is not None or not key.endswith("?"):
            _check(f"{where}.{name}", known, inner)
    missing = [name for name, (key, _) in fields.items() if "!" in key and name not in value]
    assert not missing, f"{where}: {', '.join(missing)} missing"


def _write(description: Path) -> None:
    """Write the file from GitHub's OpenAPI description."""
    document = json.loads(description.read_text())
    lines = [_HEADER.format(version=document["info"]["version"])]
    for name in yaml.safe_load(_FILE.read_text()):
        method, path = name.split()
        facts = _facts(document, document["paths"][path][method.lower()])
        lines.append(f"{name}: {json.dumps(facts, separators=(',', ':'))}\n")
    _FILE.write_text("".join(lines))


def _facts(document: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    parameters = [_resolved(document, one) for one in described.get("parameters", [])]
    shapes = {
        kind: {p["name"]: _shape(document, p["schema"], 1) for p in parameters if p["in"] == kind}
        for kind in ("path", "query")
    }
    facts = {
        "app": described["x-github"]["enabledForGitHubApps"],
        "path": {name: shape for name, shape in shapes["path"].items() if shape != "string"},
        "query": shapes["query"],
    }
    if content := _schema(described.get("requestBody", {})):
        facts["body"] = _shape(document, content, 2, required=True)
    answers = {status: _resolved(document, answer) for status, answer in described["responses"].items()}
    return {key: value for key, value in facts.items() if value != {}} | {
        "answers": {
            status: _shape(document, _schema(answer), 2) if status < "300" and _schema(answer) else None
            for status, answer in answers.items()
        }
    }


def _schema(content: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = content.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _shape(document: dict[str, Any], schema: dict[str, Any], depth: int, required: bool = False) -> Any:
    """Return the shape of a schema.

    Args:
        document: the OpenAPI description.
        schema: the schema. Of alternatives only the fields of the objects are kept.
        depth: number of levels of fields.
        required: whether required fields are marked.
    """
    schema = _resolved(document, schema)
    if parts := [part for key in ("allOf", "oneOf", "anyOf") for part in schema.get(key, [])]:
        shapes = [_shape(document, part, depth, required) for part in parts]
        fields: dict[str, Any] = {}
        for one in shapes:
            if isinstance(one, dict) and "list of" not in one:
                fields |= {key: inner if fields.get(key, inner) == inner else "any" for key, inner in one.items()}
        return fields or "any"
    kind = schema.get("type", "any")
    if depth and kind == "object" and "properties" in schema:
        marks = {name: "!" * (required and name in schema.get("required", [])) for name in schema["properties"]}
        return {
            f"{name}{marks[name]}{'?' * _resolved(document, inner).get('nullable', False)}": _shape(
                document, inner, depth - 1, required
            )
            for name, inner in schema["properties"].items()
        }
    if depth and kind == "array":
        return {"list of": _shape(document, schema.get("items", {}), depth, required)}
    return schema.get("enum", kind)


def _resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = document
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        part = found
    return part


if __name__ == "__main__":
    _write(Path(sys.argv[1]))
