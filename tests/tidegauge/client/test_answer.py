"""What sources answer, as docs/api.md writes it."""

from __future__ import annotations

import msgspec
import pytest

from tidegauge.client.answer import Answer, Gap, Known

TEXT = b"""{"query": "metrics=x", "from_ms": 1, "to_ms": 9, "step_ms": 0, "source": "minute", "new": [1],
"series": [{"entity": "e", "name": "n", "metric": "x", "label": "l", "unit": "1", "kind": "counter", "more": 1,
            "time_ms": [1, 2], "value": [0.5, null]}],
"gaps": {"h": [{"from_ms": 1, "to_ms": 2, "state": "late", "text": "t"}]}}"""


def test_an_answer_of_the_api_is_read() -> None:
    """A value that is null is None; fields of a newer server are passed over."""
    read = msgspec.json.decode(TEXT, type=Answer)
    assert (read.source, read.series[0].value, read.gaps) == ("minute", [0.5, None], {"h": [Gap(1, 2, "late", "t")]})


def test_what_is_no_answer_is_refused() -> None:
    """Another shape, or a time that is none."""
    for text in (b"[]", b"{}", TEXT.replace(b"[1, 2]", b"[1.5]")):
        with pytest.raises(msgspec.DecodeError):
            msgspec.json.decode(text, type=Answer)


def test_an_entity_of_the_api_is_read() -> None:
    """What stands in `start` is not needed."""
    text = b'{"entity": "h1", "kind": "host", "host": "h1", "start": "boot", "period_ms": 1000, "attributes": {}}'
    assert msgspec.json.decode(text, type=Known) == Known("h1", "host", "h1", 1000)
