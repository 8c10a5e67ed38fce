"""Opens connections: the two ways to the same numbers."""

from __future__ import annotations

from importlib.util import find_spec

from tidegauge import settings
from tidegauge.client.connection import Tidegauge
from tidegauge.client.errors import TidegaugeError
from tidegauge.client.node import NodeSource
from tidegauge.clock import Clock, SystemClock
from tidegauge.settings import SettingsError


def connect(url: str, token: str | None = None, *, user: str | None = None, password: str | None = None) -> Tidegauge:
    """A connection to a web node, or to `tidegauge up`, at the address of any of its pages.

    user, password: as whom it signs in where the node asks for that; else TIDEGAUGE_USER and TIDEGAUGE_PASSWORD, or
    the file that TIDEGAUGE_PASSWORD_FILE names. token: for a proxy that asks for one. Raises TidegaugeError if no node
    answers there, or it lets nobody in.
    """
    try:
        known = settings.person()
    except SettingsError as error:
        raise TidegaugeError(str(error), "name a file that can be read") from error
    return Tidegauge(NodeSource(url, token, (user or known[0], password or known[1])))


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
