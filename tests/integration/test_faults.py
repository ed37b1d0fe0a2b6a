"""An `up` whose requests fail in each way. A plain second `up` converges. `make faults` runs every combination."""

import re

import pytest

from tests.faults.proxy import BUSY, KINDS, LATER, LOST, PAGE, RESET, SILENT
from tests.faults.rig import CLUSTER, GITEA, converges, pulumi, rig

pytestmark = pytest.mark.integration

_IN_ORDER = {
    LOST: "PATCH .*/namespaces/[^/]*$",
    RESET: "PATCH .*/projects/",
    BUSY: "PATCH .*/secrets/",
    SILENT: "PATCH .*/projectconfigs/",
    PAGE: "PATCH .*/externalsecrets/",
    # Last, since the real provider waits for a moment and goes on.
    LATER: "PATCH .*/stages/",
}
_AT_THE_HOOK = dict.fromkeys((*(kind for kind in KINDS if kind != LOST), LOST), "POST /api/v1/user/hooks$")


@pytest.mark.parametrize(("where", "faults"), [(CLUSTER, _IN_ORDER), (GITEA, _AT_THE_HOOK)], ids=[CLUSTER, GITEA])
def test_an_up_converges_after_each_kind_of_fault(sandbox, tmp_path, where, faults):
    assert set(faults) == set(KINDS)
    with rig(sandbox.layout, sandbox.programs, silence=2) as the:
        stack = the.stack(tmp_path)
        for kind, request in faults.items():
            the.proxies[where].arm(kind, what=request)
            run = pulumi(stack, "up", "--yes", "--skip-preview")
            assert any(re.search(request, one) for one in the.proxies[where].seen), f"{kind}: {run.printed[-2000:]}"
            assert run.code is not None, f"{kind}: it hangs"
        assert converges(the, stack, cut_off=False) == []
        the.forget(stack)
