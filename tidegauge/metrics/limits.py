"""What a record must keep before anything of it is published (rules 6 and 14). Pure; no numpy.

`check` says why a record can never be taken; `clock_is_wrong` whether it has to wait for a clock.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from tidegauge.metrics import incarnations, minute_limits
from tidegauge.metrics.records import (
    CONTAINER,
    HOST,
    Block,
    Column,
    Description,
    Entity,
    Event,
    MinuteBlock,
    Record,
    count_rows,
    every_block,
)
from tidegauge.metrics.steps import DAY, MINUTE
from tidegauge.metrics.wire import PostHeader

MAX_BLOCKS = 100
MAX_ROWS = 100_000
MAX_COLUMNS = 2_000
MAX_ENTITIES = 20_000
MAX_EVENTS = 10_000
MAX_DESCRIPTIONS = 5_000
MAX_ATTRIBUTES = 64
MAX_ID = 512
MAX_TEXT = 1_000
MAX_NUMBER = 1e300
MAX_TIME_MS = 10**14
"""Year 5138: beyond it a number is no time, whatever a clock says."""
MAX_TIME_NS = 2**63
"""What stores can keep: to the year 2262."""
MIN_PERIOD_MS, MAX_PERIOD_MS = 100, DAY

AHEAD_MS = 10 * MINUTE
"""How far a row may lie ahead of its own sender's clock."""
SENDER_OFF_MS = DAY
"""How far a sender's clock may be off the server's."""

