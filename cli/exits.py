"""Exit codes of the commands, documented in docs/operations.md."""

from __future__ import annotations

from typing import NoReturn

import click

from tidegauge.storage.base import StoreError

BAD_SETTING = 2
PORT_IN_USE = 3
STORE = 4
COLLECTOR = 5


def leave(code: int, line: str) -> NoReturn:
    """End the program with one clear line on standard error."""
    click.echo(f"tidegauge: {line}", err=True)
    raise SystemExit(code)


def leave_for(error: StoreError) -> NoReturn:
    """The same, for a store that cannot be opened."""
    leave(STORE, f"{error}{'; ' + error.hint if error.hint else ''}")
