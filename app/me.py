"""What belongs to whoever asks: /api/v1/me/preferences, and what becomes of them over WS /live."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import msgspec
from flask import Blueprint, Response, g, request

from app import messages
from app.outbox import Outbox
from tidegauge.sessions import preferences
from tidegauge.sessions.errors import error
from tidegauge.sessions.memory import Memory
from tidegauge.sessions.preferences import Kept, Preferences, PreferencesError
from tidegauge.storage.base import StoreError

HINT = "docs/api.md says what can be kept"
LATER = "try again: nothing of it was kept"


def create_blueprint(kept: Preferences, memory: Memory) -> Blueprint:
    """The routes over everybody's preferences. The identity alone says whose are meant; memory knows whether the store
    answers: where it does not, no request waits for it."""
    blueprint = Blueprint("me", __name__, url_prefix="/api/v1/me")

    @blueprint.get("/preferences")
    def read() -> Response:
        found = kept.of(g.identity.name)
        return _told(found) if found else error(503, "store", "the store was not read yet", "try again")

    @blueprint.patch("/preferences")
    def change() -> Response:
        request.max_content_length = preferences.MOST_BYTES
        if memory.read_only:
            return error(503, "store", "the store does not answer", LATER)
        try:
            return _told(kept.change(g.identity.name, preferences.decode(request.get_data())))
        except PreferencesError as problem:
            return error(400, "preferences", str(problem), HINT)
        except StoreError as problem:
            return error(503, "store", str(problem), problem.hint or LATER)

    return blueprint


class Mine(NamedTuple):
    """The preferences of the person before one browser."""

    kept: Preferences
    person: str

    @contextmanager
    def told(self, outbox: Outbox) -> Iterator[None]:
        """Tell the browser what they are, and each change, also one that another browser made at another node."""

        def tell(found: Kept | None) -> None:
            outbox.put(messages.preferences(self.person, msgspec.to_builtins(found)))

        self.kept.watch(self.person, tell)
        try:
            yield
        finally:
            self.kept.leave(self.person, tell)


def _told(found: Kept) -> Response:
    body = msgspec.json.encode({"person": g.identity.name, "kept": found})
    return Response(body, content_type="application/json", headers={"Cache-Control": "no-store"})
