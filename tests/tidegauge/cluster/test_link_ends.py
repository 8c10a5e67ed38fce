"""Links whose thread ended though nobody ended them."""

from __future__ import annotations

import pytest

from tests.e2e.programs import eventually, free_port
from tests.tidegauge.cluster.peers import peer
from tidegauge.clock import SystemClock
from tidegauge.cluster.frames import Hello
from tidegauge.cluster.inbox import Inbox, LaggedError
from tidegauge.cluster.remote import ENDED, RemoteLink


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_link_whose_thread_ended_says_so() -> None:
    """It is never taken for one that is up, and the reader learns that something may be missing."""

    def fails(_hello: Hello) -> None:
        raise RuntimeError("can't start new thread")

    port, inbox = free_port(), Inbox()
    with peer(port):
        made = RemoteLink(f"http://127.0.0.1:{port}", "", inbox, SystemClock(), greeted=fails)
        eventually(lambda: made.state.failure == ENDED, what="the end of its thread")
        with pytest.raises(LaggedError):
            inbox.take(1)
        made.close()
