"""Writes the golden files: `make golden`."""

from tests.golden import FOLDER, STACKS, rendered

if __name__ == "__main__":
    for stack in STACKS:
        (FOLDER / f"{stack}.yaml").write_text(rendered(stack))
