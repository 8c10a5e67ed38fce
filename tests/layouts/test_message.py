"""Pages that are only a message."""

from __future__ import annotations

from layouts.message import MessageInfo, layout
from tests.layouts.components import texts


def test_title_text_and_hint_are_shown() -> None:
    """What is empty is left out."""
    assert texts(layout(MessageInfo("No such host", "Why.", "Do this."))) == [
        "No such host",
        "Why.",
        "Do this.",
        "All hosts",
    ]
    assert texts(layout(MessageInfo("<b>"))) == ["<b>", "All hosts"]


def test_a_host_that_is_awaited_is_named() -> None:
    """Where none is, nothing is awaited."""
    assert layout(MessageInfo("No such host", host="h9")).to_plotly_json()["props"]["data-host"] == "h9"
    assert "data-host" not in layout(MessageInfo("No such page")).to_plotly_json()["props"]
