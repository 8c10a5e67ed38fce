"""Which records carry what the metrics mean."""

from __future__ import annotations

from collector.descriptions import AGAIN_RECORDS, Descriptions
from collector.spool import Key


def due(descriptions: Descriptions, seqs: range, held: set[Key]) -> list[int]:
    """The sequences of records that carry them, while `held` are unsettled."""
    return [seq for seq in seqs if descriptions.due(("i", seq), held.__contains__)]


def test_first_record_alone_when_settled() -> None:
    """Once the first record was settled no other carries them."""
    assert due(Descriptions(), range(100), held=set()) == [0]


def test_again_until_settled() -> None:
    """While none was settled, every thirtieth record carries them."""
    everything = {("i", seq) for seq in range(100)}
    assert due(Descriptions(), range(65), everything) == [0, AGAIN_RECORDS, 2 * AGAIN_RECORDS]


def test_lost_is_not_settled() -> None:
    """A record that was given up told no server."""
    descriptions = Descriptions()
    descriptions.due(("i", 0), lambda _key: True)
    descriptions.lost([("i", 0)])
    assert due(descriptions, range(1, 40), held=set()) == [AGAIN_RECORDS]
