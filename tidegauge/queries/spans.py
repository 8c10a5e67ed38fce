"""Which spans of tiles a question touches, and what of them the store has to be asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, NamedTuple, TypeVar

from tidegauge.queries.tiles import Tile

Item = TypeVar("Item")


class Span(NamedTuple):
    """The span of a tile, and up to where it is closed."""

    begin_ms: int
    end_ms: int
    until_ms: int


@dataclass(frozen=True)
class Ask(Generic[Item]):
    """One question to the store: these items over [from_ms, to_ms). spans: those that it completes, one
    after another; behind the last it asks for what is not closed."""

    items: tuple[Item, ...]
    from_ms: int
    to_ms: int
    spans: tuple[Span, ...]

    def pieces(self) -> list[tuple[int, int]]:
        """What is asked of each of `spans`, and behind them, if anything is."""
        edges = [self.from_ms, *(span.until_ms for span in self.spans), self.to_ms]
        return [(begin, end) for begin, end in pairwise(edges) if begin < end]


def of(start_ms: int, end_ms: int, closed_ms: int, width_ms: int) -> list[Span]:
    """The spans of a width that touch [start_ms, end_ms) and are closed at least in part."""
    until_ms = min(end_ms, closed_ms)
    begins = range(start_ms - start_ms % width_ms, until_ms, width_ms) if start_ms < until_ms else ()
    return [Span(begin, begin + width_ms, min(begin + width_ms, closed_ms)) for begin in begins]


def asks(
    items: Sequence[Item], spans: Sequence[Span], held: Mapping[tuple[Item, Span], Tile[Any]], open_ms: tuple[int, int]
) -> list[Ask[Item]]:
    """What the store has to be asked so that all of `spans` is there, and what is not closed: [open_ms).

    As few questions as can be without asking for what is there: spans that follow each other and lack
    the same items are asked for together. A tile that is there in part is completed from its end on.
    """
    found: list[Ask[Item]] = []
    for span in spans:
        short = tuple(item for item in items if _until(held.get((item, span)), span) < span.until_ms)
        if short:
            from_ms = min(_until(held.get((item, span)), span) for item in short)
            _append(found, Ask(short, from_ms, span.until_ms, (span,)))
    if open_ms[0] < open_ms[1]:
        _append(found, Ask(tuple(items), *open_ms, ()))
    return found


def _until(tile: Tile[Any] | None, span: Span) -> int:
    return span.begin_ms if tile is None else tile.until_ms


def _append(found: list[Ask[Item]], ask: Ask[Item]) -> None:
    if found and found[-1].to_ms == ask.from_ms and found[-1].items == ask.items:
        before = found.pop()
        ask = Ask(ask.items, before.from_ms, ask.to_ms, before.spans + ask.spans)
    found.append(ask)
