"""What a web node's status means: each part judged, and what is wrong said in sentences. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from app.mesh_diagnosis import problems as mesh_problems
from app.mesh_diagnosis import web_nodes
from app.messages import OVERLAP
from tidegauge.cluster import presence
from tidegauge.cluster.presence import State, Verdict
from tidegauge.cluster.remote import LinkState
from tidegauge.settings import shown

Level = Literal["ok", "warn", "bad"]
Told = dict[str, Any]

PERIOD_MS = 1_000
"""An ingest node says how it does once a second (`frames.Working`)."""
SILENT_MS = presence.SILENT_PERIODS * PERIOD_MS
ANSWER_MS = 2_000
"""A store that takes longer to say how it is does not answer."""
SLOW_MS = 2_000
"""Collectors are told to send again what is not appended by then (rule 6)."""
OFFSET_MS = 10_000
"""A clock that is off by more is worth a word."""
HELD_MS = 120_000
"""What a collector holds for longer is worth a word; a minute row is a minute old when it is made."""
CLOCKS = 8
"""So many clocks are shown."""
SHOWN = 100
"""Rows of a table of hosts at most: all goes to each browser once a second."""

KEPT = "Collectors keep what is not stored, and send it again."
_NUMBERS = ("up_ms", "commit_ms", "waiting", "waiting_bytes", "records", "retried", "readers")
_UNHEARD: Told = {"version": "", "store": "", **dict.fromkeys(_NUMBERS)}
_UNLINKED: Told = {"url": "", "latency_ms": None, "link_ms": None}
"""url: where this web node reads it, "" within one process. link_ms: since when it does or does not."""
_RANK: dict[Level, int] = {"bad": 0, "warn": 1, "ok": 2}


def diagnose(
    status: Told, verdicts: Iterable[tuple[str, Verdict | None]], links: Sequence[LinkState], now_ms: float
) -> Told:
    """What GET /api/v1/system answers (docs/api.md). status: of `WebNode.status`; now_ms: monotonic, as in links."""
    nodes = _nodes(status["nodes"], links, now_ms)
    store = _store(status["store"], nodes)
    judged = {host: verdict for host, verdict in verdicts if verdict is not None}
    backlog = _backlog(status["collectors"], judged)
    heard = [(host, verdict) for host, verdict in judged.items() if verdict.state not in ("down", "stopped")]
    doubtful = [one for host, verdict in heard for one in _doubts(host, verdict)]
    doubtful.sort(key=lambda one: (_RANK[one["level"]], -abs(one["offset_ms"])))
    webs = web_nodes(nodes, status["node"], status.get("differing", {}))
    ailing = _ailing(status.get("ailing", ()), judged)
    problems = [
        *_of_store(store),
        *_of_nodes(nodes, stored=store["level"] == "ok"),
        *mesh_problems(nodes, webs, status.get("refused", {}), status["node"]["name"]),
        *_of_backlog(backlog),
        *_of_unheard(backlog["unheard"]),
        *_of_collectors([*doubtful, *ailing]),
    ]
    problems.sort(key=lambda problem: _RANK[problem["level"]])
    return {
        "level": problems[0]["level"] if problems else "ok",
        "problems": problems,
        "store": store,
        "web": {**status["node"], "tiles": _tiles(status["tiles"])},
        "nodes": nodes,
        "webs": webs,
        "backlog": backlog,
        "collectors": {"hosts": len({one["host"] for one in doubtful}), "shown": doubtful[:SHOWN]},
        "ailing": {"hosts": len({one["host"] for one in ailing}), "shown": ailing[:SHOWN]},
        "clocks": {"hosts": len(heard), "shown": _clocks(heard)},
        "aside": {"retired": 0, "revoked": 0, **status.get("aside", {})},
    }


def _problem(level: Level, text: str, hint: str = "") -> Told:
    return {"level": level, "text": text, "hint": hint}


def _tiles(status: Told) -> Told:
    asked = status["hits"] + status["misses"]
    return {**status, "hit_ratio": status["hits"] / asked if asked else None}


# --- the store -------------------------------------------------------------------------------------


def _store(status: Told, nodes: Sequence[Told]) -> Told:
    """write_ms: how long the last append of the slowest node that is heard took."""
    level, text = answer(status["ok"], status["waited_ms"])
    lags = [node["commit_ms"] for node in nodes if node["state"] == "live"]
    return {
        "level": level,
        "text": text,
        "detail": status["detail"],
        "hint": KEPT if level == "bad" else "",
        "waited_ms": status["waited_ms"] if text == "does not answer" else 0,
        "write_ms": max(lags, default=None),
        "refresh_ms": status["refresh_ms"],
        "bytes": status["bytes"] or None,
        "samples": status["samples"],
    }


def answer(ok: bool | None, waited_ms: int) -> tuple[Level, str]:
    """How a store is that said this, or has not said anything for so long."""
    if waited_ms > ANSWER_MS:
        return "bad", "does not answer"
    if ok is None:
        return "warn", "is asked"
    return ("ok", "answers") if ok else ("bad", "does not work")


def _of_store(store: Told) -> list[Told]:
    if store["level"] == "ok":
        return []
    if store["level"] == "warn":
        return [_problem("warn", "The store has not answered yet.")]
    reason = f": {store['detail']}" if store["text"] == "does not work" else ""
    return [_problem("bad", f"The store {store['text']}{reason}.", store["hint"])]


# --- ingest nodes ----------------------------------------------------------------------------------


def _nodes(heard: Iterable[Told], links: Sequence[LinkState], now_ms: float) -> list[Told]:
    """Those that were heard, and those that are linked to in vain. link: why there is none now, or "";
    numbers that are not known are None."""
    nodes = {node["node"]: {**node, "state": _state(node["age_ms"]), "link": "", **_UNLINKED} for node in heard}
    for link in links:
        name, for_ms = link.node or shown(link.url), round(now_ms - link.since_ms)
        told = {"url": shown(link.url), "latency_ms": link.latency_ms, "link_ms": for_ms}
        if link.failure:
            told = {**told, "latency_ms": None, "age_ms": for_ms, "state": "down", "link": link.failure}
            nodes[name] = {**_UNHEARD, "node": name, **nodes.get(name, {}), **told}
        elif name in nodes:
            nodes[name] |= told
    return list(nodes.values())


def _state(age_ms: int) -> State:
    if age_ms <= SILENT_MS:
        return "live"
    return "silent" if age_ms <= presence.DOWN_MS else "down"


def _of_nodes(nodes: Sequence[Told], *, stored: bool) -> list[Told]:
    """stored: the store is well as far as this node sees; else what it is like was said already."""
    if not nodes:
        return [_problem("bad", "No ingest node was heard yet.", "Live rows come through them: start one.")]
    return [problem for node in nodes for problem in _of_node(node, stored)]


def _of_node(node: Told, stored: bool) -> Iterable[Told]:
    name = f"ingest node {node['node']}"
    if node["link"]:
        yield _problem("bad", f"There is no link to {name}: {node['link']}.")
    elif node["state"] != "live":
        hint = "It, or the network between, is held up; collectors try each of their ingest URLs."
        yield _problem("warn" if node["state"] == "silent" else "bad", f"No word comes from {name}.", hint)
    elif node["store"] and stored:
        yield _problem("bad", f"The store does not work for {name}: {node['store']}.", KEPT)
    elif node["commit_ms"] > SLOW_MS:
        hint = f"What takes over {SLOW_MS // 1000} s is sent again."
        yield _problem("warn", f"The last append of {name} took {node['commit_ms'] / 1000:.1f} s.", hint)


# --- collectors ------------------------------------------------------------------------------------


def _backlog(collectors: Sequence[Told], judged: Mapping[str, Verdict]) -> Told:
    """Those that hold more than one record, or one for long: a single one may be on its way. unheard: how many may
    hold more than they told."""
    held = [{**one, "held_ms": max(0, one["now_ms"] - (one["from_ms"] or one["now_ms"]))} for one in collectors]
    held = [one for one in held if one["count"] > 1 or one["held_ms"] > HELD_MS]
    return {
        "hosts": len(held),
        "records": sum(one["count"] for one in held),
        "held_ms": max((one["held_ms"] for one in held), default=0),
        "unheard": sum(verdict.state in ("silent", "down") for verdict in judged.values()),
        "shown": held[:SHOWN],
    }


def _of_backlog(backlog: Told) -> list[Told]:
    if backlog["held_ms"] <= HELD_MS:
        return []
    text = f"{backlog['records']:,} records wait in the collectors of {_hosts(backlog['hosts'])}."
    return [_problem("warn", text, "They are sent by themselves, the oldest first.")]


def _of_unheard(count: int) -> list[Told]:
    if not count:
        return []
    hint = "What they hold is not known. A host that is gone for good: `tidegauge host retire ID`."
    return [_problem("warn", f"No word comes from the collectors of {_hosts(count)}.", hint)]


def _doubts(host: str, verdict: Verdict) -> Iterable[Told]:
    """What is odd about a collector that is heard. offset_ms: its clock less the server's."""
    seen = verdict.seen
    one = {"host": host, "name": seen.name or host, "offset_ms": seen.offset_ms}
    if seen.problem:
        yield {**one, "level": "bad", "about": "refused", "text": seen.problem}
    elif abs(seen.offset_ms) > OFFSET_MS:
        yield {**one, "level": "warn", "about": "clock", "text": ""}
    if verdict.overlap:
        yield {**one, "level": "warn", "about": "double", "text": OVERLAP}


