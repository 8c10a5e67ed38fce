"""Frames: an answer as pandas has it, wide or long, with what it rests on in `.attrs`.

`.attrs` is plain JSON, so that frames can be stored, joined and copied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from tidegauge.client import columns as c
from tidegauge.client import question
from tidegauge.client.answer import Answer, Gap, Known
from tidegauge.client.columns import Column
from tidegauge.metrics.parts import Floats, Ints
from tidegauge.metrics.query import Query, to_url

Shape = Literal["wide", "long"]


def frame(query: Query, answer: Answer, known: Sequence[Known], link: str, shape: Shape = "wide") -> pd.DataFrame:
    """An answer as a frame. known: the entities that the query matches; link: where it can be seen again."""
    made = c.columns(query, answer, known)
    times, standing = c.index(query, answer, made)
    table = c.values(times, standing)
    drawn = _wide(times, standing, table) if shape == "wide" else _long(query, answer, made)
    drawn.attrs = {
        **_units(standing),
        "step": question.step_text(answer.step_ms),
        "source": answer.source,
        "query": to_url(query),
        "url": link,
        "from": _text(answer.from_ms),
        "to": _text(answer.to_ms),
        "points": int(np.isfinite(table).sum()),
        "expected": _expected(query, answer, standing, len(times)),
        "gaps": spans(answer.gaps),
    }
    return drawn


def moments(ms: Any) -> pd.DatetimeIndex:
    """Times in ms since the epoch as an index in UTC."""
    return pd.DatetimeIndex(np.asarray(ms, np.int64).astype("datetime64[ms]"), name="time").tz_localize("UTC")


def spans(gaps: Mapping[str, Sequence[Gap]]) -> list[dict[str, str]]:
    """Gaps as JSON, by time: host (id), start, end (ISO 8601, UTC), state, text."""
    found = sorted((gap.from_ms, gap.to_ms, host, gap.state, gap.text) for host, own in gaps.items() for gap in own)
    return [
        {"host": host, "start": _text(start), "end": _text(end), "state": state, "text": text}
        for start, end, host, state, text in found
    ]


def _wide(times: Ints, standing: Sequence[Column], table: Floats) -> pd.DataFrame:
    return pd.DataFrame(table, index=moments(times), columns=[one.label for one in standing])


def _long(query: Query, answer: Answer, made: Sequence[Column]) -> pd.DataFrame:
    """A row for each point: time, host, entity, name, metric, the attributes of `by`, value, gap."""
    counts = [len(one.time) for one in made]
    texts: dict[str, list[str]] = {
        "host": [one.host for one in made],
        "entity": [one.entity for one in made],
        "name": [one.name for one in made],
        "metric": [one.metric for one in made],
    }
    texts |= {attribute: [one.by[place] for one in made] for place, attribute in enumerate(query.by)}
    repeated = {name: np.repeat(np.array(column, object), counts) for name, column in texts.items()}
    drawn = {
        "time": moments(np.concatenate([one.time for one in made]) if made else []),
        **repeated,
        "value": np.concatenate([one.value for one in made]) if made else np.empty(0),
        "gap": np.concatenate([_states(one, answer.gaps) for one in made]) if made else np.empty(0, object),
    }
    return pd.DataFrame(drawn)


def _states(one: Column, gaps: Mapping[str, Sequence[Gap]]) -> Any:
    """The state of the gap that each point lies in, "" for none: `late`, of rows that came late."""
    found = np.full(len(one.time), "", object)
    for gap in gaps.get(one.host, ()):
        if gap.state == "late":
            found[(one.time >= gap.from_ms) & (one.time <= gap.to_ms)] = gap.state
    return found


def _units(standing: Sequence[Column]) -> dict[str, Any]:
    """unit: that of all columns, "" if they differ; series: what each column is."""
    units = {one.unit for one in standing}
    series = {
        one.label: {"entity": one.entity, "host": one.host, "metric": one.metric, "unit": one.unit} for one in standing
    }
    return {"unit": units.pop() if len(units) == 1 else "", "series": series}


def _expected(query: Query, answer: Answer, standing: Sequence[Column], height: int) -> int:
    """How many points there would be if none were missing."""
    if step_ms := answer.step_ms:
        return sum(height * step_ms // max(step_ms, one.period_ms) for one in standing)
    return sum(len(c.ticks(query, answer, one)) for one in standing)


def _text(ms: int) -> str:
    text: str = moments([ms])[0].isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
