"""The last known documents."""

from __future__ import annotations

from tests.e2e.programs import eventually
from tests.tidegauge.sessions.conftest import Switch
from tidegauge.sessions.memory import Memory
from tidegauge.storage.base import StoreUnavailableError


def test_what_was_written_is_known_soon(documents: Switch) -> None:
    """By one thread, which ends when it is told."""
    memory, known = Memory(documents, 0.01), []
    memory.follow("users", lambda found: known.append([one.id for one in found]))
    memory.start()
    assert known[0] == []
    documents.put("users", "ann", b"{}")
    eventually(lambda: known[-1] == ["ann"], what="the document")
    memory.close()
    assert not memory.alive


def test_while_the_store_is_down_the_last_known_stands(documents: Switch) -> None:
    """Pages are read only then, until it answers."""
    memory, known = Memory(documents), []
    memory.follow("users", known.append)
    documents.down = True
    assert not memory.refresh()
    assert (memory.read_only, known) == (True, [])
    documents.down = False
    assert memory.refresh()
    assert (memory.read_only, known) == (False, [[]])
    documents.down = True
    memory.refresh()
    assert (memory.read_only, known) == (True, [[]])


def test_a_collection_that_cannot_be_kept_keeps_no_other_from_its_reader(documents: Switch) -> None:
    """The store answers, but took not what there was to write: that, too, is read only."""
    memory, known = Memory(documents), []

    def fails(_found: object) -> None:
        raise StoreUnavailableError("it takes nothing")

    memory.follow("revocations", fails)
    memory.follow("users", known.append)
    assert not memory.refresh()
    assert (memory.read_only, known) == (True, [[]])
