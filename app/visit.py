"""One browser's leave to stay on an open websocket: its session may end long after the handshake."""

from __future__ import annotations

from app import messages
from app.outbox import Outbox
from tidegauge.sessions.identity import Session
from tidegauge.sessions.people import People

ENDED = "signed out: this session was ended, or is over"


class Visit:
    """Asked every second or so by the browser's own thread; reads memory alone.

    session: None for who came in without one, which lasts as long as none is needed.
    """

    def __init__(self, people: People, session: Session | None) -> None:
        self._people = people
        self._session = session
        self._told = False

    def look(self, outbox: Outbox) -> None:
        """Tell when pages became read only, or are so no longer; close the outbox if the visit is over."""
        read_only = self._people.memory.read_only
        if read_only is not self._told:
            outbox.put(messages.read_only(read_only))
        self._told = read_only
        if not self._goes_on():
            outbox.end(ENDED)

    def _goes_on(self) -> bool:
        if self._session is None:
            return self._people.needs_none(local=True)
        return self._people.stands(self._session, in_use=True)
