"""Which records are missing on all links."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.rows import INCARNATION, LATER, NOW
from tidegauge.cluster.sequences import MOST_HOLES, MOST_RUNS, SUMMARIES, Hole, Sequences

PERIOD, WAIT, REST = 1_000, 1_500, 5_000
END = NOW + 1_000_000


def take(found: Sequences, seq: int, at_ms: float, incarnation: str = INCARNATION, time_ms: int | None = None) -> None:
    """A record of one row, at its second unless another time is named, came at a time."""
    own_ms = NOW + seq * PERIOD if time_ms is None else time_ms
    found.take("h", incarnation, seq, PERIOD, (own_ms, own_ms), at_ms)


def covered(holes: Sequence[Hole], seqs: Sequence[int]) -> set[int]:
    """The records whose rows lie in holes."""
    return {seq for seq in seqs if any(hole.from_ms <= NOW + seq * PERIOD <= hole.to_ms for hole in holes)}


COUNT = 25


@given(
    st.sets(st.integers(0, COUNT - 1)),
    st.lists(st.integers(0, WAIT - 1), min_size=COUNT, max_size=COUNT),
    st.lists(st.tuples(st.integers(0, COUNT - 1), st.integers(0, 9_000)), max_size=10),
)
def test_what_is_lost_is_told_once_and_nothing_else(
    lost: set[int], delays: list[int], repeats: list[tuple[int, int]]
) -> None:
    """Whatever comes late by less than the wait, out of order and twice."""
    came = [seq for seq in range(COUNT) if seq not in lost]
    arrivals = [(seq * PERIOD + delays[seq], seq) for seq in came]
    arrivals += [(seq * PERIOD + delays[seq] + more, seq) for seq, more in repeats if seq not in lost]
    sequences, holes = Sequences(WAIT, rest_ms=0), []
    arrivals.sort()
    for at_ms in range(0, COUNT * PERIOD + 20_000, 250):
        while arrivals and arrivals[0][0] <= at_ms:
            arrival_ms, seq = arrivals.pop(0)
            take(sequences, seq, arrival_ms)
        holes += sequences.holes(at_ms)
    between = [seq for seq in sorted(lost) if came and came[0] < seq < came[-1]]
    assert covered(holes, range(COUNT)) == set(between)
    assert all(sum(seq in covered([hole], [seq]) for hole in holes) == 1 for seq in between)


@given(st.lists(st.tuples(st.integers(0, 1 << 41), st.integers(-(1 << 50), 1 << 50), st.booleans()), max_size=200))
def test_any_numbers_and_times_leave_it_small(records: list[tuple[int, int, bool]]) -> None:
    """What it keeps of a host is bounded, and all that it tells is a span."""
    sequences = Sequences(WAIT, rest_ms=0)
    for n, (seq, own_ms, is_told) in enumerate(records):
        take(sequences, seq, n, f"{seq % 4}", own_ms)
        sequences.sent("h", f"{seq % 3}", seq + 1, own_ms, n)
        if is_told:
            assert all(hole.from_ms <= hole.to_ms for hole in sequences.holes(n + WAIT))
    lives = sequences._hosts.get("h", {}).values()
    assert len(lives) <= 2
    assert all(len(life.runs) <= MOST_RUNS for life in lives)
    sequences.holes(END)
    assert sequences.holes(END) == []


def test_a_hole_is_told_after_the_wait_since_a_later_record_came() -> None:
    """Records that come meanwhile do not put it off."""
    sequences = Sequences(WAIT, REST)
    for at, seq in enumerate((0, 2, 3, 4)):
        take(sequences, seq, at * 500)
        assert sequences.holes(at * 500) == []
    assert sequences.holes(500 + WAIT) == [Hole("h", NOW + 1, NOW + 2 * PERIOD - 1)]
    take(sequences, 1, 3_000)
    assert sequences.holes(END) == []


def test_records_without_rows_of_the_host_are_no_hole() -> None:
    """Numbers are missing, but the rows beside them are neighbours; and those of summaries count up from 2⁴⁰."""
    sequences = Sequences(WAIT, REST)
    take(sequences, 1, 0, time_ms=NOW)
    take(sequences, 3, 0, time_ms=NOW + PERIOD)
    take(sequences, SUMMARIES + 7, 0, time_ms=NOW + 50 * PERIOD)
    assert sequences.holes(END) == []


def test_a_gap_without_a_missing_number_is_the_collectors_own() -> None:
    """It measured nothing there."""
    sequences = Sequences(WAIT, REST)
    take(sequences, 1, 0, time_ms=NOW)
    take(sequences, 2, 0, time_ms=NOW + 60 * PERIOD)
    assert sequences.holes(END) == []


def test_the_last_record_is_missed_where_presence_knows_it() -> None:
    """Nothing comes behind it that would tell."""
    sequences = Sequences(WAIT, REST)
    sequences.sent("h", INCARNATION, 7, NOW + 7 * PERIOD, 0)
    take(sequences, 4, 0)
    sequences.sent("h", INCARNATION, 4, NOW + 4 * PERIOD, 0)
    sequences.sent("h", INCARNATION, 5, NOW + 5 * PERIOD, 100)
    sequences.sent("h", INCARNATION, 6, NOW + 6 * PERIOD, 1_100)
    assert sequences.holes(99 + WAIT) == []
    assert sequences.holes(100 + WAIT) == [Hole("h", NOW + 4 * PERIOD + 1, NOW + 5 * PERIOD)]
    take(sequences, 6, 2_000)
    assert sequences.holes(END) == []


def test_presence_that_is_ahead_for_a_moment_is_no_hole() -> None:
    """It comes before the rows, or tells of a record of minute rows."""
    sequences = Sequences(WAIT, REST)
    for seq in range(100):
        sequences.sent("h", INCARNATION, seq, NOW + seq * PERIOD, seq * PERIOD - 5)
        take(sequences, seq, seq * PERIOD)
        assert sequences.holes(seq * PERIOD) == []
    sequences.sent("h", INCARNATION, 100, NOW + 99 * PERIOD, 100 * PERIOD)
    assert sequences.holes(END) == []


def test_a_new_life_is_missed_from_its_first_record_on() -> None:
    """The one before tells since when; a host that was not read before begins anywhere."""
    sequences = Sequences(WAIT, REST)
    take(sequences, 9, 0)
    take(sequences, 1, 0, LATER, NOW + 12 * PERIOD)
    assert sequences.holes(WAIT) == [Hole("h", NOW + 9 * PERIOD + 1, NOW + 12 * PERIOD - 1)]


def test_a_host_that_loses_much_is_told_of_seldom_and_whole() -> None:
    """Once in a while, all holes since the last time as one."""
    sequences = Sequences(WAIT, REST)
    told = []
    for seq in range(0, 40, 2):
        take(sequences, seq, seq * PERIOD)
        told += sequences.holes(seq * PERIOD)
    assert len(told) == 6
    assert covered(told, range(1, 33, 2)) == {*range(1, 33, 2)}


def test_of_many_hosts_some_are_told_at_a_time() -> None:
    """The others are told next."""
    sequences = Sequences(WAIT, REST)
    hosts = {f"h{n}" for n in range(MOST_HOLES + 10)}
    for host in hosts:
        for seq in (1, 3):
            sequences.take(host, INCARNATION, seq, PERIOD, (NOW + seq * PERIOD,) * 2, 0)
    first, second = sequences.holes(WAIT), sequences.holes(WAIT)
    assert (len(first), len(second)) == (MOST_HOLES, 10)
    assert {hole.host for hole in first + second} == hosts


def test_a_host_that_is_read_no_longer_is_forgotten() -> None:
    """What it sent meanwhile was not to come here."""
    sequences = Sequences(WAIT, REST)
    take(sequences, 1, 0)
    sequences.keep([])
    take(sequences, 9, 0)
    assert sequences.holes(END) == []
