"""What the commands of `tidegauge-collector` share: flags from the table of settings, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import click

from collector import checks
from tidegauge import settings
from tidegauge.settings import Settings, SettingsError

PROGRAM = "collector"
NOT_RUNNING, BAD_SETTING, UNWRITABLE, IN_USE, NO_LETTER = 1, 2, 3, 4, 5

Command = Callable[..., Any]


def flags(command: Command) -> Command:
    """A flag for each setting of the collector; a secret is none, as every process may read them."""
    for row in reversed(settings.TABLE):
        if PROGRAM in row.programs.split() and not row.secret:
            default = row.others.get(PROGRAM, row.default)
            text = f"{row.help}  [{row.name}{', default ' + default if default else ''}]"
            command = click.option(row.flag, row.key, default=None, help=text)(command)
    return command


def read(given: Mapping[str, str | None]) -> Settings:
    """The settings of the collector, or one clear line and exit code 2."""
    try:
        told = settings.read(given, program=PROGRAM)
        checks.check(told)
    except SettingsError as error:
        leave(BAD_SETTING, str(error))
    return told


def leave(code: int, line: str) -> NoReturn:
    """End the program with one line."""
    click.echo(f"tidegauge-collector: {line}", err=True)
    raise SystemExit(code)
