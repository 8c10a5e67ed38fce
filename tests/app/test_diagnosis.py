"""What a web node's status means."""

from __future__ import annotations

from typing import Any

import pytest

from app.diagnosis import CLOCKS, KEPT, SHOWN, diagnose
from tidegauge.cluster.frames import Seen
from tidegauge.cluster.presence import State, Verdict
from tidegauge.cluster.remote import LinkState
from tidegauge.metrics.wire import Queue

NODE = {
    "node": "i1",
    "version": "0.1",
    "up_ms": 60_000,
    "store": "",
    "commit_ms": 12,
    "waiting": 0,
    "waiting_bytes": 0,
    "records": 40,
    "retried": 0,
    "readers": 1,
    "age_ms": 300,
}
STORE = {"ok": True, "detail": "all is well", "bytes": 5, "samples": 9, "age_ms": 1, "waited_ms": 0, "refresh_ms": 1000}
WAITING = {"host": "h1", "name": "web", "state": "live", "count": 2, "from_ms": 9_000, "to_ms": 9_500, "now_ms": 10_000}


def told(links: Any = (), verdicts: Any = (), now_ms: float = 0, **changes: Any) -> dict[str, Any]:
    """A diagnosis of a node that is well, but for `changes`."""
    status = {
        "node": {"name": "w1", "version": "0.1", "up_ms": 1, "window_ms": 10_000, "window_rows": 7},
        "tiles": {"bytes": 1, "max_bytes": 9, "entries": 1, "hits": 3, "misses": 1},
        "store": STORE,
        "nodes": [NODE],
        "collectors": [],
    }
    return diagnose({**status, **changes}, verdicts, links, now_ms)


def verdict(host: str, state: State = "live", overlap: bool = False, **seen: Any) -> tuple[str, Verdict]:
    facts = {"offset_ms": 0, "problem": "", **seen}
    one = Seen(host, f"name of {host}", "1-a", 1, 1_000, 0, queue=Queue(), stopping=False, **facts)
    return host, Verdict(state, 0, 0, one, overlap)


def sentences(diagnosis: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem["level"], problem["text"]) for problem in diagnosis["problems"]]


def test_when_all_is_well_nothing_is_wrong() -> None:
    """Figures are passed on; the hit rate is of all that was asked for."""
    diagnosis = told()
    assert (diagnosis["level"], diagnosis["problems"]) == ("ok", [])
    assert (diagnosis["store"]["text"], diagnosis["store"]["write_ms"], diagnosis["store"]["bytes"]) == (
        "answers",
        12,
        5,
    )
    assert (diagnosis["web"]["window_rows"], diagnosis["web"]["tiles"]["hit_ratio"]) == (7, 0.75)
    assert diagnosis["nodes"] == [{**NODE, "state": "live", "link": "", "url": "", "latency_ms": None, "link_ms": None}]
    unasked = {"bytes": 0, "max_bytes": 9, "entries": 0, "hits": 0, "misses": 0}
    assert told(tiles=unasked)["web"]["tiles"]["hit_ratio"] is None


@pytest.mark.parametrize(
    ("store", "level", "sentence"),
    [
        ({"ok": False, "detail": "no disk"}, "bad", "The store does not work: no disk."),
        ({"waited_ms": 2_500}, "bad", "The store does not answer."),
        ({"ok": None, "bytes": None, "waited_ms": 100}, "warn", "The store has not answered yet."),
    ],
)
def test_a_store_that_is_not_well_is_said_first(store: dict[str, Any], level: str, sentence: str) -> None:
    """With what it means; an ingest node's word on the same is not another problem."""
    failing = {**NODE, "store": "no disk"}
    diagnosis = told(store={**STORE, **store}, nodes=[failing])
    assert sentences(diagnosis) == [(level, sentence)]
    assert diagnosis["level"] == diagnosis["store"]["level"] == level
    assert diagnosis["problems"][0]["hint"] == diagnosis["store"]["hint"] == (KEPT if level == "bad" else "")
    assert diagnosis["store"]["waited_ms"] == (2_500 if "waited_ms" in store and level == "bad" else 0)


@pytest.mark.parametrize(
    ("changes", "state", "problem"),
    [
        ({"age_ms": 4_000}, "live", []),
        ({"age_ms": 12_000}, "silent", [("warn", "No word comes from ingest node i1.")]),
        ({"age_ms": 16_000}, "down", [("bad", "No word comes from ingest node i1.")]),
        ({"store": "no disk"}, "live", [("bad", "The store does not work for ingest node i1: no disk.")]),
        ({"commit_ms": 3_200}, "live", [("warn", "The last append of ingest node i1 took 3.2 s.")]),
    ],
)
def test_an_ingest_node_is_judged_by_its_word(changes: dict[str, Any], state: str, problem: list[Any]) -> None:
    """By how old that is, what it says of the store, and how long its appends take."""
    diagnosis = told(nodes=[{**NODE, **changes}])
    assert diagnosis["nodes"][0]["state"] == state
    assert sentences(diagnosis) == problem


def test_only_nodes_that_are_heard_tell_the_write_lag() -> None:
    """What a silent node said last is no lag of now; of several the slowest counts."""
    assert told(nodes=[{**NODE, "commit_ms": 90, "age_ms": 9_000}, NODE])["store"]["write_ms"] == 12
    assert told(nodes=[{**NODE, "age_ms": 9_000}])["store"]["write_ms"] is None


def test_no_ingest_node_at_all_is_a_problem() -> None:
    """Nothing live can come."""
    assert sentences(told(nodes=[])) == [("bad", "No ingest node was heard yet.")]


