"""Fixtures from deliveries of the sandbox's Gitea: `make up && uv run python -m tests.record_deliveries`.

The script pushes each image itself. The receiver records neither the URL nor the signature of a delivery.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

from sandbox.layout import Layout
from sandbox.real import gitea
from sandbox.real.images import Registry

FIXTURES = Path(__file__).parent / "fixtures" / "deliveries"
_IMAGE = f"{gitea.OWNER}/backstage-cnoe"


def main() -> None:
    layout = Layout.from_environment()
    password = layout.secret("gitea-password")
    registry = Registry(layout.gitea_host, gitea.OWNER, password, str(layout.ca))
    record(layout, "single-arch", lambda: registry.push(_IMAGE, "v101"))
    record(layout, "same-tag-again", lambda: registry.push(_IMAGE, "v101"))
    record(layout, "multi-arch", lambda: registry.push(_IMAGE, "v102", platforms=2))
    record(layout, "other-image", lambda: registry.push(f"{gitea.OWNER}/backstage-cnoe-docs", "v103"))
    record(layout, "tag-deleted", lambda: registry.delete(_IMAGE, "v101"))
    with gitea.api(layout) as api:
        package = f"https://{layout.gitea_host}/api/packages/{gitea.OWNER}/generic/backstage-cnoe/v104/file.txt"
        record(layout, "generic-package", lambda: api.put(package, content=b"x").raise_for_status())


def record(layout: Layout, name: str, action: Callable[[], object]) -> None:
    """Run `action`, and write the deliveries that follow, in order, as one fixture."""
    before = set(layout.deliveries.glob("*.json"))
    action()
    time.sleep(3)
    deliveries = [json.loads(path.read_text()) for path in sorted(set(layout.deliveries.glob("*.json")) - before)]
    kept = [{"headers": d["headers"], "body": d["body"]} for d in deliveries]
    FIXTURES.mkdir(parents=True, exist_ok=True)
    (FIXTURES / f"{name}.json").write_text(json.dumps(kept, indent=2) + "\n")
    print(f"{name}: {len(kept)} deliveries")


if __name__ == "__main__":
    main()
