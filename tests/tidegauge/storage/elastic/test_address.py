"""What a store's URL says."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.storage.base import StoreError
from tidegauge.storage.elastic.address import Address, parse


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://es:9200", Address(("http://es:9200",), "", "")),
        ("https://es", Address(("https://es:9200",), "", "")),
        ("http://127.0.0.1:1/", Address(("http://127.0.0.1:1",), "", "")),
        ("http://[::1]:9200", Address(("http://[::1]:9200",), "", "")),
        ("https://a:b@es:1,c:2, d", Address(("https://es:1", "https://c:2", "https://d:9200"), "a", "b")),
        ("http://ann%40x:p%2Fq%3A%40:r@es", Address(("http://es:9200",), "ann@x", "p/q:@:r")),
    ],
)
def test_addresses(url: str, expected: Address) -> None:
    """Hosts with ports, and the user with the password percent-decoded."""
    assert parse(url) == expected


def test_a_name_holds_no_password() -> None:
    """It is what people and logs are told."""
    assert parse("https://ann:secret@es:1,c").name == "https://es:1,https://c:9200"


@pytest.mark.parametrize(
    "url",
    ["http://", "ftp://es", "es:9200", "http://es:0", "http://es:70000", "http://es/path", "http://a b", "http://,"],
)
def test_what_names_no_server(url: str) -> None:
    """One sentence, with what to write instead."""
    with pytest.raises(StoreError, match="no Elasticsearch is named") as caught:
        parse(url)
    assert caught.value.permanent
    assert "host:9200" in caught.value.hint


def test_an_error_holds_no_password() -> None:
    """Not even of a URL that is malformed."""
    with pytest.raises(StoreError) as caught:
        parse("http://ann:sec@ret@es:x")
    assert "sec" not in str(caught.value)


@given(st.text(max_size=60) | st.text("htps:/@,[].%0192a ", max_size=40).map(lambda text: "http://" + text))
def test_any_text_is_an_address_or_our_error(text: str) -> None:
    """Nothing else is raised."""
    with contextlib.suppress(StoreError):
        assert parse(text).hosts
