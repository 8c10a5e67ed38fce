"""What stands around every page."""

from __future__ import annotations

from dash import html

from layouts.shell import RANGES, NavItem, ShellInfo, layout
from tests.layouts.components import marked, texts, walk
from tidegauge.metrics.query import Query

CONTENT = html.Main("the page")


def test_the_content_stands_in_the_shell() -> None:
    """With the navigation that was given."""
    found = texts(layout(ShellInfo(nav=(NavItem("Events", "/events"),)), CONTENT))
    assert "the page" in found
    assert "Events" in found


def test_every_range_is_one_the_server_reads() -> None:
    """Auto aside, which the browser asks for as 5 minutes."""
    assert marked(layout(ShellInfo(), CONTENT), "range") == [start for start, _ in RANGES]
    for start, _ in RANGES[1:]:
        Query(metrics=("a",), start=start)


def test_all_that_javascript_fills_and_hears_is_there() -> None:
    """Status, pill, typed range, help and announcements; theme, help, live and range."""
    shell = layout(ShellInfo(), CONTENT)
    assert {"status", "pill", "range", "range-form", "help", "announce", "toast"} <= set(marked(shell, "role"))
    assert {"live", "range", "theme", "help"} <= set(marked(shell, "action"))


def test_who_is_signed_in_can_sign_out_without_a_script() -> None:
    """Here or everywhere, by forms; where nobody has to sign in there is nothing to sign out of."""
    signed_in = layout(ShellInfo(user="<ann>", role="editor"), CONTENT)
    assert {"<ann>", "editor", "Sign out", "Sign out everywhere"} <= set(texts(signed_in))
    forms = [one for one in walk(signed_in) if isinstance(one, html.Form)]
    assert [(one.action, one.method, one.children.value) for one in forms] == [
        ("/logout", "POST", ""),
        ("/logout", "POST", "yes"),
    ]
    assert "Nobody has to sign in here." in texts(layout(ShellInfo(), CONTENT))


def test_a_notice_is_for_every_page() -> None:
    """Only where there is one."""
    assert "read only" in texts(layout(ShellInfo(notice="read only"), CONTENT))
    assert "read only" not in texts(layout(ShellInfo(), CONTENT))
