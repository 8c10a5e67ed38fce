"""The table of pages."""

from __future__ import annotations

import importlib
import inspect

import pytest

from app.pages_table import PAGES, Page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_row_names_a_loader_that_takes_its_path(page: Page) -> None:
    """`load(node, …)` has a parameter for each part of the path in angle brackets."""
    load = importlib.import_module(f"app.pages.{page.name}").load
    wanted = [piece[1:-1] for piece in page.path.split("/") if piece.startswith("<")]
    assert list(inspect.signature(load).parameters) == ["node", *wanted]


def test_no_path_or_title_stands_twice() -> None:
    """Each page has its own."""
    for column in ("name", "path", "title"):
        values = [getattr(page, column) for page in PAGES]
        assert len(set(values)) == len(values)
