"""Bulk bodies, and what a server says of their lines."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tidegauge.storage.elastic.scripted import Answer, Request, scripted
from tidegauge.storage.elastic import bulk
from tidegauge.storage.elastic.bulk import Fate, Verdict, bodies, send, verdict
from tidegauge.storage.elastic.connection import Connection

LINE = b'{"create":{"_index":"x"}}\n{}\n'


def failed(status: int, kind: str, reason: str = "why") -> dict[str, Any]:
    """An item as Elasticsearch answers it."""
    return {"status": status, "error": {"type": kind, "reason": reason}}


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        ({"status": 201}, "stored"),
        ({"status": 200}, "stored"),
        ({"status": 201, "failure_store": "not_applicable_or_unknown"}, "stored"),
        ({"status": 201, "failure_store": "used"}, "refused"),
        (failed(409, "version_conflict_engine_exception"), "duplicate"),
        (failed(429, "es_rejected_execution_exception"), "retry"),
        (failed(503, "unavailable_shards_exception"), "retry"),
        (failed(500, "x"), "retry"),
        (failed(403, "cluster_block_exception"), "retry"),
        (failed(429, "cluster_block_exception"), "retry"),
        (failed(400, "cluster_block_exception"), "retry"),
        (failed(403, "security_exception"), "retry"),
        (failed(400, "index_closed_exception"), "retry"),
        (failed(404, "index_not_found_exception"), "missing"),
        (failed(400, "strict_dynamic_mapping_exception"), "unmapped"),
        (failed(400, "document_parsing_exception"), "refused"),
        ({"status": 418}, "retry"),
    ],
)
def test_verdicts(answer: dict[str, Any], fate: Fate) -> None:
    """Stored and duplicate are done, refused is for good, all else is tried again."""
    found = verdict(answer)
    assert found.fate == fate
    assert bool(found.reason) == (fate not in ("stored", "duplicate"))


@given(st.lists(st.integers(1, 50)), st.integers(1, 60))
def test_bodies_hold_every_line_once(sizes: list[int], limit: int) -> None:
    """In order, and no body is longer than the limit but that of one long line."""
    lines = [b"x" * size for size in sizes]
    made = list(bodies(lines, limit))
    assert [line for some in made for line in some] == lines
    assert all(some and (len(some) == 1 or sum(map(len, some)) <= limit) for some in made)


def test_each_line_has_its_own_verdict() -> None:
    """In order; what follows a body that was not answered is not sent."""
    answers = [
        Answer(200, {"items": [{"create": {"status": 201}}, {"create": failed(409, "x")}]}),
        Answer(200, {"items": [{"create": {"status": 201}}] * 2}),
        Answer(503, "<html>no</html>"),
        Answer(200, {"items": [{"create": {"status": 201}}] * 2}),
    ]
    asked: list[bytes] = []

    def script(request: Request) -> Answer:
        asked.append(request.body)
        return answers[len(asked) - 1]

    line = LINE.rstrip().ljust(bulk.MAX_BYTES // 2 - 1) + b"\n"
    with scripted(script) as url:
        connection = Connection(url)
        found = send(connection, [line] * 8)
        assert len(asked) == 3
        assert [one.fate for one in found] == ["stored", "duplicate", "stored", "stored", *["retry"] * 4]
        assert "answered 503" in found[-1].reason
        connection.close()


def test_an_answer_that_is_not_whole() -> None:
    """Lines of which nothing is said are tried again."""
    with scripted(lambda _: Answer(200, {"items": [{"create": {"status": 201}}]})) as url:
        connection = Connection(url)
        assert send(connection, [LINE]) == [Verdict("stored")]
        assert [one.fate for one in send(connection, [LINE, LINE])] == ["retry", "retry"]
        connection.close()


def test_nothing_to_send(free_url: str) -> None:
    """Asks nothing."""
    assert send(Connection(free_url), []) == []
