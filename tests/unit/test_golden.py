"""The committed stacks render what the golden files say; `make golden` writes them anew."""

import pytest

from tests.golden import FOLDER, STACKS, rendered
from tests.program import PASSWORD, SECRET


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_renders_its_golden_file(stack):
    assert rendered(stack) == (FOLDER / f"{stack}.yaml").read_text()


@pytest.mark.parametrize("stack", STACKS)
def test_a_golden_file_holds_no_secret(stack):
    text = (FOLDER / f"{stack}.yaml").read_text()
    assert PASSWORD not in text
    assert SECRET not in text
