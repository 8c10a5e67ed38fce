"""A file of settings."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tidegauge.config_file import ConfigError, ConfigFile, likely, parse

KNOWN = ("fleet", "interval_ms", "ingest", "labels", "token_file", "share")

WHOLE = """
# who we are
fleet = "paris"
interval_ms = 500
share = 0.5
ingest = ["http://a", "http://b"]
  "token_file" = '''
a
b'''

[labels]
rack = 7
front = true
"""


def test_values_become_text() -> None:
    """Each kind of value is what the environment would hold."""
    assert parse("f", WHOLE.encode(), KNOWN).texts == {
        "fleet": "paris",
        "interval_ms": "500",
        "share": "0.5",
        "ingest": "http://a,http://b",
        "token_file": "a\nb",
        "labels": "rack=7,front=yes",
    }


def test_places() -> None:
    """Each key is told with its file and line; one that people write in another way, with its file."""
    places = parse("f", WHOLE.encode(), KNOWN).places
    assert (places["fleet"], places["token_file"]) == ("f, line 3: fleet", "f, line 7: token_file")
    assert places["labels"] == "f, line 11: labels"
    assert parse("f", b'"fl\\u0065et" = "x"', KNOWN).places == {"fleet": "f: fleet"}
    assert parse("f", b"labels.rack = 7", KNOWN) == ConfigFile({"labels": "rack=7"}, {"labels": "f, line 1: labels"})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("fleet = 'x'\nfeet = 'y'", "f, line 2: unknown key 'feet'; is it 'fleet'?"),
        ("[collector]\nfleet = 'x'", "f, line 1: unknown key 'collector'"),
        ("labels = {a = 'x,y'}", "f, line 1: labels: 'x,y' has a comma in it"),
        ("ingest = ['http://a,b']", "f, line 1: ingest: 'http://a,b' has a comma in it"),
        ("fleet = 1979-05-27", "f, line 1: fleet: a text, a number, true or false, a list or a table of such"),
        ("labels = [['a']]", "f, line 1: labels: a text, a number, true or false, a list or a table of such"),
        ("fleet = 'a'\nlabels = b", "f: Invalid value (at line 2, column 10)"),
    ],
)
def test_what_cannot_be(text: str, line: str) -> None:
    """One line with file, line, key and what would do."""
    with pytest.raises(ConfigError) as caught:
        parse("f", text.encode(), KNOWN)
    assert str(caught.value) == line


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.dictionaries(st.sampled_from(KNOWN), st.text()).map(
        lambda told: "\n".join(f"{key} = {value!r}" for key, value in told.items()).encode(errors="replace")
    )
)
@example(b"fleet = " + b"[" * 9999)
@example(b"interval_ms = " + b"9" * 9999)
@example(b"\xff")
def test_any_bytes(content: bytes) -> None:
    """Arbitrary bytes are settings or our one error."""
    try:
        found = parse("f", content, KNOWN)
    except ConfigError:
        return
    assert set(found.texts) == set(found.places) <= set(KNOWN)


def test_likely() -> None:
    """The nearest name, or nothing."""
    assert likely("intervall", ("interval_ms", "ingest")) == "; is it 'interval_ms'?"
    assert likely("x", ("interval_ms",)) == ""
