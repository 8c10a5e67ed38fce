"""The URLs of an ingest node: POST /api/v1/records, WS /api/v1/stream, POST /api/v1/cable."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import Blueprint, Response, g, jsonify, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed

from ingest_api.cable import Cable
from ingest_api.door import MAX_BODY_BYTES, Door
from ingest_api.stream import serve
from ingest_api.subscribers import Subscribers
from tidegauge.clock import Clock
from tidegauge.cluster.frames import Hello
from tidegauge.cluster.mesh import LocalLink
from tidegauge.metrics import wire
from tidegauge.metrics.wire import WireError
from tidegauge.sessions.errors import error

log = logging.getLogger(__name__)

STREAM = "/api/v1/stream"
STATUS = {"too_large": 413, "content_type": 415}
"""HTTP statuses of errors by keyword; 400 else."""


@dataclass(frozen=True)
class IngestNode:
    """What the blueprint's routes need. hello: what a reader is greeted with now. open_link: gives a new reader of
    this node's hub."""

    door: Door
    cable: Cable
    clock: Clock
    hello: Callable[[], Hello]
    open_link: Callable[[], LocalLink]
    subscribers: Subscribers


class CableOrder(msgspec.Struct, frozen=True):
    """The body of POST /api/v1/cable."""

    host: str
    seconds: float = 10.0


def create_blueprint(node: IngestNode) -> Blueprint:
    """The routes over a node."""
    blueprint = Blueprint("ingest", __name__)
    sock = Sock(blueprint)

    @blueprint.post("/api/v1/records")
    def records() -> Response:
        return _records(node)

    @blueprint.post("/api/v1/cable")
    def cable() -> Response:
        return _cable(node)

    @sock.route(STREAM)  # type: ignore[untyped-decorator]
    def stream(ws: Any) -> None:
        link = node.open_link()
        try:
            with node.subscribers.connected() as reader:
                serve(ws, link, node.hello(), reader)
        except ConnectionClosed:
            log.debug("stream_closed")
        finally:
            link.close()

    return blueprint


def _records(node: IngestNode) -> Response:
    if request.mimetype != wire.CONTENT_TYPE:
        return error(415, "content_type", f"{request.mimetype[:80]!r} is not taken here", f"send {wire.CONTENT_TYPE}")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return error(413, "too_large", f"a body may have {MAX_BODY_BYTES} bytes", "send fewer records a POST")
    body = request.stream.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        return error(413, "too_large", f"a body may have {MAX_BODY_BYTES} bytes", "send fewer records a POST")
    try:
        header = request.headers.get(wire.HEADER, "")
        host = wire.decode_header(header).host
        if host != g.get("token_host", host):
            return _of_another(host)
        if node.cable.is_pulled(host, node.clock.monotonic_ms()):
            return _cut()
        reply = node.door.post(header, body)
    except WireError as problem:
        return error(STATUS.get(problem.reason, 400), problem.reason, str(problem), problem.hint)
    response = Response(reply.body, reply.status, content_type="application/json")
    if reply.retry_after:
        response.headers["Retry-After"] = str(reply.retry_after)
    return response


def _of_another(host: str) -> Response:
    """A token is of one host; that each record is of the header's host is looked at by the door."""
    reason = f"this token is of {g.token_host}, and the records are of {host[:80]!r}"
    return error(403, "token_host", reason, "`tidegauge token create --host ID` makes one for each host")


def _cable(node: IngestNode) -> Response:
    try:
        order = msgspec.json.decode(request.get_data(cache=False)[:10_000], type=CableOrder)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as problem:
        return error(400, "json", str(problem)[:300], 'send {"host": "ID", "seconds": 10}')
    seconds = node.cable.pull(order.host, order.seconds, node.clock.monotonic_ms())
    log.info("cable_pulled host=%r seconds=%s", order.host[:80], seconds)
    return jsonify(host=order.host, seconds=seconds)


def _cut() -> Response:
    """Close the connection unanswered, as a pulled cable would."""
    connection = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return Response(status=503)
