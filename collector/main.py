"""The command `tidegauge-collector`.

Exit codes: 0 all is well, or a clean stop · 1 `status`: no collector runs with this folder ·
2 a setting that cannot be · 3 the state folder cannot be written · 4 another collector runs with it ·
5 `dead-letters`: no such letter, or one that is damaged.
"""

from __future__ import annotations

import os
import resource
import secrets
import signal
import threading
from collections.abc import Callable
from functools import partial

import click
import msgspec

import tidegauge
from collector import claims, loop, options, queue_status, recovery, registry, status, table
from collector.agent import Agent, Progress
from collector.builder import Builder
from collector.claims import Run
from collector.disk.disk_spool import DiskSpool
from collector.identity import Host, this_host
from collector.letters.dead_letters import DeadLetters
from collector.letters.letter_commands import dead_letters
from collector.letters.letter_folder import LetterFolder
from collector.options import IN_USE, NOT_RUNNING, PROGRAM, UNWRITABLE, flags
from collector.own import Own
from collector.parent import Parent
from collector.readings import roots
from collector.registry import Loaded
from collector.runner import Runner
from collector.schedule import Tick
from collector.sending.pace import Pace
from collector.sending.sender import Sender, Who
from collector.sending.token import Token
from collector.sending.workers import lanes
from collector.state import InUseError, StateError, StateFolder, is_running
from tidegauge import log as logs
from tidegauge import settings
from tidegauge.clock import SystemClock
from tidegauge.metrics import incarnations
from tidegauge.settings import Settings

STOP_SECONDS = 1.6
MB = 1_000_000


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, help=__doc__)
@click.version_option(tidegauge.__version__)
def main() -> None:
    """The group; its help is the module's."""


main.add_command(dead_letters)


@main.command()
@click.option("--with-parent", is_flag=True, help="end when the process that started this one ends")
@flags
def run(with_parent: bool, **given: str | None) -> None:
    """Sample this host once a period and send it, until SIGTERM or Ctrl-C."""
    parent = Parent()
    told = options.read(given)
    logs.configure(told.log_level)
    token = Token(told.token, lambda: settings.read(given, program=PROGRAM).token, SystemClock())
    signal.signal(signal.SIGHUP, lambda *_: token.expire())
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    if with_parent:
        parent.follow()
    try:
        _run(told, token, lambda seconds: stopped.wait(seconds) or (with_parent and parent.is_gone()))
    except InUseError as error:
        options.leave(IN_USE, str(error))
    except StateError as error:
        options.leave(UNWRITABLE, f"{error}; give another --state")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="the record as it would be sent, before gzip")
@flags
def once(as_json: bool, **given: str | None) -> None:
    """Print one sample of this host. It reads twice, a second apart, so that shares of time are there."""
    told, clock = options.read(given), SystemClock()
    runner = Runner(registry.load(registry.READERS, roots(told.host_root), told))
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
@flags
def show_status(**given: str | None) -> None:
    """Print how the collector of the state folder does; exit code 1 if none runs."""
    folder = options.read(given).state
    running, found = is_running(folder), status.read(folder)
    if found is None:
        options.leave(NOT_RUNNING, f"no collector has run with the state folder {folder}")
    click.echo("\n".join(status.lines(found, running)))
    if not running:
        raise SystemExit(NOT_RUNNING)


def _run(told: Settings, token: Token, wait: Callable[[float], bool]) -> None:
    """Wire one agent to this host, and let it run until `wait` says to stop."""
    _allow_many_files()
    folder, clock = StateFolder(told.state), SystemClock()
    host = _host(told, folder.host_id)
    aside = folder.settle_in(host.id)
    spool = _spool(told, folder)
    own = Own(roots(told.host_root))
    runner = Runner([*registry.load(registry.READERS, roots(told.host_root), told), Loaded("collector", False, own)])
    threads = lanes(1)
    who = Who(host.id, host.name, told.interval_ms, token)
    letters = DeadLetters(LetterFolder(folder.path, told.dead_letters_mb * MB))
    sender = Sender(who, told.ingest, spool, threads, clock, pace=Pace(told.backlog_rate), letters=letters)
    past = recovery.past(folder.past(), spool.unsummarised())
    agent = Agent(
        host, runner, sender, clock, told.interval_ms, past, folder.keep, partial(_lost, spool, letters, told)
    )
    own.follow(agent, runner, partial(_disk_errors, spool))
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


def _disk_errors(spool: DiskSpool) -> int:
    health = spool.health()
    return health.write_errors + health.sync_errors


def _lost(spool: DiskSpool, letters: DeadLetters, told: Settings) -> list[Run]:
    return [*recovery.lost(spool, told.interval_ms), *claims.runs(letters.take_lost())]


def _allow_many_files() -> None:
    """Each container keeps about ten files open; the usual soft limit is 1024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _host(told: Settings, kept_id: Callable[[], str]) -> Host:
    return this_host(roots(told.host_root), told.fleet, told.labels, kept_id, told.host_id)
