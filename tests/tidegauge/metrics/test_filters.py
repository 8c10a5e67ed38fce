"""The filter grammar: round trips, hostile text, and what matches."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tidegauge.metrics import strategies
from tidegauge.metrics import filters
from tidegauge.metrics.filters import Filter, FilterError, Term

DATABASES = {"host.name": "db-1", "fleet": "default", "labels.tier": "front end", "odd": 'a"b,c\\d=\x00\n'}


def parses(text: str) -> bool:
    """Whether a text is a filter. Any error but FilterError is the test's failure."""
    try:
        filters.parse(text)
    except FilterError:
        return False
    return True


@given(strategies.filters)
def test_a_filter_survives_its_text(terms: Filter) -> None:
    """Terms of any pattern, with quotes, commas, NUL and beyond, are the same after their text."""
    assert filters.parse(filters.format_filter(terms)) == terms


@given(st.text(st.characters(), max_size=60) | st.text('ab=!,"\\ *', max_size=30))
def test_arbitrary_text_is_a_filter_or_our_error(text: str) -> None:
    """No text, lone surrogates included, raises anything but FilterError; what parses, round-trips."""
    if parses(text):
        terms = filters.parse(text)
        assert filters.parse(filters.format_filter(terms)) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("  \n ", ()),
        ("fleet=default", (Term("fleet", "=", ("default",)),)),
        (" kind!=disk,cpu ", (Term("kind", "!=", ("disk", "cpu")),)),
        ("a=", (Term("a", "=", ("",)),)),
        ("a=,x", (Term("a", "=", ("", "x")),)),
        ('a="x, y",z b=*', (Term("a", "=", ("x, y", "z")), Term("b", "=", ("*",)))),
        (r'a="\"\u00e9"', (Term("a", "=", ('"é',)),)),
    ],
)
def test_text_reads_as_terms(text: str, terms: Filter) -> None:
    """Each form of the grammar means its terms."""
    assert filters.parse(text) == terms


@pytest.mark.parametrize(
    "text", ["a", "=x", "a=b c", 'a="x', 'a="x"y', r'a="\q"', r'a="\ud800"', "a=\ud800", "a==b", "a!b", "a=b=c"]
)
def test_text_that_is_no_filter_says_where(text: str) -> None:
    """A text outside the grammar is FilterError with a sentence that quotes it."""
    with pytest.raises(FilterError, match="cannot read"):
        filters.parse(text)


def test_a_long_hostile_text_ends_soon() -> None:
    """No text makes the grammar's patterns run for long."""
    for text in ('a="' + "\\" * 100_000, "a=" + "," * 100_000 + "=", "a" * 100_000, 'a="x",' * 30_000 + "!"):
        assert not parses(text)


def test_many_stars_match_soon() -> None:
    """No pattern makes matching run for long."""
    term = Term("a", "=", ("*a" * 30 + "*b",))
    assert not filters.matches((term,), {"a": "a" * 1000})
    assert filters.matches((term,), {"a": "a" * 1000 + "b"})


@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=4), st.text("ab", max_size=8))
def test_stars_stand_for_any_text(pieces: list[str], value: str) -> None:
    """A pattern matches just the values that its pieces can be filled up to."""
    expected = re.fullmatch(".*".join(pieces), value) is not None
    assert filters.matches((Term("a", "=", ("*".join(pieces),)),), {"a": value}) is expected


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("", True),
        ("host.name=db-*", True),
        ("host.name=web-*,db-1", True),
        ("host.name!=web-*", True),
        ("host.name!=db-*", False),
        ("host.name=db", False),
        ("host.name=*", True),
        ("host.name=*b*1", True),
        ("host.name=d.-1", False),
        ("missing=", True),
        ("missing=*", True),
        ("missing!=x", True),
        ('labels.tier="front end"', True),
        ("fleet=default host.name=web-1", False),
        ("odd=a*", True),
    ],
)
def test_what_matches(text: str, matched: bool) -> None:
    """All terms must hold, one pattern of each; `*` is any text, an attribute not there is empty."""
    assert filters.matches(filters.parse(text), DATABASES) is matched


@given(strategies.filters, st.sampled_from(["host.id", "odd"]), st.text(max_size=3))
def test_a_filter_that_names_values_matches_no_other(terms: Filter, attribute: str, value: str) -> None:
    """Where it names some, whatever matches has one of them; a star or a `!=` names none."""
    named = filters.named(terms, attribute)
    assert not named or value in named or not filters.matches(terms, {**DATABASES, attribute: value})
    assert filters.named((Term("x", "=", ("a", "b")), *terms), "x") == ("a", "b")
    assert filters.named((Term("x", "=", ("a", "b*")), Term("x", "!=", ("c",))), "x") == ()


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_pattern_without_stars_is_equality(pattern: str, value: str) -> None:
    """Without `*` a pattern matches itself alone."""
    term = Term("a", "=", (pattern.replace("*", ""),))
    assert filters.matches((term,), {"a": value}) is (value == term.patterns[0])
    assert filters.matches((term,), {"a": term.patterns[0]})
