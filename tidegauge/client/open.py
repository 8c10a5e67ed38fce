"""Opens connections: the two ways to the same numbers."""

from __future__ import annotations

from tidegauge.client.connection import Tidegauge
from tidegauge.client.node import NodeSource


def connect(url: str, token: str | None = None) -> Tidegauge:
    """A connection to a web node, or to `tidegauge up`, at the address of any of its pages.

    token: for nodes that ask for one. Raises TidegaugeError if no node answers there.
    """
    return Tidegauge(NodeSource(url, token))
