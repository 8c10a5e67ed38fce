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
