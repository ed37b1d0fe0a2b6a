"""Which Go builds the platform: that of PATH where it will do, else the wheel."""

from pathlib import Path

import pytest

from sandbox.progress import SandboxError
from sandbox.real import toolchain


@pytest.mark.parametrize(
    ("release", "setting", "used"),
    [
        ("go1.26.2", "local", True),
        ("go1.27rc1", "auto", True),
        ("go1.26.1", "local", False),
        ("go1.22.0", "auto", True),
        ("go1.22.0", "local", False),
        ("go1.20.14", "auto", False),
    ],
)
def test_an_older_go_will_do_where_it_may_fetch_a_newer_one(monkeypatch, tmp_path, release, setting, used):
    go = tmp_path / "go"
    go.write_text(f"#!/bin/sh\necho {release}\necho {setting}\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(toolchain, "_wheel", lambda group, folder: folder / group)
    monkeypatch.setenv("CC", "cc")
    (tmp_path / "git").symlink_to(go)
    wheel = Path("/wheels/go/go/bin/go")
    assert toolchain.provide(Path("/wheels"), c=True) == toolchain.Toolchain(go if used else wheel, {})


def test_a_missing_git_is_told_before_anything_is_built(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="git is not on PATH"):
        toolchain.provide(tmp_path, c=False)


def test_a_missing_c_compiler_comes_from_a_wheel(monkeypatch, tmp_path):
    for name in ("git", "go"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho go1.26.2\necho local\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(toolchain, "_wheel", lambda group, folder: folder / group)
    assert toolchain.provide(Path("/wheels"), c=True).environment["CC"] == "/wheels/c/ziglang/zig cc"
    assert toolchain.provide(Path("/wheels"), c=False).environment == {}