_HOST = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_KIND = re.compile(r"[a-z][a-z0-9_]{0,29}")
_NAME = re.compile(r"[A-Za-z0-9_./:-]{1,200}")
_KEY = re.compile(r"[A-Za-z0-9_./:-]{1,100}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def check(record: Record) -> str | None:
    """Why a record is malformed and will never be taken, as a sentence; None if it is sound."""
    return next(_problems(record), None)


def check_header(header: PostHeader) -> str | None:
    """Why a POST's header cannot be, as a sentence; None if it is sound."""
    return next(_header_problems(header), None)


def clock_is_wrong(record: Record, sender_now_ms: int, server_now_ms: int) -> bool:
    """Whether a record has to wait until a clock is set right (rule 14)."""
    if abs(sender_now_ms - server_now_ms) > SENDER_OFF_MS:
        return True
    times = chain(
        (max(block.times) for block in every_block(record) if block.times),
        (event.time_ns // 1_000_000 for event in record.events),
    )
    return max(times, default=0) > sender_now_ms + AHEAD_MS


def _problems(record: Record) -> Iterator[str]:
    """Each thing that is wrong, in the order of reading; the caller takes the first."""
    yield from _head(record)
    yield from _sizes(record)
    blocks = every_block(record)
    containers = {one.id for block in blocks for one in block.entities if block.kind == CONTAINER}
    for block in blocks:
        yield from _shape(block)
        for entity in block.entities:
            yield from _entity(entity, block.kind)
            yield from _owner(entity, record.host, containers)
        yield from _names(block.columns)
        yield from _numbers(block)
        if isinstance(block, MinuteBlock):
            yield from minute_limits.problems(block)
    for event in record.events:
        yield from _event(event)
    for description in record.metrics:
        yield from _description(description)


def is_host(text: str) -> bool:
    """Whether a text can be the id of a host."""
    return _HOST.fullmatch(text) is not None


def _head(record: Record) -> Iterator[str]:
    if not is_host(record.host):
        yield f"host: 1 to 200 of A-Z a-z 0-9 _ . - are a host id, not {_short(record.host)}"
    if not 0 <= record.seq < 2**63:
        yield f"seq: 0 or more, not {_short(record.seq)}"
    try:
        incarnations.stamp_ms(record.incarnation)
    except ValueError as error:
        yield f"incarnation: {error}"


def _header_problems(header: PostHeader) -> Iterator[str]:
    yield from _head(Record(host=header.host, incarnation=header.incarnation, seq=0))
    if not MIN_PERIOD_MS <= header.period_ms <= MAX_PERIOD_MS:
        yield f"period_ms: {MIN_PERIOD_MS} to {MAX_PERIOD_MS}"
    if not _are_texts((header.name,)):
        yield f"name: at most {MAX_TEXT} characters, no control characters"
    times = (header.now_ms, header.queue.from_ms or 0, header.queue.to_ms or 0)
    if not all(0 <= time_ms < MAX_TIME_MS for time_ms in times) or header.queue.count < 0:
        yield "now_ms, queue: times are milliseconds since 1970, counts 0 or more"


def _sizes(record: Record) -> Iterator[str]:
    blocks = every_block(record)
    entities = sum(len(block.entities) for block in blocks)
    columns = max((len(block.columns) for block in blocks), default=0)
    for what, count, most in (
        ("blocks", len(blocks), MAX_BLOCKS),
        ("rows", count_rows(record), MAX_ROWS),
        ("entities", entities, MAX_ENTITIES),
        ("columns in a block", columns, MAX_COLUMNS),
        ("events", len(record.events), MAX_EVENTS),
        ("descriptions", len(record.metrics), MAX_DESCRIPTIONS),
    ):
        if count > most:
            yield f"{what}: at most {most}, not {count}"


def _shape(block: Block | MinuteBlock) -> Iterator[str]:
    rows = len(block.times)
    if not _KIND.fullmatch(block.kind):
        yield f"kind: a lower-case word, not {_short(block.kind)}"
    if len(block.entity) != rows or len(block.values) != len(block.columns):
        yield f"block {block.kind}: entity, times and values differ in length"
    if not {*map(len, block.values)} <= {rows}:
        yield f"block {block.kind}: a column has not one value a row"
    if rows and not 0 <= min(block.entity) <= max(block.entity) < len(block.entities):
        yield f"block {block.kind}: a row of an entity that is not there"
    if rows and max(map(abs, block.times)) >= MAX_TIME_MS:
        yield f"block {block.kind}: times are milliseconds since 1970"


def _entity(entity: Entity, kind: str) -> Iterator[str]:
    if not _is_id(entity.id):
        yield f"entity id: 1 to {MAX_ID} printable characters, not {_short(entity.id)}"
    if entity.kind != kind:
        yield f"entity {_short(entity.id)}: kind {_short(entity.kind)} in a block of {kind}"
    if len(entity.start) > MAX_ID or _CONTROL.search(entity.start):
        yield f"entity {_short(entity.id)}: start: at most {MAX_ID} printable characters"
    if not MIN_PERIOD_MS <= entity.period_ms <= MAX_PERIOD_MS:
        yield f"entity {_short(entity.id)}: period_ms: {MIN_PERIOD_MS} to {MAX_PERIOD_MS}"
    yield from _attributes(entity.attributes, entity.id)


def _owner(entity: Entity, host: str, containers: Collection[str]) -> Iterator[str]:
    """What no other host's collector may say: rows of this one, of its parts, of its containers."""
    if (entity.kind == HOST) != (entity.id == host):
        yield f"entity {_short(entity.id)}: {_short(entity.kind)}: the host itself, and it alone, is {_short(host)}"
    elif entity.kind not in (HOST, CONTAINER) and not _is_part(entity.id, host, containers):
        yield f"entity {_short(entity.id)}: is no part of {_short(host)}, nor of a container in this record"
    if entity.attributes.get("host.id", host) != host:
        yield f"entity {_short(entity.id)}: host.id is not {_short(host)}, the record's host"


def _is_part(name: str, host: str, containers: Collection[str]) -> bool:
    owner = name.partition(":")[0]
    return name != owner and (owner == host or owner in containers)


def _attributes(attributes: Mapping[str, str], owner: str) -> Iterator[str]:
    if len(attributes) > MAX_ATTRIBUTES:
        yield f"{_short(owner)}: at most {MAX_ATTRIBUTES} attributes, not {len(attributes)}"
    for key in _unlike(_KEY, attributes):
        yield f"{_short(owner)}: 1 to 100 of A-Z a-z 0-9 _ . / : - name an attribute, not {_short(key)}"
    if not _are_texts(attributes.values()):
        yield f"{_short(owner)}: an attribute's value has over {MAX_TEXT} characters, or control characters"


def _names(columns: Sequence[Column]) -> Iterator[str]:
    names = [column.name for column in columns]
    for name in _unlike(_NAME, names):
        yield f"metric: 1 to 200 of A-Z a-z 0-9 _ . / : - are a name, not {_short(name)}"
    if len(set(names)) < len(names):
        yield "metric: two columns of one block have the same name"


def _numbers(block: Block | MinuteBlock) -> Iterator[str]:
    columns: Sequence[Iterable[float | None]] = (
        block.values
        if isinstance(block, Block)
        else [list(chain.from_iterable(filter(None, column))) for column in block.values]
    )
    if not _are_numbers(chain.from_iterable(columns)):
        name = next(c.name for c, values in zip(block.columns, columns, strict=True) if not _are_numbers(values))
        yield f"{name}: a number that is not finite, or beyond {MAX_NUMBER:g}"


def _are_numbers(values: Iterable[float | None]) -> bool:
    """Whether all are finite and within bounds; unknown values and zeros, both sound, are left out.

    The Euclidean norm, one call of C, is at least the greatest magnitude, and NaN or infinite if any is.
    """
    return math.hypot(*filter(None, values)) <= MAX_NUMBER


def _event(event: Event) -> Iterator[str]:
    if not _is_id(event.entity):
        yield f"event: entity id: 1 to {MAX_ID} printable characters, not {_short(event.entity)}"
    if not _NAME.fullmatch(event.kind):
        yield f"event: 1 to 200 of A-Z a-z 0-9 _ . / : - are a kind, not {_short(event.kind)}"
    if not 0 <= event.time_ns < MAX_TIME_NS:
        yield f"event {event.kind}: time_ns: nanoseconds since 1970"
    yield from _attributes(event.attributes, event.kind)


def _description(description: Description) -> Iterator[str]:
    if not _NAME.fullmatch(description.name):
        yield f"description: 1 to 200 of A-Z a-z 0-9 _ . / : - are a name, not {_short(description.name)}"
    if not _are_texts((description.unit, description.help, description.formula)):
        yield f"description of {description.name}: over {MAX_TEXT} characters, or control characters"
    if description.decimals is not None and not 0 <= description.decimals <= 15:
        yield f"description of {description.name}: decimals: 0 to 15"


def _is_id(text: str) -> bool:
    return 0 < len(text) <= MAX_ID and text.isprintable()


def _are_texts(texts: Collection[str]) -> bool:
    return max(map(len, texts), default=0) <= MAX_TEXT and not _CONTROL.search("".join(texts))


def _unlike(pattern: re.Pattern[str], texts: Collection[str]) -> list[str]:
    """The texts that are not what a pattern says; usually none, which is quick."""
    return [] if all(map(pattern.fullmatch, texts)) else [text for text in texts if not pattern.fullmatch(text)]


def _short(value: object) -> str:
    return repr(value)[:60]
