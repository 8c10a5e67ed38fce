"""`data-` and `aria-` attributes."""

from __future__ import annotations

import json

from layouts.attributes import aria, data


def test_texts_stay_as_they_are() -> None:
    """A text is the attribute's value."""
    assert data(role="value", page="<b>") == {"data-role": "value", "data-page": "<b>"}
    assert aria(label="About") == {"aria-label": "About"}


def test_mappings_become_json() -> None:
    """A mapping is read back as it was."""
    value = {"unit": "bytes/s", "limit": None, "below": ("a",)}
    assert json.loads(data(graph=value)["data-graph"]) == {"unit": "bytes/s", "limit": None, "below": ["a"]}
