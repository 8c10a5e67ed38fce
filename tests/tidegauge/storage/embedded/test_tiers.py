"""Kinds of tables."""

from __future__ import annotations

import pytest

from tidegauge.metrics.records import ENTITY_KINDS
from tidegauge.storage.base import Tier
from tidegauge.storage.embedded.tiers import TIERS, entity_kind, table_kind, tier_of


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("kind", ENTITY_KINDS)
def test_a_kind_of_tables_says_of_which_entities_and_which_tier_it_is(kind: str, tier: Tier) -> None:
    """Both come back."""
    found = table_kind(kind, tier)
    assert (entity_kind(found), tier_of(found)) == (kind, tier)


def test_raw_rows_lie_in_tables_of_their_kind() -> None:
    """As they always did."""
    assert table_kind("host", "raw") == "host"
    assert table_kind("host", "minute") == "minute.host"
