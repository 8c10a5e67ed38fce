"""Which colour a series has: as on the pages (assets/js/core/palette.mjs, drawn.mjs), by its name. Pure."""

from __future__ import annotations

from collections.abc import Sequence

COLOURS = ("#0072b2", "#d97706", "#009e73", "#c2669a", "#3a9bd9", "#c2410c", "#7c6bd6", "#6b7c1f")
NEUTRAL = "#c8ccd2"
"""Of what is free: hardly there."""

_FREE = -1
FIXED = {
    **{"user": 0, "system": 1, "nice": 4, "interrupt": 6, "steal": 3, "iowait": 5},
    **{"used": 0, "cached": 2, "buffers": 4, "free": _FREE},
    **{"receive": 2, "transmit": 0, "read": 2, "write": 0, "in": 2, "out": 0},
    **{"1m": 0, "5m": 2, "15m": 1, "cpu": 0, "memory": 2, "io": 1},
    **{"running": 2, "sleeping": 4, "stopped": 1, "defunct": 5, "other": 6},
    **{"tcp": 0, "udp": 2, "tcp_time_wait": 1, "working_set": 0, "usage": 2},
}
"""Names that mean the same on every page, and their place among the colours."""


def colours(names: Sequence[str]) -> list[str]:
    """A colour for each of some distinct names, in order; only where two would share one the later moves on."""
    taken: set[int] = set()
    found = []
    for name in names:
        place = FIXED.get(name, fnv1a(name) % len(COLOURS))
        while place != _FREE and place in taken and len(taken) < len(COLOURS):
            place = (place + 1) % len(COLOURS)
        if place != _FREE:
            taken.add(place)
        found.append(NEUTRAL if place == _FREE else COLOURS[place])
    return found


def fnv1a(text: str) -> int:
    """FNV-1a over UTF-16, as browsers hash names (32 bits)."""
    value = 0x811C9DC5
    units = text.encode("utf-16-le", "surrogatepass")
    for low, high in zip(units[::2], units[1::2], strict=True):
        value = ((value ^ (low | high << 8)) * 0x01000193) & 0xFFFFFFFF
    return value


def own_word(metric: str, metrics: Sequence[str]) -> str:
    """The first word of a metric's name that not all of `metrics` begin with."""
    split = [name.split(".") for name in metrics]
    shared = 0
    while all(len(words) > shared + 1 and words[shared] == split[0][shared] for words in split):
        shared += 1
    return metric.split(".")[shared]


def mixed(colour: str, share: float) -> str:
    """A colour `#rrggbb` over white, so much of it."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part * share + 255 * (1 - share)):02x}" for part in parts)
