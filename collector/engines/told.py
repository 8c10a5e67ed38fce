"""A line of an engine's event stream. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from collector.engines.rows import ASKED, DIE, HEALTH, Row
from collector.readings import printable
from tidegauge.metrics.events import HEALTHS

_ID = re.compile(r"[0-9a-f]{64}")

HARMLESS = frozenset({"1", "10", "12", "17", "18", "19", "20", "21", "22", "23", "28"})
"""Signals that do not ask for an end: HUP, USR1 and 2, CHLD, CONT, STOP and its kin, URG, WINCH."""


class EngineError(Exception):
    """What an engine said could not be understood, or it could not be asked. denied: for want of rights."""

    def __init__(self, text: str, denied: bool = False) -> None:
        super().__init__(text)
        self.denied = denied


class Told(NamedTuple):
    """What an engine told: which container, when (ns since the epoch, its clock), what, in the words of `rows`."""

    container: str
    time_ns: int
    what: str
    name: str = ""
    exit_code: str = ""
    status: str = ""
    oom: bool = False


class _Actor(msgspec.Struct):
    id: str = msgspec.field(default="", name="ID")
    attributes: dict[str, object] | None = msgspec.field(default=None, name="Attributes")


class _Line(msgspec.Struct):
    type: str = msgspec.field(default="", name="Type")
    action: str = msgspec.field(default="", name="Action")
    time_ns: int = msgspec.field(default=0, name="timeNano")
    health: str = msgspec.field(default="", name="HealthStatus")
    actor: _Actor = msgspec.field(default_factory=_Actor, name="Actor")


_decoder = msgspec.json.Decoder(_Line)


def read_line(line: bytes, row: Row) -> Told | None:
    """What a line tells; None for what does not matter here. Raises EngineError."""
    try:
        event = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EngineError(f"an event that is none: {error}") from error
    word, _, status = event.action.partition(": ")
    what = row.actions.get(word)
    if event.type != "container" or what is None or not _ID.fullmatch(event.actor.id):
        return None
    about = {key: value for key, value in (event.actor.attributes or {}).items() if isinstance(value, str)}
    if what == ASKED and about.get("signal") in HARMLESS:
        return None
    name = printable(about.get("name", "").encode(errors="replace"))
    told = Told(event.actor.id, event.time_ns, what, name)
    if what == DIE:
        return told._replace(exit_code=_code(_first(about, row.exit_code)))
    if what == HEALTH:
        status = status or event.health
        return told._replace(status=status if status in HEALTHS else "")
    return told


def _first(about: dict[str, str], names: tuple[str, ...]) -> str:
    return next((about[name] for name in names if name in about), "")


def _code(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 6 else ""
