"""What an engine knows of a container: the answer to /containers/ID/json. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from collector.engines.rows import Row
from collector.engines.told import EngineError
from collector.readings import printable
from tidegauge.metrics.events import HEALTHS


class About(NamedTuple):
    """A container. attributes: as its rows carry them. health: "" without a check.

    exit_code, finished_ns: of its last end, "" and 0 while it runs. oom: the kernel ended it.
    """

    attributes: Mapping[str, str]
    health: str = ""
    exit_code: str = ""
    finished_ns: int = 0
    oom: bool = False


class _Health(msgspec.Struct):
    status: str = msgspec.field(default="", name="Status")


class _State(msgspec.Struct):
    running: bool = msgspec.field(default=False, name="Running")
    exit_code: int = msgspec.field(default=0, name="ExitCode")
    oom: bool = msgspec.field(default=False, name="OOMKilled")
    finished: str = msgspec.field(default="", name="FinishedAt")
    health: _Health | None = msgspec.field(default=None, name="Health")


class _Config(msgspec.Struct):
    image: str = msgspec.field(default="", name="Image")
    labels: dict[str, str] | None = msgspec.field(default=None, name="Labels")


class _Answer(msgspec.Struct):
    name: str = msgspec.field(default="", name="Name")
    state: _State = msgspec.field(default_factory=_State, name="State")
    config: _Config = msgspec.field(default_factory=_Config, name="Config")


_decoder = msgspec.json.Decoder(_Answer)


def read_about(body: bytes, row: Row, labels: Sequence[str]) -> About:
    """What an answer says; `labels` are those that its rows shall carry too. Raises EngineError."""
    try:
        answer = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EngineError(f"no answer about a container: {error}") from error
    state, known = answer.state, answer.config.labels or {}
    found = {
        "container.name": answer.name.removeprefix("/"),
        "container.runtime": row.runtime,
        "container.image.name": answer.config.image,
        "container.project": next((known[label] for label in row.project if label in known), ""),
        "container.service": next((known[label] for label in row.service if label in known), ""),
        **{f"container.labels.{label}": known.get(label, "") for label in labels},
    }
    attributes = {key: printable(text.encode(errors="replace")) for key, text in found.items() if text}
    health = state.health.status if state.health and state.health.status in HEALTHS else ""
    if state.running:
        return About(attributes, health)
    return About(attributes, health, str(state.exit_code), _nanoseconds(state.finished), state.oom)


def _nanoseconds(text: str) -> int:
    """A time of RFC 3339 as ns since the epoch; 0 for none, which engines write as the year 1."""
    try:
        seconds = datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return 0
    return max(0, int(seconds * 1e6) * 1000)
