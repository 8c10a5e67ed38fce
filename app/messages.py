"""The messages of WS /live, as text. Pure. docs/live.md describes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from tidegauge.cluster.presence import Verdict
from tidegauge.metrics.gaps import Gap
from tidegauge.metrics.parts import Floats
from tidegauge.queries.combine import Line
from tidegauge.queries.known import Known
from tidegauge.queries.lifecycle import Stand
from tidegauge.queries.plan import Plan
from tidegauge.queries.view import Change

Unit = Callable[[str], str]
Keys = dict[str, str]

DIGITS = 10
EXACT_EXPONENT = 22
"""Up to here powers of ten are exact, and so is what is rounded by them."""
FOUND = 3
"""How many containers of a host are named that a text finds."""
OVERLAP = "two collectors report this host; the later is shown"


class Order(msgspec.Struct, frozen=True):
    """What a browser asks: subscribe (id, query), unsubscribe (id), watch (host, container, from, to; or of all hosts
    find; or system)."""

    op: str
    id: int = 0
    query: str = ""
    host: str | None = None
    container: str = ""
    find: str = ""
    system: bool = False
    start: str = msgspec.field(name="from", default="now-5m")
    end: str = msgspec.field(name="to", default="now")


_order = msgspec.json.Decoder(Order)


def read_order(text: str | bytes) -> Order | None:
    """An order, or None for what is none."""
    try:
        return _order.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def encode(message: Mapping[str, Any]) -> str:
    """A message as text."""
    return msgspec.json.encode(message).decode()


def hello(node: str, window_ms: int, version: str) -> str:
    """The first message."""
    return encode({"type": "hello", "node": node, "w_ms": window_ms, "version": version})


def read_only(is_so: bool) -> str:
    """Whether nothing can be changed for now: the store does not answer."""
    return encode({"type": "store", "read_only": is_so})


def preferences(person: str, kept: Mapping[str, Any] | None) -> str:
    """What a person set; None: the store was never read."""
    return encode({"type": "preferences", "person": person, "kept": kept})


def error(id: int | None, keyword: str, reason: str, hint: str) -> str:
    """What went wrong with one order."""
    return encode({"type": "error", "id": id, "error": keyword, "reason": reason, "hint": hint})


def view(id: int, plan: Plan, lines: Iterable[Line], keys: Keys, facts: Mapping[str, Any], unit: Unit) -> str:
    """A whole view. facts: now_ms, live, error."""
    lines = list(lines)
    periods = [known.entity.period_ms for known in plan.entities.values()]
    return encode(
        {
            "type": "view",
            "id": id,
            "step_ms": plan.step_ms,
            "from_ms": plan.start_ms,
            "to_ms": plan.end_ms,
            "period_ms": max(periods, default=1000),
            "series": [_series(line, keys, unit) for line in lines],
            "columns": {_key(keys, line.key): _columns(line) for line in lines},
            **facts,
        }
    )


def points(change: Change, keys: Keys, now_ms: int, unit: Unit) -> str:
    """A change of a view, without the subscription's id: `with_id` adds it."""
    return encode(
        {
            "type": "points",
            "now_ms": now_ms,
            "series": [_series(line, keys, unit) for line in change.lines],
            "points": [[_key(keys, key), bucket, number(value), int(j)] for key, bucket, value, j in change.points],
            "remove": [[_key(keys, key), bucket] for key, bucket in change.removed],
        }
    )


def with_id(message: str, id: int) -> str:
    """A message made once for many, for one subscription."""
    return f'{{"id":{id},{message[1:]}'


def presence(
    hosts: Iterable[tuple[str, Verdict | None]],
    names: Mapping[str, tuple[str, str]],
    newest: Mapping[str, float],
    running: Mapping[str, Sequence[Known]],
    retired: Sequence[str] = (),
) -> str:
    """All states. names: host → (name, fleet). newest: host → age in ms of its newest row. running: containers.
    retired: hosts that leave a list which has them."""
    told = [{**_host(host, verdict, names, newest), **_counts(running.get(host, ()))} for host, verdict in hosts]
    return encode({"type": "presence", "hosts": told, "retired": list(retired)})


