"""The address that a server is to listen on."""

from __future__ import annotations

import socket

import pytest

from cli import address
from tests.e2e.programs import free_port
from tidegauge import settings


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_loopback_is_taken(host: str) -> None:
    """However it is written."""
    address.check(settings.read({"bind": f"{host}:{free_port()}"}, {}), "up")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "[::]", "example.org"])
def test_a_node_that_others_reach_needs_a_secret_key(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The line names the command, the setting and how to make a key."""
    with pytest.raises(SystemExit) as caught:
        address.check(settings.read({"bind": f"{host}:8051"}, {}), "ingest")
    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert f"`ingest` at {host} needs TIDEGAUGE_SECRET_KEY" in told
    assert "openssl rand -hex 32" in told


def test_a_node_that_others_reach_needs_a_node_token(capsys: pytest.CaptureFixture[str]) -> None:
    """Else anybody could read its stream, or nobody; `up` has no other nodes."""
    with pytest.raises(SystemExit) as caught:
        address.check(settings.read({"bind": "0.0.0.0:8051", "secret_key": "k" * 32}, {}), "ingest")
    assert caught.value.code == 2
    assert "`ingest` at 0.0.0.0 needs TIDEGAUGE_NODE_TOKEN" in capsys.readouterr().err


def test_with_both_it_may_listen_anywhere() -> None:
    """`up` keeps its own, and loopback alone needs none."""
    address.check(
        settings.read({"bind": f"0.0.0.0:{free_port()}", "secret_key": "k" * 32, "node_token": "t"}, {}), "web"
    )
    address.check(settings.read({"bind": f"0.0.0.0:{free_port()}"}, {}), "up")


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        told = settings.read({"bind": f"127.0.0.1:{port}"}, {})
        with pytest.raises(SystemExit) as caught:
            address.check(told, "web")
    assert caught.value.code == 3
    assert f"127.0.0.1:{port} is taken" in capsys.readouterr().err
