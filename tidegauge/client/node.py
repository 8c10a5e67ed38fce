"""A web node as a source: its JSON API over HTTP, with nothing but the standard library."""

from __future__ import annotations

import gzip
import http.client
import re
import urllib.error
import urllib.request
import zlib
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from tidegauge.client.answer import Answer, Happened, Known, Metric
from tidegauge.client.errors import TidegaugeError
from tidegauge.metrics import filters
from tidegauge.metrics.filters import Filter
from tidegauge.metrics.query import Query, to_url

LOOPBACK = ("localhost", "127.0.0.1", "::1")

T = TypeVar("T")

PAGE = 10_000
"""How many events a node gives at most; where it gave so many they are asked for from the last on."""
SECONDS = 60.0
"""How long an answer may take."""
START_ONE = "start one with `tidegauge up`, or give connect() the address of one of its pages"
SIGN_IN = "give connect() user and password, or set TIDEGAUGE_USER and TIDEGAUGE_PASSWORD"

_PAGE = re.compile(r"/(?:(?:hosts|containers|explore|events|system|api)(?:/.*)?)?$")


class _Refusal(msgspec.Struct):
    """The one shape of an error."""

    reason: str
    error: str = ""
    hint: str = ""


class _SignInError(TidegaugeError):
    """The node wants to know who asks."""


class NodeSource:
    """The web node at a base URL. token: sent as a bearer's, if there is one. person: user and password, with which
    it signs in when the node asks who it is, and again when the session is over."""

    def __init__(self, url: str, token: str | None = None, person: tuple[str, str] = ("", "")) -> None:
        self.url, host = _base(url)
        self._headers = {"Accept-Encoding": "gzip"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._person = person
        no_proxy = [urllib.request.ProxyHandler({})] if host in LOOPBACK else []
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(), *no_proxy)

    def link(self, query: Query) -> str:
        return f"{self.url}/api/v1/query?{to_url(query)}"

    def is_own(self, link: str) -> bool:
        own, other = urlsplit(self.url), urlsplit(link)
        here = own.hostname in LOOPBACK and other.hostname in LOOPBACK and own.port == other.port
        return not other.netloc or here or own.netloc == other.netloc.rpartition("@")[2]

    def answer(self, query: Query) -> Answer:
        return self._get(f"query?{to_url(query)}", Answer)

    def entities(self, terms: Filter, start: str, end: str) -> list[Known]:
        pairs = {"filter": filters.format_filter(terms), "from": start, "to": end}
        return self._get(f"entities?{urlencode(pairs)}", list[Known])

    def events(self, start: str, end: str) -> list[Happened]:
        found: dict[str, Happened] = {}
        while True:
            page = self._get(f"events?{urlencode({'from': start, 'to': end})}", list[Happened])
            known = len(found)
            found |= {one.id: one for one in page}
            if len(page) < PAGE or len(found) == known:
                return list(found.values())
            start = str(page[-1].time_ns // 1_000_000)

    def metrics(self) -> list[Metric]:
        return self._get("metrics", list[Metric])

    def _get(self, path: str, shape: type[T]) -> T:
        try:
            body = self._send(path)
        except _SignInError:
            if not all(self._person):
                raise
            self._send("login", msgspec.json.encode(dict(zip(("user", "password"), self._person, strict=True))))
            body = self._send(path)
        try:
            return msgspec.json.decode(body, type=shape)
        except msgspec.DecodeError as error:
            raise self._strange(str(error)) from error

    def _send(self, path: str, body: bytes | None = None) -> bytes:
        """The body of the answer to a GET, or to a POST of a body."""
        kind = {"Content-Type": "application/json"} if body else {}
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", body, {**self._headers, **kind})
        try:
            with self._opener.open(request, timeout=SECONDS) as response:
                return _unpacked(response)
        except urllib.error.HTTPError as error:
            raise self._refused(error) from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise TidegaugeError(f"no Tidegauge node answers at {self.url} ({reason})", START_ONE) from error

    def _refused(self, error: urllib.error.HTTPError) -> TidegaugeError:
        """The node's own words, if the answer is a node's."""
        try:
            told = msgspec.json.decode(_unpacked(error), type=_Refusal)
        except (msgspec.DecodeError, OSError, http.client.HTTPException):
            return self._strange(f"status {error.code}")
        if told.error == "login":
            return _SignInError(f"{self.url} wants to know who asks", SIGN_IN)
        return TidegaugeError(told.reason, told.hint)

    def _strange(self, what: str) -> TidegaugeError:
        return TidegaugeError(f"{self.url} does not answer as a Tidegauge node does ({what[:200]})", START_ONE)


def _base(url: str) -> tuple[str, str]:
    """The address of the node that a URL, also of one of its pages, is of; and its host's name."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host:
        raise TidegaugeError(f"{url!r} is no address of a Tidegauge node", "write http://127.0.0.1:8050")
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{_PAGE.sub('', parts.path)}", host


def _unpacked(response: Any) -> bytes:
    """The body of an answer. Raises OSError, HTTPException."""
    body: bytes = response.read()
    if response.headers.get("Content-Encoding") != "gzip":
        return body
    try:
        return gzip.decompress(body)
    except (EOFError, zlib.error) as error:
        raise OSError(f"the packed answer is broken: {error}") from error
