"""The tags that Kargo should have discovered."""

import pytest

from model.warehouse import Warehouse
from ops.doctor.tags import newer

VERSIONS = Warehouse(allow_tags_regexes=(r"^v?\d",))


@pytest.mark.parametrize(
    ("tags", "discovered", "missed"),
    [
        (["v9", "v10", "v11"], ["v10", "v9"], ["v11"]),
        (["v9", "v10", "v100"], ["v10"], ["v100"]),
        (["v9", "v10"], ["v10", "v9"], []),
        (["latest", "v1"], ["v1"], []),
        (["v1", "v2", "v3"], [], ["v3", "v2", "v1"]),
        (["1.2", "1.2.1", "1.3"], ["1.2.0"], ["1.3", "1.2.1"]),
        (["v2-rc.2", "v2-rc.10", "v2"], ["v2-rc.2"], ["v2", "v2-rc.10"]),
        (["v2-rc.1", "v1"], ["v2"], []),
        (["v2+build", "v1"], ["v2"], []),
        ([], [], []),
    ],
)
def test_versions_are_ordered_as_kargo_orders_them(tags, discovered, missed):
    assert newer(tags, discovered, VERSIONS) == missed


def test_only_tags_that_match_are_missed():
    rules = Warehouse(allow_tags_regexes=(r"^v\d+$",), ignore_tags_regexes=("^v13$",))
    assert newer(["v12", "v13", "v14-dirty"], ["v11"], rules) == ["v12"]


def test_lexical_order_compares_the_tags_as_strings():
    assert newer(
        ["b10", "b9", "b8"], ["b8"], Warehouse(image_selection_strategy="Lexical", allow_tags_regexes=("^b",))
    ) == ["b9"]


@pytest.mark.parametrize(
    "rules",
    [
        Warehouse(image_selection_strategy="Digest", constraint="edge"),
        Warehouse(image_selection_strategy="NewestBuild", allow_tags_regexes=("^v",)),
        Warehouse(constraint="<2"),
    ],
    ids=lambda rules: rules.image_selection_strategy,
)
def test_nothing_is_missed_if_only_kargo_knows_the_order(rules):
    assert newer(["v2", "v3"], ["v1"], rules) == []
