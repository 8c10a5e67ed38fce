"""Refusals of a server as errors of ours."""

from __future__ import annotations

from typing import Any

import pytest

from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.elastic.failures import RIGHTS, UNBLOCK, refusal, told


def error(kind: str, reason: str) -> dict[str, Any]:
    """A body as Elasticsearch words it."""
    return {"error": {"root_cause": [{"type": kind, "reason": reason}], "type": "outer", "reason": "outer"}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (error("parsing_exception", "bad query"), ("parsing_exception", "bad query")),
        ({"error": {"type": "search_phase", "failed_shards": [{"reason": {"type": "x", "reason": "y"}}]}}, ("x", "y")),
        ({"error": {"type": "x", "reason": None}}, ("x", "x")),
        ({"error": "no handler"}, ("", "no handler")),
        ("<h1>502</h1>", ("", "<h1>502</h1>")),
        ("x" * 1000, ("", "x" * 300)),
        ([], ("", "[]")),
    ],
)
def test_what_a_body_tells(body: Any, expected: tuple[str, str]) -> None:
    """The innermost type and reason, or the text of another page, cut short."""
    assert told(body) == expected


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass(status: int) -> None:
    """Overload and the server's own errors are no verdict on what was asked."""
    found = refusal("http://es:9200", "the user 'ann'", status, error("x", "why"))
    assert isinstance(found, StoreUnavailableError)
    assert str(found) == f"Elasticsearch at http://es:9200 answered {status}: why"
    assert found.hint


def test_a_block_is_not_a_lack_of_rights() -> None:
    """A read-only index answers 403, and is freed."""
    found = refusal("es", "ann", 403, error("cluster_block_exception", "index [x] blocked"))
    assert isinstance(found, StoreUnavailableError)
    assert found.hint == UNBLOCK


@pytest.mark.parametrize(
    ("status", "text", "hint"),
    [
        (400, "refused a request with 400: why", ""),
        (401, "does not accept the user 'ann': why", "password"),
        (403, "the user 'ann' may not do this in Elasticsearch: why", RIGHTS),
        (404, "refused a request with 404: why", ""),
    ],
)
def test_what_never_passes(status: int, text: str, hint: str) -> None:
    """Trying again cannot help."""
    found = refusal("es", "the user 'ann'", status, error("x", "why"))
    assert type(found) is StoreError
    assert found.permanent
    assert text in str(found)
    assert hint in found.hint
