"""Writes the pages of docs/ that are tables of the code: `make docs`. A test holds them to the code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path

from tidegauge import settings
from tidegauge.metrics.catalogue import Metric, catalogue

FOLDER = Path(__file__).parent

MADE = "<!-- Made by `make docs`; edit the code's table instead. -->"


def settings_page() -> str:
    """docs/settings.md, from the table of `tidegauge.settings`."""
    lines = [
        "# Settings",
        "",
        MADE,
        "",
        "Each setting is a flag, an environment variable and a key of a file; the first of these that is given counts.",
        "",
        "The file is TOML; `--config` or `TIDEGAUGE_CONFIG` names it, and the collector reads",
        "`/etc/tidegauge/collector.toml` if that is there and no other is named. Its keys are the flags' names, with",
        "`_` for `-`; a list may stand for what has commas, a table for `k=v`:",
        "",
        "```toml",
        "interval_ms = 1000",
        'ingest = ["https://a.example:8050", "https://b.example:8050"]',
        'token_file = "/etc/tidegauge/token"',
        'labels = { rack = "7" }',
        "```",
        "",
        "A secret is no flag; it is also read from the file that `NAME_FILE`, or the key with `_file`, names. A",
        "`TIDEGAUGE_` name or a key that is not in this table stops the program with one clear line.",
        "",
        *_table(("setting", "flag", "read by", "default", "meaning"), map(_setting, settings.TABLE)),
    ]
    return "\n".join(lines) + "\n"


def _setting(row: settings.Setting) -> tuple[str, ...]:
    name = f"`{row.name}`" + (f", `{row.name}_FILE`" if row.secret else "")
    default = f"`{row.default}`" if row.default else "none"
    default += "".join(f", {program} `{other}`" for program, other in row.others.items())
    return name, f"`{row.flag}`", ", ".join(row.programs.split()), default, row.help


def metrics_page() -> str:
    """docs/metrics.md, from the catalogue, by kind of entity."""
    lines = [
        "# Metrics",
        "",
        MADE,
        "",
        "Names are OpenTelemetry's; an attribute of few fixed values is a suffix. A counter is cumulative and is shown",
        "as its rate; a gauge is the value at its time. A value that cannot be read is absent, never 0.",
    ]
    for entity, rows in groupby(catalogue().values(), key=lambda row: row.entity):
        lines += ["", f"## {entity}", "", *_table(("metric", "unit", "kind", "meaning", "source"), map(_metric, rows))]
    return "\n".join(lines) + "\n"


def _metric(row: Metric) -> tuple[str, ...]:
    return f"`{row.name}`", f"`{row.unit}`", row.kind, row.help, row.formula


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A Markdown table; what Markdown would read as its own is escaped."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return ["| " + " | ".join(row) + " |" for row in [list(head), ["---"] * len(head), *cells]]


PAGES: dict[str, Callable[[], str]] = {"settings.md": settings_page, "metrics.md": metrics_page}


def main() -> None:
    """Write every page anew."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
