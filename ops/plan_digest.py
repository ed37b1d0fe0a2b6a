"""The digest of a plan: two previews with the same steps have the same digest."""

import hashlib
import json

from ops.plan import Plan


def digest(plan: Plan) -> str:
    """Return the SHA-256 of a plan's steps, as 64 hexadecimal digits.

    It covers the URN and the operation of each step, and the path, the old and the new value of each input that the
    plan shows as changed. A value that is known only after `up` is covered as such. Not covered: the values of secrets,
    which the engine masks, and the inputs of a created resource, which the plan does not show. Outputs, ids and times
    are not part of a plan, so two users with different rights in the cluster get the same digest.

    Args:
        plan: a preview without errors and without secrets.
    """
    steps = sorted(json.dumps([s.urn, s.op, [[c.path, c.old, c.new] for c in s.changes]]) for s in plan.steps)
    return hashlib.sha256("\n".join(steps).encode()).hexdigest()
