"""Opens connections: the two ways to the same numbers."""

from __future__ import annotations

from importlib.util import find_spec

from tidegauge.client.connection import Tidegauge
from tidegauge.client.errors import TidegaugeError
from tidegauge.client.node import NodeSource
from tidegauge.clock import Clock, SystemClock


def connect(url: str, token: str | None = None) -> Tidegauge:
    """A connection to a web node, or to `tidegauge up`, at the address of any of its pages.

    token: for nodes that ask for one. Raises TidegaugeError if no node answers there.
    """
    return Tidegauge(NodeSource(url, token))


def connect_elasticsearch(url: str, ca: str = "", api_key: str = "", clock: Clock | None = None) -> Tidegauge:
    """A connection to the indices of a cluster, `http(s)://[user:password@]host:9200[,…]`; nothing is written.

    It needs the right to read tidegauge-raw-*, tidegauge-minute-* and tidegauge-events-*, and the package's extra
    `elasticsearch`. ca: a file of certificates to trust. Raises TidegaugeError if it cannot be read.
    """
    if find_spec("elasticsearch") is None:
        hint = "pip install 'tidegauge[client,elasticsearch]'"
        raise TidegaugeError("the Elasticsearch client is not installed", hint)
    from tidegauge.client.indices import IndicesSource

    clock = clock or SystemClock()
    return Tidegauge(IndicesSource(url, ca, api_key, clock), clock)
