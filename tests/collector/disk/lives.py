"""Lives of a spool that are killed: `python -m tests.collector.disk.lives FOLDER KILLS SEED` prints what was found.

Each life is forked, works as fast as it can, tells a pipe what it has been promised, and is killed with
SIGKILL at a random moment. What it told is the oracle of what the next life must find.
"""

from __future__ import annotations

import fcntl
import os
import random
import signal
import sys
import time
from pathlib import Path

import msgspec

from collector.spool import Item, Key
from tests.collector.disk.filled import patient

LIMIT_BYTES = 8 << 20
"""So that segments are short, and many begin and go."""
MOST_HELD = 600
LONGEST_LIFE_SECONDS = 0.15


class Told(msgspec.Struct):
    """A line of the pipe. what: opened, held, adding, added, settling, settled, given_up, spoilt, lost."""

    what: str
    keys: list[Key]
    seconds: float = 0


class Found(msgspec.Struct):
    """What came of all lives."""

    kills: int = 0
    added: int = 0
    settled: int = 0
    missing: list[Key] = []
    settled_again: list[Key] = []
    never_added: list[Key] = []
    spoilt: list[Key] = []
    lost: int = 0
    slowest_start_seconds: float = 0


def item(key: Key) -> Item:
    """The item of a key: its body can be told from all others."""
    size = random.Random(str(key)).randrange(100, 9000)
    seq = key[1]
    return Item(*key, seq, seq, (f"{key}" * (size // 5))[:size].encode(), ticks=seq % 20 > 0, summary=seq % 20 == 0)


def live(folder: Path, incarnation: str, pipe: int, seed: int) -> None:
    """One life: until it is killed."""

    def tell(what: str, keys: list[Key], seconds: float = 0) -> None:
        os.write(pipe, msgspec.json.encode(Told(what, keys, seconds)) + b"\n")

    chance = random.Random(seed)
    began = time.monotonic()
    spool = patient(folder, LIMIT_BYTES, floor_bytes=0)
    seconds = time.monotonic() - began
    held = spool.oldest(1 << 30, 1 << 40)
    tell("held", [one.key for one in held])
    tell("spoilt", [one.key for one in held if one != item(one.key)])
    tell("lost", [("", loss.records) for loss in spool.losses()])
    tell("opened", [], seconds)
    for seq in range(1 << 30):
        key = incarnation, seq
        tell("adding", [key])
        given_up = spool.append(item(key))
        tell("added", [key])
        tell("given_up", [one.key for one in given_up])
        if chance.random() < 0.3 or spool.held().count > MOST_HELD:
            skipped = {key for key in [(incarnation, chance.randrange(seq + 1))] if chance.random() < 0.5}
            keys = [one.key for one in spool.oldest(chance.randrange(1, 20), 1 << 20, skipped)]
            tell("settling", keys)
            spool.settle(keys)
            tell("settled", keys)


def killed(folder: Path, incarnation: str, chance: random.Random) -> list[Told]:
    """Fork a life, kill it at a random moment, its start included, and return what it told."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 1 << 20)
    seed = chance.randrange(1 << 30)
    child = os.fork()
    if child == 0:
        os.close(read)
        live(folder, incarnation, write, seed)
    os.close(write)
    time.sleep(chance.random() * LONGEST_LIFE_SECONDS)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as lines:
        return [msgspec.json.decode(line, type=Told) for line in lines if line.endswith(b"\n")]


class Oracle:
    """What must be held, what may be, and what must not, from what lives told."""

    def __init__(self) -> None:
        self.found = Found()
        self.must: set[Key] = set()
        self.may: set[Key] = set()
        self.never: set[Key] = set()

    def hear(self, line: Told) -> None:
        """One line of a life."""
        keys = set(line.keys)
        match line.what:
            case "held":
                self._compare(keys)
            case "adding":
                self.may |= keys
            case "added":
                self.must |= keys
                self.found.added += len(keys)
            case "settling" | "given_up":
                self.must -= keys
            case "settled":
                self.may -= keys
                self.never |= keys
                self.found.settled += len(keys)
            case "spoilt":
                self.found.spoilt += keys
            case "lost":
                self.found.lost += sum(records for _, records in keys)
            case _:
                self.found.slowest_start_seconds = max(self.found.slowest_start_seconds, line.seconds)

    def _compare(self, held: set[Key]) -> None:
        self.found.missing += self.must - held
        self.found.settled_again += held & self.never
        self.found.never_added += held - self.may - self.never
        self.must, self.may = held.copy(), held.copy()


def main(folder: str, kills: str, seed: str) -> None:
    """Kill so many lives in a folder; a last one looks at what is left."""
    chance, oracle = random.Random(int(seed)), Oracle()
    for number in range(int(kills)):
        for line in killed(Path(folder), f"{number:013d}-a", chance):
            oracle.hear(line)
    spool = patient(folder, LIMIT_BYTES, floor_bytes=0)
    oracle.hear(Told("held", [one.key for one in spool.oldest(1 << 30, 1 << 40)]))
    oracle.found.kills = int(kills)
    sys.stdout.buffer.write(msgspec.json.encode(oracle.found))


if __name__ == "__main__":
    main(*sys.argv[1:])
