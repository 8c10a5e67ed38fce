"""The commands `tidegauge-collector dead-letters …`: they move and remove letters, also while the collector runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from collector import options, table
from collector.letters.letter_folder import Entry, LetterFolder
from collector.options import NO_LETTER
from collector.state import is_running


@click.group(name="dead-letters")
def dead_letters() -> None:
    """Records that no server took: list them, have them sent again, drop them."""


@dead_letters.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="all that is known of them, but the records themselves")
@options.flags
def show(as_json: bool, **given: str | None) -> None:
    """List the records that no server took, and why."""
    found = _entries(LetterFolder(Path(options.read(given).state)))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([_told(entry) for entry in found])))
    else:
        click.echo("\n".join(map(_line, found)) or "no dead letters")


@dead_letters.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="all that are whole")
@options.flags
def retry(ids: tuple[str, ...], every: bool, **given: str | None) -> None:
    """Have the running collector send letters again; a record that is refused again is a letter again."""
    state = options.read(given).state
    folder = LetterFolder(Path(state))
    chosen = _chosen(folder, ids, every)
    damaged = [entry.id for entry in chosen if entry.letter is None]
    if damaged and not every:
        options.leave(NO_LETTER, f"damaged, can only be dropped: {' '.join(damaged)}; nothing was done")
    for entry in chosen:
        if entry.letter and not entry.waits:
            _act(folder.send_again, entry.id)
    later = "" if is_running(state) else "; no collector runs now, the next one does it"
    left = f", {len(damaged)} damaged" if damaged else ""
    click.echo(f"{len(chosen) - len(damaged)} to be sent again{left}{later}")


@dead_letters.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="all of them")
@options.flags
def drop(ids: tuple[str, ...], every: bool, **given: str | None) -> None:
    """Remove letters for good, with their records."""
    folder = LetterFolder(Path(options.read(given).state))
    chosen = _chosen(folder, ids, every)
    for entry in chosen:
        _act(folder.drop, entry.id)
    click.echo(f"{len(chosen)} dropped")


def _entries(folder: LetterFolder) -> list[Entry]:
    try:
        return list(folder.entries())
    except OSError as error:
        options.leave(NO_LETTER, f"{folder.path} cannot be read: {error.strerror}")


def _chosen(folder: LetterFolder, ids: Sequence[str], every: bool) -> list[Entry]:
    """The letters that are meant: all, or those with the names that were given, each once."""
    if every == bool(ids):
        raise click.UsageError("name the letters, or say --all")
    found = _entries(folder)
    if every:
        return found
    unknown = sorted(set(ids) - {entry.id for entry in found})
    if unknown:
        options.leave(NO_LETTER, f"no such letter: {' '.join(unknown)}; nothing was done")
    return [entry for entry in found if entry.id in ids]


def _act(action: Callable[[str], None], id: str) -> None:
    """One that goes meanwhile, as the collector made room or sent it, is no error."""
    try:
        action(id)
    except FileNotFoundError:
        return
    except OSError as error:
        options.leave(NO_LETTER, f"{id}: {error.strerror}")


def _told(entry: Entry) -> dict[str, Any]:
    about = msgspec.structs.asdict(entry.letter.about) if entry.letter else {}
    return {"id": entry.id, "state": _state(entry), "size_bytes": entry.size_bytes, **about}


def _state(entry: Entry) -> str:
    if entry.letter is None:
        return "damaged"
    return "waiting" if entry.waits else "kept"


def _line(entry: Entry) -> str:
    size = table.number(entry.size_bytes, "By")
    if entry.letter is None:
        return f"{entry.id}  damaged, {size}"
    about = entry.letter.about
    when = datetime.fromtimestamp(about.time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    items = f", items: {len(about.items)}" if about.items else ""
    waits = ", to be sent again" if entry.waits else ""
    return f"{entry.id}  {when}  {size:>9}  {about.outcome}: {about.reason}{items}{waits}"