def _counts(running: Sequence[Known]) -> dict[str, int]:
    unhealthy = sum(one.entity.attributes.get("container.health") == "unhealthy" for one in running)
    return {"containers": len(running), "unhealthy": unhealthy}


def system(told: Mapping[str, Any]) -> str:
    """How store, nodes and collectors do, as `app.diagnosis` says."""
    return encode({"type": "system", **told})


def gaps(host: str, found: Iterable[Gap]) -> str:
    """The gaps of a host."""
    return encode({"type": "gaps", "host": host, "gaps": [gap._asdict() for gap in found]})


def events(host: str, container: str, stands: Iterable[Stand], *, whole: bool) -> str:
    """Marks of a host's lane, or of a container's: all of them, or those that are new."""
    told = [{**one.mark._asdict(), "count": one.total} for one in stands]
    return encode({"type": "events", "host": host, "container": container, "whole": whole, "events": told})


def containers(host: str, container: str, running: Sequence[Mapping[str, str]]) -> str:
    """The containers of a host that run now, or the one that is watched if it does."""
    return encode({"type": "containers", "host": host, "container": container, "containers": running})


def found(find: str, hosts: Mapping[str, Sequence[str]]) -> str:
    """Which hosts have containers that a text finds: the names of the first few, and how many."""
    told = {host: {"names": names[:FOUND], "count": len(names)} for host, names in hosts.items()}
    return encode({"type": "found", "find": find, "hosts": told})


def _host(
    host: str, verdict: Verdict | None, names: Mapping[str, tuple[str, str]], newest: Mapping[str, float]
) -> dict[str, Any]:
    name, fleet = names.get(host, (host, ""))
    message: dict[str, Any] = {"id": host, "name": name, "fleet": fleet, "state": "unknown", "note": ""}
    if verdict is None:
        return message
    queue = verdict.seen.queue
    return {
        **message,
        "state": verdict.state,
        "for_ms": round(verdict.for_ms),
        "age_ms": round(newest.get(host, verdict.for_ms)),
        "offset_ms": verdict.seen.offset_ms,
        "now_ms": round(verdict.now_ms),
        "period_ms": verdict.seen.period_ms,
        "queue": {"count": queue.count, "from_ms": queue.from_ms, "to_ms": queue.to_ms},
        "note": verdict.seen.problem or (OVERLAP if verdict.overlap else ""),
        "suspended": verdict.suspended,
    }


def number(value: float) -> float | None:
    """A value with the digits that are drawn; None where there is none."""
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def numbers(values: Floats) -> list[float | None]:
    """`number` of each of many values."""
    with np.errstate(all="ignore"):
        exponent = DIGITS - 1 - np.floor(np.log10(np.abs(values)))
        scale = 10.0 ** np.abs(exponent)
        rounded = np.where(exponent < 0, np.rint(values / scale) * scale, np.rint(values * scale) / scale)
    usual = np.abs(exponent) <= EXACT_EXPONENT
    found: list[float | None] = rounded.tolist()
    for i in np.flatnonzero(~usual).tolist():
        found[i] = number(float(values[i]))
    return found


def _key(keys: Keys, key: str) -> str:
    return keys.setdefault(key, str(len(keys)))


def _series(line: Line, keys: Keys, unit: Unit) -> dict[str, str]:
    return {
        "key": _key(keys, line.key),
        "entity": line.entity,
        "metric": line.metric,
        "label": line.label,
        "unit": unit(line.metric),
    }


def _columns(line: Line) -> dict[str, list[Any]]:
    return {
        "t": line.time.tolist(),
        "v": numbers(line.value),
        "j": [int(joined) for joined in line.joined.tolist()],
    }
