"""Arguments of a notebook's call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.client import question
from tidegauge.client.errors import TidegaugeError
from tidegauge.metrics import ranges, steps
from tidegauge.metrics.filters import Term

NOON = datetime(2026, 1, 31, 12, 0, 0, 250_000)


def test_times_are_what_a_query_takes() -> None:
    """Expressions stay as they are; moments become ms, in UTC where no zone is named."""
    assert question.time("now-6h") == "now-6h"
    assert question.time("2026-01-31 12:00") == "2026-01-31 12:00"
    assert question.time(1_700_000_000_000) == "1700000000000"
    ms = "1769860800250"
    assert {question.time(NOON), question.time(NOON.replace(tzinfo=UTC)), question.time(pd.Timestamp(NOON))} == {ms}
    assert question.time(NOON.replace(hour=14, tzinfo=timezone(timedelta(hours=2)))) == ms


def test_what_is_no_time_is_said() -> None:
    """With what would be one."""
    with pytest.raises(TidegaugeError, match=r"yesterday.* is no time: write now-15m"):
        question.time("yesterday")


@given(st.sampled_from(["now", "now-1h", "now/d", "1700000000000", "2026-01-31"]), st.integers(-90_000, 90_000))
def test_a_moved_time_is_that_much_away(text: str, seconds: int) -> None:
    """Of every form of expression."""
    now = 1_750_000_000_000
    moved = ranges.resolve(question.shifted(text, seconds * 1000), now)
    assert moved - ranges.resolve(text, now) == seconds * 1000


@given(st.sampled_from(steps.STEPS_MS))
def test_steps_are_written_as_they_are_read(ms: int) -> None:
    """What `.attrs` says is what `query` takes."""
    assert question.step_ms(question.step_text(ms)) == ms
    assert question.step_ms(timedelta(milliseconds=ms)) == ms


def test_other_steps() -> None:
    """Auto, rows, and what is none."""
    assert question.step_ms("auto") is question.step_ms(None) is None
    assert question.step_ms("5min") == 300_000
    assert question.step_text(0) == "rows"
    with pytest.raises(TidegaugeError, match="'quick' is no step"):
        question.step_ms("quick")


def test_a_filter_is_a_text_or_terms() -> None:
    """Both give terms."""
    terms = (Term("fleet", "=", ("blue",)),)
    assert question.terms("fleet=blue") == question.terms(terms) == terms
    assert question.terms(None) == ()
    with pytest.raises(TidegaugeError, match="write attribute=pattern"):
        question.terms("fleet")


def test_the_catalogue_knows_whose_metrics_are() -> None:
    """So that a whole fleet's devices are not asked for its hosts' numbers; nothing is said of a metric not in it."""
    assert question.of_kind(["system.cpu.utilization"]) == (Term("kind", "=", ("host",)),)
    assert question.of_kind(["system.disk.io.read", "container.cpu.time"]) == (
        Term("kind", "=", ("disk", "container")),
    )
    assert question.of_kind(["system.cpu.utilization", "mine"]) == ()


def test_names_may_be_ids() -> None:
    """Names come first; the id of a container may be cut."""
    assert question.choices((), ()) == [()]
    assert question.choices(("db-*",), ()) == [
        (Term("host.name", "=", ("db-*",)),),
        (Term("host", "=", ("db-*",)),),
    ]
    _, by_id = question.choices((), ("api", "0123456789ab"))
    assert by_id == (Term("container.id", "=", ("api", "0123456789ab*")),)
    assert len(question.choices(("a",), ("b",))) == 4


def test_one_name_or_several() -> None:
    """A text is one name, not its letters."""
    assert (question.names("ab"), question.names(["a", "b"]), question.names(None)) == (("ab",), ("a", "b"), ())