def test_a_link_that_is_down_is_told_with_why_and_since_when() -> None:
    """Of a node that was heard before, and of one that never was: by its URL, without passwords."""
    links = [
        LinkState("http://a:1", "i1", "refused", 1_000),
        LinkState("http://user:secret@b:2", "", "no such host", 4_000),
        LinkState("http://c:3", "i3", "", 0),
    ]
    diagnosis = told(links=links, now_ms=9_000)
    first, second = diagnosis["nodes"]
    assert (first["node"], first["state"], first["age_ms"], first["records"]) == ("i1", "down", 8_000, 40)
    assert (second["node"], second["state"], second["age_ms"], second["records"]) == (
        "http://…@b:2",
        "down",
        5_000,
        None,
    )
    assert sentences(diagnosis) == [
        ("bad", "There is no link to ingest node i1: refused."),
        ("bad", "There is no link to ingest node http://…@b:2: no such host."),
    ]


def test_a_backlog_is_counted_and_old_ones_are_a_problem() -> None:
    """One record alone may be on its way; the list is bounded, the count is not."""
    assert told(collectors=[{**WAITING, "count": 1}])["backlog"]["hosts"] == 0
    short = told(collectors=[WAITING])
    assert (short["problems"], short["backlog"]["shown"][0]["held_ms"]) == ([], 1_000)
    many = told(collectors=[{**WAITING, "host": f"h{n}", "now_ms": 200_000} for n in range(SHOWN + 5)])
    assert (many["backlog"]["hosts"], len(many["backlog"]["shown"])) == (SHOWN + 5, SHOWN)
    assert sentences(many) == [("warn", "210 records wait in the collectors of 105 hosts.")]
    assert told(collectors=[{**WAITING, "from_ms": None}])["backlog"]["held_ms"] == 0


def test_what_collectors_hold_that_are_not_heard_is_not_known() -> None:
    """Silent and down ones are a problem; who was stopped in good order, lives or was never judged is none."""
    states: tuple[State, ...] = ("silent", "down", "stopped", "live", "unknown")
    diagnosis = told(verdicts=[*(verdict(state, state=state) for state in states), ("h6", None)])
    assert diagnosis["backlog"]["unheard"] == 2
    assert sentences(diagnosis) == [("warn", "No word comes from the collectors of 2 hosts.")]
    assert "not known" in diagnosis["problems"][0]["hint"]


def test_clocks_and_doubles_are_told_by_host_and_counted() -> None:
    """A clock that is refused, one that is off, two collectors of one host; only of hosts that are heard."""
    verdicts = [
        verdict("h1", offset_ms=-14_000),
        verdict("h2", offset_ms=99_999_999, problem="clock: a day off", overlap=True),
        verdict("h3", offset_ms=9_999),
        verdict("h4", state="down", offset_ms=-14_000, overlap=True),
        ("h5", None),
    ]
    diagnosis = told(verdicts=verdicts)
    shown = [(one["host"], one["about"], one["level"]) for one in diagnosis["collectors"]["shown"]]
    assert shown == [("h2", "refused", "bad"), ("h2", "double", "warn"), ("h1", "clock", "warn")]
    assert diagnosis["collectors"]["hosts"] == 2
    assert sentences(diagnosis) == [
        ("bad", "Rows of 1 host are not taken, for a wrong clock."),
        ("warn", "No word comes from the collectors of 1 host."),
        ("warn", "A clock is off by more than 10 s on 1 host."),
        ("warn", "Two collectors report 1 host."),
    ]


def test_clocks_come_with_the_furthest_first() -> None:
    """Of collectors that are heard, whichever way they are off; some of many."""
    offsets = (("h1", 3), ("h2", -14_000), ("h3", 9_000))
    verdicts = [verdict(host, offset_ms=ms) for host, ms in offsets]
    clocks = told(verdicts=[*verdicts, verdict("h4", state="down", offset_ms=99_999)])["clocks"]
    assert [(one["name"], one["offset_ms"]) for one in clocks["shown"]] == [
        ("name of h2", -14_000),
        ("name of h3", 9_000),
        ("name of h1", 3),
    ]
    assert clocks["hosts"] == 3
    many = told(verdicts=[verdict(f"h{n}") for n in range(CLOCKS + 1)])["clocks"]
    assert (many["hosts"], len(many["shown"])) == (CLOCKS + 1, CLOCKS)


def test_disks_that_fail_and_dead_letters_are_told_by_host() -> None:
    """Each a line, the disks first; and a sentence with what to do."""
    ailing = [{"host": "h1", "letters": 2, "errors": 0}, {"host": "h2", "letters": 1, "errors": 3}]
    diagnosis = told(verdicts=[verdict("h1")], ailing=ailing)
    assert [(one["name"], one["about"], one["count"]) for one in diagnosis["ailing"]["shown"]] == [
        ("h2", "disk", 3),
        ("name of h1", "letters", 2),
        ("h2", "letters", 1),
    ]
    assert diagnosis["ailing"]["hosts"] == 2
    assert sentences(diagnosis) == [
        ("bad", "The disk fails for the collectors of 1 host: what waits there is in memory alone."),
        ("warn", "Records of 2 hosts were not taken, and lie there as dead letters."),
    ]


def test_what_people_set_aside_is_counted_and_wrong_with_nobody() -> None:
    """Nothing without a word of it."""
    diagnosis = told(aside={"retired": 2, "revoked": 1})
    assert (diagnosis["aside"], diagnosis["problems"]) == ({"retired": 2, "revoked": 1}, [])
    assert told()["aside"] == {"retired": 0, "revoked": 0}
