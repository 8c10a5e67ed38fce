"""The page of the system itself."""

from __future__ import annotations

import pytest

from layouts.system import (
    AILING,
    ASIDE,
    BACKLOG,
    CLOCKS,
    COLLECTORS,
    NODES,
    STORE,
    WEB,
    WEBS,
    SystemInfo,
    layout,
)
from tests.layouts.components import encode, marked, texts

PANELS = (STORE, WEB, NODES, WEBS, BACKLOG, COLLECTORS, AILING, CLOCKS, ASIDE)


def test_each_field_has_its_place_and_title() -> None:
    """JavaScript finds by key what it fills; a title says what it is."""
    page = layout(SystemInfo("web-1"))
    assert marked(page, "field") == [field.key for fields in PANELS for field in fields]
    assert {field.title for fields in PANELS for field in fields} <= set(texts(page))


@pytest.mark.parametrize("fields", PANELS, ids=lambda fields: fields[0].title)
def test_no_key_stands_twice_in_a_panel(fields: tuple[object, ...]) -> None:
    """Else one of the two would never be filled."""
    assert len({field.key for field in fields}) == len(fields)  # type: ignore[attr-defined]


def test_all_that_javascript_fills_is_there() -> None:
    """A verdict, what is wrong, three panels of facts and six of tables."""
    page = layout(SystemInfo())
    assert {"verdict", "told", "problems", "mark", "note", "detail", "rows", "empty", "frame"} == set(
        marked(page, "role")
    )
    assert marked(page, "facts") == ["store", "web", "aside"]
    assert marked(page, "table") == ["nodes", "webs", "backlog", "collectors", "ailing", "clocks"]


def test_until_it_is_told_it_says_whom_it_asks() -> None:
    """Nothing looks like a value before there is one."""
    found = texts(layout(SystemInfo("<script>")))
    assert "asking <script>" in found
    assert "not told yet" in found
    assert "<script>" in encode(layout(SystemInfo("<script>")))
