"""`tidegauge demo`: simulated hosts through the collector's real queue and sender."""

from __future__ import annotations

import re
import signal
import threading

import click

from cli import exits
from collector import loop
from collector.sending.workers import lanes
from collector.simulation.simulated import simulated_agents
from tidegauge import log as logs
from tidegauge.clock import Clock, OffsetClock, SystemClock
from tidegauge.metrics.ranges import UNITS_MS
from tidegauge.settings import Settings

STOP_SECONDS = 5.0

_OFFSET = re.compile(r"([+-]?)([0-9]{1,6})([smhd])")


def run(hosts: int, containers: int, url: str, seed: int, clock_offset: str, settings: Settings) -> None:
    """Run the hosts until Ctrl-C or SIGTERM."""
    clock = _clock(clock_offset)
    logs.configure(settings.log_level)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    threads = lanes(hosts)
    urls = [url.rstrip("/")]
    period_ms, token = settings.interval_ms, settings.token
    simulated = simulated_agents(hosts, containers, seed, urls, clock, threads, period_ms, token)
    click.echo(f"{hosts} simulated hosts with {containers} containers each send to {url}. Ctrl-C stops them.")
    loop.run(simulated, clock, stopped.wait)
    loop.stop(simulated, clock, STOP_SECONDS)
    threads.close()


def _clock(offset: str) -> Clock:
    match = _OFFSET.fullmatch(offset.strip())
    if match is None:
        exits.leave(exits.BAD_SETTING, f"--clock-offset: {offset!r} is none: write -1h, +90s, 2d")
    sign, count, unit = match.groups()
    return OffsetClock(SystemClock(), int(f"{sign}{count}") * UNITS_MS[unit])
