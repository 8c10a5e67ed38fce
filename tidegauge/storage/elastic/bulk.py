"""Bulk requests: lines into bodies, and what the server says of each line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from tidegauge.storage.base import StoreUnavailableError
from tidegauge.storage.elastic.connection import WRITE_SECONDS, Connection

MAX_BYTES = 2_000_000
"""Of a body; a longer line goes alone."""

PARAMS: dict[str, str | int | bool] = {
    "timeout": "5s",
    "filter_path": "items.*.status,items.*.error.type,items.*.error.reason,items.*.failure_store",
}

Fate = Literal["stored", "duplicate", "refused", "retry", "missing", "unmapped"]
"""retry: not now. missing: there is no such index. unmapped: the index does not know one of the fields."""


class Verdict(NamedTuple):
    """What became of a line, and the server's reason."""

    fate: Fate
    reason: str = ""


STORED = Verdict("stored")
DUPLICATE = Verdict("duplicate")
_CREATED = {"create": {"status": 201}}
_BLOCKED = ("cluster_block_exception", "index_closed_exception")
_UNMAPPED = "strict_dynamic_mapping_exception"


def send(connection: Connection, lines: Iterable[bytes], *, refresh: bool = False) -> list[Verdict]:
    """Have the server take lines, in order; a verdict each. refresh: what they did is visible at once.

    What cannot be sent, or is not answered, is to be tried again; the rest is then not sent at all.
    """
    verdicts: list[Verdict] = []
    failed: Verdict | None = None
    for some in bodies(lines):
        if failed is None:
            try:
                verdicts += _ask(connection, some, refresh)
                continue
            except StoreUnavailableError as error:
                failed = Verdict("retry", str(error))
        verdicts += [failed] * len(some)
    return verdicts


def bodies(lines: Iterable[bytes], limit: int = MAX_BYTES) -> Iterator[list[bytes]]:
    """Lines in groups that are good bodies."""
    group: list[bytes] = []
    size = 0
    for line in lines:
        if group and size + len(line) > limit:
            yield group
            group, size = [], 0
        group.append(line)
        size += len(line)
    if group:
        yield group


def verdict(answer: dict[str, Any]) -> Verdict:
    """What the answer for one line means."""
    status = answer["status"]
    if status in (200, 201):
        is_set_aside = answer.get("failure_store") == "used"
        return Verdict("refused", "it went to a failure store") if is_set_aside else STORED
    if status == 409:
        return DUPLICATE
    error = answer.get("error", {})
    kind, reason = str(error.get("type", "")), str(error.get("reason", status))[:200]
    if status == 404:
        return Verdict("missing", reason)
    if kind == _UNMAPPED:
        return Verdict("unmapped", reason)
    if status == 400 and kind not in _BLOCKED:
        return Verdict("refused", reason)
    return Verdict("retry", reason)


def _ask(connection: Connection, lines: Sequence[bytes], refresh: bool) -> list[Verdict]:
    params = {**PARAMS, "refresh": refresh}
    answer = connection.call("POST", "/_bulk", params=params, body=b"".join(lines), timeout=WRITE_SECONDS)[1]
    items = answer.get("items", [])
    if len(items) != len(lines):
        raise StoreUnavailableError(f"a bulk request of {len(lines)} was answered for {len(items)}")
    if items.count(_CREATED) == len(items):
        return [STORED] * len(lines)
    return [verdict(found) for item in items for found in item.values()]
