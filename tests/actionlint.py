"""`python -m tests.actionlint FILE…`: check workflows with actionlint, from PATH or built by the sandbox."""

import subprocess
import sys

from sandbox.layout import PROJECT, Layout
from sandbox.progress import Steps
from sandbox.real.programs import provide
from sandbox.real.tool import Tool

TOOL = Tool("actionlint", {"actionlint": "github.com/rhysd/actionlint/cmd/actionlint"}, 0.1)


def main() -> int:
    """Check the given files, without shellcheck and pyflakes, which may be missing."""
    program = provide(Layout.from_environment(), Steps(1), [TOOL])["actionlint"]
    return subprocess.run([program, "-shellcheck=", "-pyflakes=", *sys.argv[1:]], cwd=PROJECT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
