"""Writes the golden files: `make golden`."""

from tests.golden import golden_files

if __name__ == "__main__":
    for path, render in golden_files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(render())
