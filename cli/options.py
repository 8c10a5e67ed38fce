"""Flags of the commands, made from the one table of settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from cli import exits
from tidegauge import settings
from tidegauge.settings import Settings, SettingsError

Command = Callable[..., Any]


def flags(*programs: str) -> Callable[[Command], Command]:
    """A flag for each setting that one of the programs reads. No secret is ever a flag."""

    def decorate(command: Command) -> Command:
        for row in reversed(settings.TABLE):
            if set(programs) & set(row.programs.split()) and not row.secret:
                default = row.others.get(programs[0], row.default)
                text = f"{row.help}  [{row.name}{', default ' + default if default else ''}]"
                command = click.option(row.flag, row.key, default=None, help=text)(command)
        return command

    return decorate


def read(given: dict[str, str | None], program: str = "") -> Settings:
    """The settings of a program, or one clear line and exit code 2."""
    try:
        return settings.read(given, program=program)
    except SettingsError as error:
        exits.leave(exits.BAD_SETTING, str(error))
