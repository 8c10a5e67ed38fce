"""Whatever fails, and however often: nothing is lost, nothing is doubled, and every browser shows what is stored."""

from __future__ import annotations

import logging
import os
import random
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e import keys
from tests.e2e.chaos import Chaos
from tests.e2e.clusters import balanced, own_nodes
from tests.e2e.fleet import fleet
from tests.e2e.live import Live, live
from tests.e2e.oracle import assert_all_is_stored, differences, wrongly_silent
from tests.e2e.programs import eventually, pause
from tests.e2e.screen import Screen

pytestmark = [pytest.mark.elasticsearch, pytest.mark.processes, pytest.mark.browser]

HOSTS = 50
CPU = "metrics=system.cpu.utilization&filter=kind%3Dhost&from=now-1m"
PATHS = ("/hosts/demo-001", "/hosts/demo-002?from=now-15m", "/hosts/demo-003")
AGREE_SECONDS = 3


@pytest.fixture
def _quiet_collectors(caplog: pytest.LogCaptureFixture) -> None:
    """What collectors say of failures that a test makes need not be told."""
    caplog.set_level(logging.ERROR, "collector")


@pytest.fixture
def seed() -> int:
    """TIDEGAUGE_TEST_SEED, or another each time; it is printed."""
    given = os.environ.get("TIDEGAUGE_TEST_SEED")
    found = int(given) if given else random.SystemRandom().randrange(1 << 32)
    print(f"TIDEGAUGE_TEST_SEED={found}")  # noqa: T201
    return found


@pytest.mark.usefixtures("_quiet_collectors")
@pytest.mark.parametrize(
    ("seconds", "store_faults"),
    [pytest.param(120, 4, id="short"), pytest.param(600, 20, id="long", marks=pytest.mark.soak)],
)
def test_whatever_fails(tmp_path: Path, browser: Browser, seed: int, seconds: float, store_faults: int) -> None:
    """Random faults of nodes, ways and the store, with nginx in front, three pages and 50 collectors: no row that was
    acknowledged is lost or doubled, each page shows what is stored, the web nodes soon agree on who is there, and
    nobody is called silent whom a node that is well had answered.
    """
    with (
        own_nodes() as (store,),
        balanced(tmp_path, store.url) as (made, balancer),
        fleet(HOSTS, 1, [balancer.url], keys.token_of) as hosts,
        live(made.web[0].port, CPU, keys.sign_in(balancer.url)) as first,
        live(made.web[1].port, CPU, keys.sign_in(balancer.url)) as second,
    ):
        first.wait(HOSTS, 120)
        eventually(lambda: hosts.waiting() < 4 * HOSTS, 120, "the end of the first backlog")
        screens = [opened(browser, balancer.url, path) for path in PATHS]
        chaos = Chaos(made, store, seed, store_faults)
        try:
            chaos.run(seconds, lambda: agreed(first, second))
            hosts.end()
            hosts.drain(300)
            assert_all_is_stored(hosts, store.url)
            pause(2 * first.window_ms / 1000)
            assert all(is_still_there(one, balancer.url, path) for one, path in zip(screens, PATHS, strict=True))
            found = [one for screen in screens for one in differences(screen, store.url)]
            assert not found, told(found)
            ports = [node.port for node in made.ingest]
            wrong = wrongly_silent([*first.told, *second.told], balancer.answers(), ports, chaos.spans)
            assert not wrong, told(wrong)
        except AssertionError:
            print(*chaos.log, sep="\n")  # noqa: T201
            raise


def told(found: list[str]) -> str:
    """How many, and some of them."""
    return "\n".join([f"{len(found)}, such as", *found[:: len(found) // 20 + 1]])


def opened(browser: Browser, url: str, path: str) -> Screen:
    """A page that has points, of somebody who signed in."""
    context = browser.new_context()
    context.request.post(f"{url}/api/v1/login", data={"user": keys.USER, "password": keys.PASSWORD})
    screen = Screen(context.new_page())
    screen.page.goto(url + path)
    screen.wait_for_points(60)
    screen.page.evaluate("() => { globalThis.opened = true; }")
    return screen


def is_still_there(screen: Screen, url: str, path: str) -> bool:
    """Whether it is the page that was opened, never loaded again, and who sits before it is still signed in."""
    stays = screen.page.evaluate("() => globalThis.opened === true") and screen.page.url == url + path
    return bool(stays and screen.page.request.get(f"{url}/api/v1/session").json().get("name") == keys.USER)


def agreed(first: Live, second: Live) -> None:
    """The last fault is over: soon both web nodes say the same of all hosts."""
    try:
        eventually(lambda: len(first.states) == HOSTS and first.states == second.states, AGREE_SECONDS, "one presence")
    except AssertionError as error:
        pairs = [(host, first.states.get(host), second.states.get(host)) for host in first.states | second.states]
        raise AssertionError(told([f"{pair} ({error})" for pair in pairs if pair[1] != pair[2]])) from error
