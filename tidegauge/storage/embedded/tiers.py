"""Kinds of tables: raw rows of a kind of entity lie in tables of its name, minute rows in those of `minute.` and it.

So the key of a minute row is apart from that of a raw row of the same time, and what asks for a kind
of entities does not meet the other tier: the kind of no entity has a dot. Pure.
"""

from __future__ import annotations

from tidegauge.storage.base import Tier

TIERS: tuple[Tier, ...] = ("raw", "minute")
MINUTES = "minute."


def table_kind(kind: str, tier: Tier) -> str:
    """The kind of the tables that hold a tier's rows of a kind of entity."""
    return MINUTES + kind if tier == "minute" else kind


def tier_of(table_kind: str) -> Tier:
    """Which rows a kind of tables holds."""
    return "minute" if table_kind.startswith(MINUTES) else "raw"


def entity_kind(table_kind: str) -> str:
    """The kind of entity whose rows a kind of tables holds."""
    return table_kind.removeprefix(MINUTES)
