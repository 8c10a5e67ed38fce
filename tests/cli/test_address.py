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
def test_another_address_is_refused(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Until there are accounts; the line names the command and what to leave."""
    with pytest.raises(SystemExit) as caught:
        address.check(settings.read({"bind": f"{host}:8051"}, {}), "ingest")
    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert f"`ingest` has no accounts and so serves loopback only, not {host}" in told
    assert "127.0.0.1:8051" in told


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        told = settings.read({"bind": f"127.0.0.1:{port}"}, {})
        with pytest.raises(SystemExit) as caught:
            address.check(told, "web")
    assert caught.value.code == 3
    assert f"127.0.0.1:{port} is taken" in capsys.readouterr().err
