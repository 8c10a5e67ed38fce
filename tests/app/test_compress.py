"""Answers in gzip."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.wsgi import wrap_file

from app.compress import Compressor

SCRIPT = "const a = 1;\n" * 500


@pytest.fixture
def asked() -> list[str]:
    """The paths that the server made an answer for."""
    return []


@pytest.fixture
def client(asked: list[str]) -> FlaskClient:
    """A server with a script, a short text, a picture and a text that changes."""
    server = Flask(__name__, static_folder=None)
    server.after_request(Compressor())

    @server.get("/assets/<name>")
    def script(name: str) -> Response:
        asked.append(name)
        response = Response(SCRIPT, mimetype="text/javascript")
        response.set_etag(name)
        return response

    @server.get("/short")
    def short() -> str:
        return "short"

    @server.get("/picture")
    def picture() -> Response:
        return Response(b"\0" * 5_000, mimetype="image/png")

    @server.get("/changing")
    def changing() -> str:
        asked.append("changing")
        return f"{len(asked)} " * 1_000

    return server.test_client()


def test_a_file_whose_packed_bytes_are_kept_is_closed(tmp_path: Path) -> None:
    """Opened by who answers, and not read a second time."""
    path = tmp_path / "a.js"
    path.write_text(SCRIPT)
    opened = []
    server = Flask(__name__, static_folder=None)
    server.after_request(Compressor())

    @server.get("/assets/a.js")
    def script() -> Response:
        opened.append(path.open("rb"))
        response = Response(wrap_file({}, opened[-1]), mimetype="text/javascript", direct_passthrough=True)
        response.content_length = len(SCRIPT)
        return response

    bodies = {server.test_client().get("/assets/a.js", headers=PACKED).data for _ in range(2)}
    assert [gzip.decompress(body).decode() for body in bodies] == [SCRIPT]
    assert [file.closed for file in opened] == [True, True]


PACKED = {"Accept-Encoding": "gzip, br"}


def test_a_script_is_packed_for_who_takes_it(client: FlaskClient) -> None:
    """Smaller, the same when unpacked, and caches are told that it varies."""
    answer = client.get("/assets/a.js", headers=PACKED)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert len(answer.data) < len(SCRIPT) / 10
    assert gzip.decompress(answer.data).decode() == SCRIPT
    assert client.get("/assets/a.js").text == SCRIPT


def test_a_new_version_of_a_file_is_packed_anew(client: FlaskClient) -> None:
    """The kept bytes are of one path and ETag; the ETag goes on as a weak one."""
    first = client.get("/assets/a.js", headers=PACKED)
    again = client.get("/assets/a.js", headers=PACKED)
    assert first.data == again.data
    assert first.headers["ETag"] == 'W/"a.js"'


@pytest.mark.parametrize("path", ["/short", "/picture"])
def test_what_gains_nothing_is_left_alone(client: FlaskClient, path: str) -> None:
    """Short texts and pictures."""
    assert "Content-Encoding" not in client.get(path, headers=PACKED).headers


def test_a_text_that_changes_is_never_an_old_one(client: FlaskClient) -> None:
    """Only files are kept."""
    texts = [gzip.decompress(client.get("/changing", headers=PACKED).data) for _ in range(2)]
    assert texts[0] != texts[1]
