"""The table of pages, written out: path, title, and the module whose `load` makes it."""

from __future__ import annotations

from typing import NamedTuple


class Page(NamedTuple):
    """A row. name: of the module in app/pages and in layouts/."""

    name: str
    path: str
    title: str


PAGES = (
    Page("fleet", "/", "Hosts"),
    Page("host", "/hosts/<host>", "Host"),
    Page("container", "/containers/<container>", "Container"),
    Page("system", "/system", "System"),
)
