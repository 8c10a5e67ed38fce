"""The ingest nodes that a web node knew last."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.last_known import NAME, LastKnown

STORE = "http://store:9200"


def test_the_next_one_finds_what_was_known(tmp_path: Path) -> None:
    """In a folder that need not be there; each list takes the place of the one before."""
    folder = tmp_path / "a" / "b"
    assert LastKnown(folder, STORE).read() == []
    last = LastKnown(folder, STORE)
    last.keep(["http://n1", "http://n2"])
    last.keep(["http://n2", "http://n3"])
    assert LastKnown(folder, STORE).read() == ["http://n2", "http://n3"]
    assert [path.name for path in folder.iterdir()] == [NAME]


def test_knowing_nobody_is_no_knowledge(tmp_path: Path) -> None:
    """A node that just began, whose store is down, knows none: what is kept stands."""
    LastKnown(tmp_path, STORE).keep(["http://n1"])
    LastKnown(tmp_path, STORE).keep([])
    assert LastKnown(tmp_path, STORE).read() == ["http://n1"]


def test_nodes_of_another_store_are_none(tmp_path: Path) -> None:
    """A node that is led to another cluster sends its token to nobody of the old one."""
    LastKnown(tmp_path, STORE).keep(["http://n1"])
    assert LastKnown(tmp_path, "http://other:9200").read() == []


def test_it_is_written_only_when_it_changes(tmp_path: Path) -> None:
    """It is told every two seconds."""
    last = LastKnown(tmp_path, STORE)
    last.keep(["http://n1"])
    (tmp_path / NAME).unlink()
    last.keep(["http://n1"])
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"store": 1}', b"[" * 100_000, b'{"store": "", "urls": [1]}'])
def test_a_file_that_is_none_is_said_once(tmp_path: Path, body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """And the next list is written over it."""
    (tmp_path / NAME).write_bytes(body)
    last = LastKnown(tmp_path, STORE)
    assert last.read() == []
    assert last.read() == []
    assert caplog.text.count("ingest_nodes_not_kept") == 1
    last.keep(["http://n1"])
    assert last.read() == ["http://n1"]


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The node serves all the same."""
    (tmp_path / "file").touch()
    last = LastKnown(tmp_path / "file", STORE)
    for _ in range(2):
        last.keep(["http://n1"])
    assert caplog.text.count("ingest_nodes_not_kept") == 1
    assert "TIDEGAUGE_PEERS" in caplog.text
