"""The roll of ingest nodes, over a register in memory."""

from __future__ import annotations

import logging

import msgspec
import pytest

from tests.clocks import HandClock
from tests.e2e.programs import eventually
from tests.tidegauge.cluster.registers import MemoryRegister
from tidegauge.cluster.directory import DEAD_MS, FORGET_MS, NodeDocument
from tidegauge.cluster.roll import REMOVE_MS, Roll


def own(name: str = "a", url: str = "http://a", life: str = "1") -> NodeDocument:
    return NodeDocument(name, url, "1.0", 0, life=life)


def rolls(register: MemoryRegister, clock: HandClock, *nodes: NodeDocument) -> list[Roll]:
    """A roll of each node, and one of a reader alone."""
    return [*(Roll((), clock, register, node) for node in nodes), Roll((), clock, register)]


def beat(clock: HandClock, *beating: Roll, rounds: int = 1) -> None:
    """Let two seconds pass, then all of them beat in turn."""
    for _ in range(rounds):
        clock.advance(2_000)
        for one in beating:
            one.beat()


def test_nodes_find_each_other_through_the_register() -> None:
    """Each writes itself, and reads the others."""
    register, clock = MemoryRegister(), HandClock()
    first, second, reader = rolls(register, clock, own(), own("b", "http://b", "2"))
    beat(clock, first, second, reader, rounds=2)
    assert (first.urls(), second.urls()) == (["http://a", "http://b"], ["http://b", "http://a"])
    assert [(one.name, one.version) for one in reader.nodes()] == [("a", "1.0"), ("b", "1.0")]
    assert reader.failure == ""


def test_a_node_that_stops_writing_dies() -> None:
    """Within three beats; then it is left out of what others are told."""
    register, clock = MemoryRegister(), HandClock()
    first, second, reader = rolls(register, clock, own(), own("b", "http://b", "2"))
    beat(clock, first, second, reader)
    beat(clock, first, reader, rounds=1 + DEAD_MS // 2_000)
    assert (reader.is_dead("http://a", ""), reader.is_dead("http://b", "")) == (False, True)
    assert first.urls() == ["http://a"]
    beat(clock, first, reader, rounds=FORGET_MS // 2_000)
    assert [one.url for one in reader.nodes()] == ["http://a"]


def test_old_documents_are_taken_away() -> None:
    """By whoever writes, when they stood for an hour."""
    register, clock = MemoryRegister(), HandClock()
    first, second, _ = rolls(register, clock, own(), own("b", "http://b", "2"))
    beat(clock, second, first)
    beat(clock, first, rounds=REMOVE_MS // 2_000 - 1)
    assert set(register.documents) == {"a", "b"}
    beat(clock, first, rounds=2)
    assert set(register.documents) == {"a"}


def test_a_register_that_is_down_is_one_line_and_the_last_known_list_stands(caplog: pytest.LogCaptureFixture) -> None:
    """And says so again when it is down again."""
    register, clock = MemoryRegister(), HandClock()
    first, reader = rolls(register, clock, own())
    assert reader.failure == "nothing was read yet"
    beat(clock, first, reader)
    for reason in ("down", "down again"):
        caplog.clear()
        register.failing = reason
        beat(clock, reader, rounds=10)
        assert (reader.failure, [one.url for one in reader.nodes()]) == (reason, ["http://a"])
        assert not reader.is_dead("http://a", "a")
        assert [record.getMessage() for record in caplog.records] == [f"roll_not_kept reason={reason}"]
        register.failing = ""
        beat(clock, first, reader)
        assert reader.failure == ""


def test_while_it_is_down_nodes_tell_of_others() -> None:
    """What one says in its greeting is known to those who ask for changes."""
    register, clock = MemoryRegister(), HandClock()
    register.failing = "down"
    reader = Roll(["http://a"], clock, register)
    changes: list[int] = []
    reader.listen(lambda: changes.append(1))
    reader.beat()
    reader.told(["http://a", "http://b"])
    assert (reader.urls(), len(changes)) == (["http://a", "http://b"], 2)


def test_a_document_that_is_none_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """The others count."""
    register, clock = MemoryRegister(), HandClock()
    register.documents["x"] = b"\xff"
    register.documents["y"] = msgspec.json.encode({"name": "y", "url": "file:///", "version": "", "counter": 1})
    first, reader = rolls(register, clock, own())
    with caplog.at_level(logging.WARNING):
        beat(clock, first, rounds=3)
    assert [record.getMessage().split()[1] for record in caplog.records] == ["id=x", "id=y"]
    reader.beat()
    assert [one.url for one in reader.nodes()] == ["http://a"]


def test_two_nodes_of_one_name_are_noticed_and_both_known(caplog: pytest.LogCaptureFixture) -> None:
    """One line each; each goes by an id of its own from then on. When one ends the other says nothing more."""
    register, clock = MemoryRegister(), HandClock()
    first, second, reader = rolls(register, clock, own(), own("a", "http://b", "2"))
    beat(clock, first, second, reader, rounds=6)
    assert (first.twin, second.twin) == ("http://b", "http://a")
    assert sorted(one.url for one in reader.nodes()) == ["http://a", "http://b"]
    assert not any(reader.is_dead(url, "a") for url in ("http://a", "http://b"))
    assert sum("two_nodes_of_one_name" in record.message for record in caplog.records) == 2
    beat(clock, first, reader, rounds=1 + DEAD_MS // 2_000)
    assert first.twin == ""


def test_a_node_that_was_started_again_is_no_twin() -> None:
    """What it was before stands in the register, under another life and maybe another URL."""
    register, clock = MemoryRegister(), HandClock()
    before, after, reader = rolls(register, clock, own(), own("a", "http://b", "2"))
    beat(clock, before, reader, rounds=2)
    beat(clock, after, reader, rounds=5)
    assert (after.twin, [one.url for one in reader.nodes()]) == ("", ["http://b"])


def test_its_thread_writes_at_once_and_that_it_was_stopped_in_the_end() -> None:
    """A node that was stopped is not waited for, and its URL is tried, also by a reader that begins later: it may be
    back, under another life, before the store is."""
    register, clock = MemoryRegister(), HandClock()
    roll, after, reader = rolls(register, clock, own(), own("a", "http://a", "2"))
    roll.start()
    eventually(lambda: register.documents, what="its document")
    roll.close()
    beat(clock, reader)
    assert (reader.is_dead("http://a", "a"), reader.is_stopped("http://a", "a"), reader.urls()) == (True, True, [])
    assert [one.url for one in reader.nodes()] == ["http://a"]
    register.failing = "down"
    beat(clock, reader)
    assert (reader.is_dead("http://a", "a"), reader.is_stopped("http://a", "a")) == (False, False)
    register.failing = ""
    beat(clock, after, reader, rounds=3)
    assert (after.twin, reader.is_dead("http://a", "a"), reader.urls()) == ("", False, ["http://a"])
    Roll((), clock).close()
