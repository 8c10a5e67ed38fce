"""`tidegauge demo`: simulated hosts through the collector's real queue and sender."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable

import click

from cli import exits
from collector import loop
from collector.sending.workers import lanes
from collector.simulation.simulated import simulated_agents
from tidegauge import log as logs
from tidegauge.clock import Clock, OffsetClock, SystemClock
from tidegauge.metrics.ranges import UNITS_MS
from tidegauge.sessions import tokens
from tidegauge.sessions.signing import Signer
from tidegauge.settings import Settings

STOP_SECONDS = 5.0
TOKEN_DAYS = 30

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
    token_of = _tokens(settings)
    simulated = simulated_agents(hosts, containers, seed, urls, clock, threads, settings.interval_ms, token_of)
    click.echo(f"{hosts} simulated hosts with {containers} containers each send to {url}. Ctrl-C stops them.")
    loop.run(simulated, clock, stopped.wait)
    loop.stop(simulated, clock, STOP_SECONDS)
    threads.close()


def _tokens(settings: Settings) -> Callable[[str], str]:
    """What makes each host's token where the nodes' key is known; nobody has a note of them."""
    if not settings.secret_key:
        return lambda _host: settings.token
    signer, now_ms = Signer(settings.secret_key), SystemClock().wall_ms()
    return lambda host: signer.sign(tokens.COLLECTOR, tokens.begin(host, now_ms, TOKEN_DAYS))


def _clock(offset: str) -> Clock:
    match = _OFFSET.fullmatch(offset.strip())
    if match is None:
        exits.leave(exits.BAD_SETTING, f"--clock-offset: {offset!r} is none: write -1h, +90s, 2d")
    sign, count, unit = match.groups()
    return OffsetClock(SystemClock(), int(f"{sign}{count}") * UNITS_MS[unit])