def _clocks(heard: Iterable[tuple[str, Verdict]]) -> list[Told]:
    """The clocks that are furthest off, the furthest first."""
    furthest = heapq.nsmallest(CLOCKS, heard, key=lambda one: (-abs(one[1].seen.offset_ms), one[0]))
    return [
        {"host": host, "name": verdict.seen.name or host, "state": verdict.state, "offset_ms": verdict.seen.offset_ms}
        for host, verdict in furthest
    ]


def _ailing(found: Iterable[Told], judged: Mapping[str, Verdict]) -> list[Told]:
    """A line for each thing that ails a collector: count of errors of its disk, or of its dead letters."""
    return [
        {"host": one["host"], "name": _name(one["host"], judged), "level": level, "about": about, "count": one[key]}
        for about, level, key in (("disk", "bad", "errors"), ("letters", "warn", "letters"))
        for one in found
        if one[key]
    ]


def _name(host: str, judged: Mapping[str, Verdict]) -> str:
    return (judged[host].seen.name if host in judged else "") or host


def _of_collectors(doubtful: Sequence[Told]) -> Iterable[Told]:
    for about, (level, text, hint) in _ABOUT.items():
        if count := sum(one["about"] == about for one in doubtful):
            yield _problem(level, text.format(_hosts(count)), hint)


def _hosts(count: int) -> str:
    return "1 host" if count == 1 else f"{count:,} hosts"


_ABOUT: dict[str, tuple[Level, str, str]] = {
    "refused": ("bad", "Rows of {} are not taken, for a wrong clock.", "Set it; what waits is sent again."),
    "disk": (
        "bad",
        "The disk fails for the collectors of {}: what waits there is in memory alone.",
        "`tidegauge-collector status` there says why.",
    ),
    "letters": (
        "warn",
        "Records of {} were not taken, and lie there as dead letters.",
        "`tidegauge-collector dead-letters list` there says why.",
    ),
    "clock": ("warn", "A clock is off by more than 10 s on {}.", "Ages are right; times on a host's page are its own."),
    "double": (
        "warn",
        "Two collectors report {}.",
        "Stop one of the two; a copied machine needs a host id of its own.",
    ),
}
