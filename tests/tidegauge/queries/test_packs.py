"""Parts as tiles keep them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.app.memory import same
from tests.rows import LATER, NOW, host, row
from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Series
from tidegauge.queries import packs

GAUGE, OTHER = Series("h1", "gauge", "gauge"), Series("h2", "gauge", "gauge")
BEGIN = NOW - NOW % 60_000


def test_split_and_united_they_are_the_same() -> None:
    """Each series in each span apart; what was nowhere is empty."""
    rows = [row(BEGIN + 1_000 * i, gauge=float(i), incarnation=LATER if i > 25 else "1-a") for i in range(50)]
    parts = p.of_rows(rows, [GAUGE], 5_000)
    begins = [BEGIN, BEGIN + 20_000, BEGIN + 40_000, BEGIN + 60_000]
    split = list(packs.split(parts, [GAUGE, OTHER], begins, 20_000))
    assert [(series, begin, len(pack)) for series, begin, pack in split] == [
        *zip([GAUGE] * 4, begins, [4, 5, 2, 0], strict=True),
        *zip([OTHER] * 4, begins, [0] * 4, strict=True),
    ]
    assert split[3][2] is packs.EMPTY
    assert p.equal(packs.unite((series, pack) for series, _, pack in split), parts)


def test_what_lies_outside_is_left_out() -> None:
    """Parts before the first span and behind the last are in no pack."""
    parts = p.of_rows([row(BEGIN + 1_000 * i, gauge=1.0) for i in range(-30, 60)], [GAUGE], 1_000)
    (one,) = packs.split(parts, [GAUGE], [BEGIN], 10_000)
    assert one[2].ints[0].tolist() == [BEGIN + 1_000 * i for i in range(10)]


def test_a_pack_holds_no_more_than_it_says() -> None:
    """It is no window on all of an answer."""
    parts = p.of_rows([row(BEGIN + 1_000 * i, gauge=1.0) for i in range(60)], [GAUGE], 1_000)
    pack = next(iter(packs.split(parts, [GAUGE], [BEGIN], 10_000)))[2]
    assert (pack.size, pack.ints.base, pack.floats.base) == (10 * 12 * 8, None, None)


def test_nothing_is_united_to_nothing() -> None:
    """Empty packs have no series."""
    assert len(packs.unite([])) == len(packs.unite([(GAUGE, packs.EMPTY)])) == 0
    assert packs.unite([(GAUGE, packs.EMPTY)]).keys == ()


@given(
    st.lists(
        st.tuples(st.sampled_from(["h1", "h2"]), st.integers(0, 59), st.sampled_from(["1-a", LATER, "3-c"])),
        unique=True,
        max_size=40,
    ),
    st.sampled_from([0, 1_000, 5_000]),
)
def test_packs_of_several_answers_go_together(found: list[tuple[str, int, str]], step_ms: int) -> None:
    """Whatever tables the answers had."""
    rows = [row(BEGIN + 1_000 * at, host(name), incarnation, gauge=float(at)) for name, at, incarnation in found]
    halves = [[one for one in rows if (one.time_ms < BEGIN + 30_000) is early] for early in (True, False)]
    begins = [BEGIN, BEGIN + 30_000]
    split = [
        (series, pack)
        for half in halves
        for series, _, pack in packs.split(p.of_rows(half, [GAUGE, OTHER], step_ms), [GAUGE, OTHER], begins, 30_000)
    ]
    assert same(p.concat([packs.unite(split)]), p.of_rows(rows, [GAUGE, OTHER], step_ms))
