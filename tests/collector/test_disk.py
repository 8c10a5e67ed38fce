"""The room of the spool on disk as a whole: like a queue in memory through any lives, and through kill -9."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from collector.memory_queue import MemoryQueue
from collector.spool import Item, Key
from tests.collector.disk.filled import item, patient
from tests.collector.disk.lives import Found

LIMIT_BYTES = 16 * 600
KEYS = st.tuples(st.sampled_from("ij"), st.integers(0, 40))


class Lives(RuleBasedStateMachine):
    """A spool on disk beside a queue in memory that has room for everything."""

    def __init__(self) -> None:
        super().__init__()
        self.path = Path(tempfile.mkdtemp())
        self.spool = patient(self.path, LIMIT_BYTES, floor_bytes=0)
        self.model = MemoryQueue()
        self.seqs = {"i": 0, "j": 0}

    @rule(
        name=st.sampled_from("iiij"),
        step=st.sampled_from([1, 1, 1, 3]),
        size=st.integers(0, 700),
        summary=st.booleans(),
    )
    def append(self, name: str, step: int, size: int, summary: bool) -> None:
        """What is given up is the oldest that waits, and the model forgets it."""
        self.seqs[name] += step
        seq = self.seqs[name]
        new = Item(name, seq, seq, seq + 5, bytes([seq % 256]) * size, int(not summary), summary)
        given_up = self.spool.append(new)
        self.model.append(new)
        assert given_up == self.model.oldest(len(given_up), 1 << 30)
        self.model.settle([lost.key for lost in given_up])

    @rule(keys=st.lists(KEYS, max_size=12))
    def settle(self, keys: list[Key]) -> None:
        """Any keys, also such as are not there."""
        self.spool.settle(keys)
        self.model.settle(keys)

    @rule(count=st.integers(1, 30))
    def settle_newest(self, count: int) -> None:
        """As the live lane does."""
        self.settle([one.key for one in self.model.oldest(1 << 30, 1 << 30)[-count:]])

    @rule(records=st.integers(1, 9), size=st.integers(0, 2000), besides=st.sets(KEYS, max_size=9))
    def look(self, records: int, size: int, besides: Collection[Key]) -> None:
        """All questions are answered alike."""
        assert self.spool.oldest(records, size, besides) == self.model.oldest(records, size, besides)
        assert self.spool.held(besides) == self.model.held(besides)
        assert [self.spool.holds(key) for key in besides] == [self.model.holds(key) for key in besides]

    @rule(clean=st.booleans())
    def next_life(self, clean: bool) -> None:
        """Another life finds what this one held, whether it was closed or just ended."""
        self.end(clean)
        self.spool = patient(self.path, LIMIT_BYTES, floor_bytes=0)
        assert self.spool.losses() == []

    @invariant()
    def is_alike(self) -> None:
        """All that waits is the same, and within the bound."""
        assert self.spool.held() == self.model.held()
        assert self.spool.size_bytes() == self.model.size_bytes()
        assert self.spool.health().disk_bytes <= LIMIT_BYTES
        assert self.spool.volatile() == []

    def end(self, clean: bool) -> None:
        """A life that is not closed leaves its files as they are."""
        if clean:
            self.spool.close()
        else:
            self.spool._cursor.close()
            if self.spool._writer:
                self.spool._writer.close()

    def teardown(self) -> None:
        """At the end all is there, body by body, and in files that are still needed."""
        self.next_life(clean=True)
        assert self.spool.oldest(1 << 30, 1 << 30) == self.model.oldest(1 << 30, 1 << 30)
        self.end(clean=True)
        shutil.rmtree(self.path)


TestLives = Lives.TestCase
TestLives.settings = settings(stateful_step_count=40)


class Platter:
    """What a power cut leaves at least: of each file the bytes that were synced last, and none that never was."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()

    def sync(self, fd: int) -> None:
        """Have a file's bytes on the platter; a cursor that is made anew takes its name at once."""
        file = Path(f"/proc/self/fd/{fd}").readlink()
        shutil.copyfile(file, self.path / file.name.removesuffix(".new"))

    def cut(self, to: Path, files: set[str] | None = None) -> Path:
        """The folder after a power cut: with all files that were removed, or with `files` alone."""
        shutil.rmtree(to, ignore_errors=True)
        to.mkdir()
        for file in self.path.iterdir():
            if files is None or file.name in files:
                shutil.copyfile(file, to / file.name)
        return to


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_power_cuts(tmp_path: Path, seed: int) -> None:
    """Nothing that was acknowledged is lost, though all that was not synced is; what was settled is not missed."""
    chance, platter, path = random.Random(seed), Platter(tmp_path / "platter"), tmp_path / "spool"
    spool = patient(path, 16 * 300, floor_bytes=0, sync=platter.sync)
    must: dict[Key, Item] = {}
    for seq in range(120):
        new = item(seq)._replace(summary=seq % 7 == 6)
        must[new.key] = new
        for lost in spool.append(new):
            del must[lost.key]
        if chance.random() < 0.4:
            settled = [found.key for found in chance.sample(list(must.values()), chance.randrange(len(must) + 1))]
            spool.settle(settled)
            for key in settled:
                del must[key]
        if chance.random() < 0.7:
            continue
        for files in (None, {file.name for file in path.iterdir()}):
            after = patient(platter.cut(tmp_path / "after", files), 16 * 300, floor_bytes=0)
            held = after.oldest(1 << 30, 1 << 40)
            after._cursor.close()
            assert [one for one in held if one.key in must] == list(must.values())
            assert after.losses() == []
    spool.close()


@pytest.mark.processes
@pytest.mark.parametrize("kills", [100, pytest.param(500, marks=pytest.mark.soak)])
def test_killed_at_random_moments(tmp_path: Path, kills: int) -> None:
    """No record that was acknowledged is lost, none that was settled comes again, and each start takes at most 1 s."""
    command = [sys.executable, "-m", "tests.collector.disk.lives", str(tmp_path), str(kills), str(kills)]
    done = subprocess.run(command, capture_output=True, timeout=kills * 3, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found = msgspec.json.decode(done.stdout, type=Found)
    assert (found.missing, found.settled_again, found.never_added, found.spoilt, found.lost) == ([], [], [], [], 0)
    assert found.added > 5 * kills
    assert found.settled > kills
    assert found.slowest_start_seconds < 1
