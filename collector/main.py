"""The command `tidegauge-collector`.

Exit codes: 0 all is well, or a clean stop · 1 `status`: no collector runs with this folder ·
2 a setting that cannot be · 3 the state folder cannot be written · 4 another collector runs with it.
"""

from __future__ import annotations

import os
import resource
import secrets
import signal
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

import click
import msgspec

import tidegauge
from collector import checks, loop, queue_status, recovery, registry, status, table
from collector.agent import Agent, Progress
from collector.builder import Builder
from collector.claims import Run
from collector.disk.disk_spool import DiskSpool
from collector.identity import Host, this_host
from collector.own import Own
from collector.pace import Pace
from collector.parent import Parent
from collector.readings import Roots
from collector.registry import Loaded
from collector.runner import Runner
from collector.schedule import Tick
from collector.sender import Sender, Who
from collector.state import InUseError, StateError, StateFolder, is_running
from collector.workers import lanes
from tidegauge import log as logs
from tidegauge import settings
from tidegauge.clock import SystemClock
from tidegauge.metrics import incarnations
from tidegauge.settings import Settings, SettingsError

NOT_RUNNING, BAD_SETTING, UNWRITABLE, IN_USE = 1, 2, 3, 4
STOP_SECONDS = 1.8
MB = 1_000_000

Command = Callable[..., Any]


def _flags(command: Command) -> Command:
    """A flag for each setting of the collector; a secret is none, as every process may read them."""
    for row in reversed(settings.TABLE):
        if "collector" in row.programs.split() and not row.secret:
            text = f"{row.help}  [{row.name}{', default ' + row.default if row.default else ''}]"
            command = click.option(row.flag, row.key, default=None, help=text)(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, help=__doc__)
@click.version_option(tidegauge.__version__)
def main() -> None:
    """The group; its help is the module's."""


@main.command()
@click.option("--with-parent", is_flag=True, help="end when the process that started this one ends")
@_flags
def run(with_parent: bool, **given: str | None) -> None:
    """Sample this host once a period and send it, until SIGTERM or Ctrl-C."""
    parent = Parent()
    told = _settings(given)
    logs.configure(told.log_level)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    if with_parent:
        parent.follow()
    try:
        _run(told, lambda seconds: stopped.wait(seconds) or (with_parent and parent.is_gone()))
    except InUseError as error:
        _leave(IN_USE, str(error))
    except StateError as error:
        _leave(UNWRITABLE, f"{error}; give another --state")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="the record as it would be sent, before gzip")
@_flags
def once(as_json: bool, **given: str | None) -> None:
    """Print one sample of this host. It reads twice, a second apart, so that shares of time are there."""
    told, clock = _settings(given), SystemClock()
    runner = Runner(registry.load(registry.READERS, Roots(), told))
    runner.read(Tick(clock.wall_ms()))
    clock.sleep(1)
    tick = Tick(clock.wall_ms())
    host = _host(told, lambda: secrets.token_hex(16))
    name = incarnations.new(tick.stamp_ms), 0
    record = Builder(host, told.interval_ms).record(runner.read(tick), tick.stamp_ms, name, [], [])
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(record)))
    else:
        click.echo("\n".join(table.lines(record)))


@main.command(name="status")
@_flags
def show_status(**given: str | None) -> None:
    """Print how the collector of the state folder does; exit code 1 if none runs."""
    folder = _settings(given).state
    running, found = is_running(folder), status.read(folder)
    if found is None:
        _leave(NOT_RUNNING, f"no collector has run with the state folder {folder}")
    click.echo("\n".join(status.lines(found, running)))
    if not running:
        raise SystemExit(NOT_RUNNING)


def _run(told: Settings, wait: Callable[[float], bool]) -> None:
    """Wire one agent to this host, and let it run until `wait` says to stop."""
    _allow_many_files()
    folder, clock = StateFolder(told.state), SystemClock()
    host = _host(told, folder.host_id)
    aside = folder.settle_in(host.id)
    spool = _spool(told, folder)
    own = Own(Roots())
    runner = Runner([*registry.load(registry.READERS, Roots(), told), Loaded("collector", False, own)])
    threads = lanes(1)
    who = Who(host.id, host.name, told.interval_ms, told.token)
    sender = Sender(who, told.ingest, spool, threads, clock, pace=Pace(told.backlog_rate))
    past = recovery.past(folder.past(), spool.unsummarised())
    agent = Agent(host, runner, sender, clock, told.interval_ms, past, folder.keep, partial(_lost, spool, told))
    own.follow(agent, runner)
    writer = status.StatusWriter(
        folder, agent, partial(queue_status.read, sender, spool, aside), runner.health, os.getpid(), clock
    )
    loop.run([agent, writer], clock, wait)
    lost = agent.stop(STOP_SECONDS)
    if agent.last_ms is not None:
        folder.keep(Progress(agent.incarnation, agent.last_ms), lost)
    writer.turn()
    threads.close()
    spool.close()
    folder.close()


def _spool(told: Settings, folder: StateFolder) -> DiskSpool:
    floor_bytes = None if told.spool_floor_mb is None else told.spool_floor_mb * MB
    return DiskSpool(folder.path / "spool", told.spool_mb * MB, floor_bytes)


def _lost(spool: DiskSpool, told: Settings) -> list[Run]:
    return [run for loss in spool.losses() if (run := loss.run(told.interval_ms))]


def _allow_many_files() -> None:
    """Each container keeps about ten files open; the usual soft limit is 1024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _host(told: Settings, kept_id: Callable[[], str]) -> Host:
    return this_host(Roots(), told.fleet, told.labels, kept_id, told.host_id)


def _settings(given: dict[str, str | None]) -> Settings:
    try:
        told = settings.read(given)
        checks.check(told)
    except SettingsError as error:
        _leave(BAD_SETTING, str(error))
    return told


def _leave(code: int, line: str) -> NoReturn:
    click.echo(f"tidegauge-collector: {line}", err=True)
    raise SystemExit(code)
