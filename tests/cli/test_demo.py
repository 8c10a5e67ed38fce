"""`tidegauge demo`."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from cli import demo
from tests.e2e import programs
from tests.e2e.programs import eventually
from tidegauge import settings
from tidegauge.sessions import identity, tokens
from tidegauge.sessions.signing import Signer


@pytest.mark.parametrize(
    ("text", "offset_ms"), [("0s", 0), ("-1h", -3_600_000), ("+90s", 90_000), ("2d", 172_800_000), (" 5m ", 300_000)]
)
def test_clocks_are_set_wrong_by_so_much(text: str, offset_ms: int) -> None:
    """The wall clock alone: intervals stay what they are."""
    clock = demo._clock(text)
    assert abs(clock.wall_ms() - time.time() * 1000 - offset_ms) < 1_000
    assert abs(clock.monotonic_ms() - time.monotonic() * 1000) < 1_000


@pytest.mark.parametrize("text", ["", "1", "h", "1w", "--1h", "1h30m", "1e3s", "٣h"])
def test_what_is_no_offset_is_exit_code_2(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what would be one."""
    with pytest.raises(SystemExit) as caught:
        demo._clock(text)
    assert caught.value.code == 2
    assert "write -1h, +90s, 2d" in capsys.readouterr().err


def test_hosts_make_their_own_tokens_where_the_key_is_known(tmp_path: Path) -> None:
    """Each one of itself, for a while; else all show what was set, if anything was."""
    (tmp_path / "key").write_text("k" * 32)
    told = settings.read({}, {"TIDEGAUGE_SECRET_KEY_FILE": str(tmp_path / "key")})
    token_of = demo._tokens(told)
    read = [Signer("k" * 32).read(tokens.COLLECTOR, token_of(host), tokens.Token) for host in ("demo-001", "demo-002")]
    assert [one.host for one in read] == ["demo-001", "demo-002"]
    assert all(one.ends_ms - one.issued_ms == demo.TOKEN_DAYS * identity.DAY_MS for one in read)
    assert demo._tokens(settings.read({"token": "t"}, {}))("demo-001") == "t"


def kinds(up: programs.Up, wanted: str) -> list[tuple[str, int]]:
    """How many entities of each kind the demo's fleet has."""
    found = [one["kind"] for one in up.get("/api/v1/entities", filter=f"fleet=demo kind={wanted}")]
    return sorted(Counter(found).items())


@pytest.mark.processes
def test_simulated_hosts_come_and_say_when_they_go(tmp_path: Path) -> None:
    """Each with its containers, in a fleet of their own; SIGTERM ends them in good order, all noted as stopped."""
    with programs.running(tmp_path) as up:
        with programs.demo(up, "--hosts", "3", "--containers", "2", "--seed", "7") as process:
            wanted = [("container", 6), ("host", 3)]
            eventually(lambda: kinds(up, "host,container") == wanted, what="three hosts and their containers")
        assert process.returncode == 0
        stopped = [e["host"] for e in up.get("/api/v1/events", to="now+1h") if e["kind"] == "collector.stopped"]
        assert sorted(stopped) == ["demo-001", "demo-002", "demo-003"]
