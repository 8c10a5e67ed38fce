"""What a page of the running program shows, read from its own memory and its document."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.e2e.programs import eventually

POINTS = """() => (globalThis.tidegauge?.page?.cards ?? []).filter(c => c.store.loaded).flatMap(card =>
  [...card.store.series.values()].flatMap(s => s.t.map((t, i) =>
    [card.settings.query, s.info.entity, s.info.metric, t, s.v[i], s.j[i]])))"""

Point = tuple[str, str, str, int]


class Screen:
    """One page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def points(self) -> dict[Point, tuple[float | None, int]]:
        """Every point the page holds: (query, entity, metric, bucket) → (value, joined)."""
        found: list[list[Any]] = self.page.evaluate(POINTS)
        return {(q, e, m, t): (v, j) for q, e, m, t, v, j in found}

    def view(self, expression: str) -> Any:
        """An expression over the page's view, such as `view.gaps`; None while no page is there."""
        return self.page.evaluate(
            f"() => {{ const view = globalThis.tidegauge?.page?.view; return view && {expression}; }}"
        )

    def newest(self) -> int:
        """The time of the newest point."""
        return max((t for _, _, _, t in self.points()), default=0)

    def wait_for_points(self, seconds: float = 10) -> None:
        """Until graphs have points."""
        eventually(
            lambda: self.page.evaluate("() => !!globalThis.tidegauge?.page") and self.points(), seconds, "points"
        )

    def now(self) -> int:
        """The host's now as the page carries it on."""
        return int(self.view("view.clock.now(performance.now())"))

    def age(self) -> float:
        """The newest row's age in ms as the page shows it."""
        return float(self.view("view.hostAge(performance.now())"))

    def gap_states(self) -> set[str]:
        """The states of the gaps that are drawn."""
        return {gap["state"] for gap in self.view("view.gaps") or ()}

    def text(self, selector: str) -> str:
        """The text of the first element of a selector."""
        return self.page.locator(selector).first.inner_text()
