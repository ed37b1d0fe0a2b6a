"""The cache of the stand-in controllers: a write or an event that is late changes nothing."""

from typing import Any

import pytest

from sandbox.standins.controllers.cache import Cache

KIND = ("kargo.akuity.io/v1alpha1", "Stage")


def stage(version: int) -> dict[str, Any]:
    """Return a Stage with a resource version."""
    return {"apiVersion": KIND[0], "kind": KIND[1], "metadata": {"name": "dev", "resourceVersion": str(version)}}


@pytest.fixture
def cache() -> Cache:
    """Return a cache of Stages without a cluster."""
    made = Cache(None, [])
    made._live[KIND] = {}
    return made


def test_the_answer_to_an_older_write_does_not_bring_back_a_deleted_object(cache):
    cache.written(stage(1))
    cache._keep("DELETED", stage(3))
    cache.written(stage(2))
    assert cache.all(*KIND) == []
    cache._keep("ADDED", stage(4))
    assert cache.all(*KIND) == [stage(4)]


def test_an_event_older_than_the_last_write_changes_nothing(cache):
    cache.written(stage(2))
    cache._keep("MODIFIED", stage(1))
    assert cache.all(*KIND) == [stage(2)]
