"""One cluster as a URL names it: the only place that speaks HTTP to it, and where a vendor's errors end."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable, Container, Mapping
from contextvars import ContextVar
from typing import Any, TypeVar

import elastic_transport
import msgspec
import urllib3
from elastic_transport import Urllib3HttpNode
from elasticsearch import Elasticsearch, UnsupportedProductError
from elasticsearch.serializer import JsonSerializer

from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.elastic.address import Address, parse
from tidegauge.storage.elastic.failures import refusal

T = TypeVar("T")

WRITE_SECONDS = 10.0
SEARCH_SECONDS = 10.0
HEALTH_SECONDS = 2.0
CONNECT_SECONDS = 2.0
PAUSE_SECONDS = 0.5
"""How long a server that did not answer is left alone."""
CONNECTIONS = 16
"""At once to each node; further calls wait for one."""

MIN_VERSION = (8, 19)
MAX_MAJOR = 9
DEAD = "is Elasticsearch running there? TIDEGAUGE_STORE names it; live graphs go on without it"

_ANY_STATUS = range(300, 600)
_JSON = {"accept": "application/json", "content-type": "application/json"}
_LINES = {"accept": "application/json", "content-type": "application/x-ndjson"}

# It logs every request, and every failure with a stack; what matters is told by the errors raised here.
logging.getLogger("elastic_transport").setLevel(logging.CRITICAL)


_as_bytes: ContextVar[bool] = ContextVar("as_bytes", default=False)
"""Whether the answer to a request of this thread is to stay as it came."""


class _Json(JsonSerializer):
    """JSON as msgspec reads and writes it; bytes are sent as they are."""

    def json_dumps(self, data: Any) -> bytes:
        return msgspec.json.encode(data)

    def json_loads(self, data: bytes) -> Any:
        if _as_bytes.get():
            return data
        try:
            return msgspec.json.decode(data)
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from error


class _Node(Urllib3HttpNode):
    """A node to which a connection is made soon or not at all."""

    def perform_request(
        self, method: str, target: str, body: Any = None, headers: Any = None, request_timeout: Any = SEARCH_SECONDS
    ) -> Any:
        timeout: Any = urllib3.Timeout(connect=CONNECT_SECONDS, read=request_timeout)
        return super().perform_request(method, target, body, headers, timeout)


class Connection:
    """Calls of a cluster, from any thread. Nothing is sent when it is made.

    A server that cannot be reached costs nothing: for half a second after a failure calls fail at
    once, and then one of them alone asks whether it is back.
    """

    def __init__(self, url: str, ca: str = "", api_key: str = "") -> None:
        """ca: a file of certificates to trust, "": those of this machine. Raises StoreError."""
        address = parse(url)
        if api_key and address.user:
            raise StoreError("both a user and an API key are given", permanent=True, hint="give one of them")
        self.name = address.name
        self.user = f"the user {address.user!r}" if address.user else "the API key" if api_key else "an unnamed user"
        self._gate = _Gate()
        self._closed = False
        self._version: tuple[int, ...] | None = None
        client = _client(address, ca, api_key)
        self._clients = {
            seconds: client.options(request_timeout=seconds, ignore_status=_ANY_STATUS)
            for seconds in {WRITE_SECONDS, SEARCH_SECONDS, HEALTH_SECONDS}
        }

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | bool] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
        timeout: float = SEARCH_SECONDS,
        allow: Container[int] = (),
    ) -> tuple[int, dict[str, Any]]:
        """The status and the JSON of an answer. body: JSON, or bytes of lines of JSON.

        timeout: WRITE_SECONDS, SEARCH_SECONDS or HEALTH_SECONDS. allow: statuses to return beside those of
        success. Raises StoreUnavailableError where no answer comes or the server cannot now, else StoreError.
        """
        status, answer = self._ask(method, path, params, body, timeout)
        if status >= 300 and status not in allow:
            raise self.refused(status, answer)
        if not isinstance(answer, dict):
            raise self._stranger()
        return status, answer

    def read(self, path: str, body: bytes, decode: Callable[[bytes], T]) -> T:
        """The answer to lines of JSON that are posted, as `decode` reads it into structures: of great answers
        that costs a fraction of `call`. Raises as that does, also where `decode` raises ValueError or DecodeError."""
        token = _as_bytes.set(True)
        try:
            status, answer = self._ask("POST", path, None, body, SEARCH_SECONDS)
        finally:
            _as_bytes.reset(token)
        try:
            if status >= 300:
                raise self.refused(status, msgspec.json.decode(answer) if isinstance(answer, bytes) else answer)
            return decode(answer)
        except (msgspec.DecodeError, ValueError) as error:
            raise self._stranger() from error

    def refused(self, status: int, answer: Any) -> StoreError:
        """The error that an answer means, where `allow` let it through."""
        return refusal(self.name, self.user, status, answer)

    def version(self) -> tuple[int, ...]:
        """The version of the server, asked once. Raises StoreError for one that is not spoken to."""
        if self._version is None:
            self._version = self._ask_version()
        return self._version

    def close(self) -> None:
        """Let go; later calls raise StoreUnavailableError."""
        self._closed = True
        for client in self._clients.values():
            client.close()

    def _ask(
        self, method: str, path: str, params: Mapping[str, Any] | None, body: Any, timeout: float
    ) -> tuple[int, Any]:
        if self._closed:
            raise StoreUnavailableError("the store is closed")
        if self._gate.is_shut():
            self._probe()
        return self._send(method, path, params, body, timeout)

    def _probe(self) -> None:
        """Ask whether a server that did not answer does again; whatever it says, it is there."""
        self._gate.begin_probe()
        try:
            self._send("HEAD", "/", None, None, HEALTH_SECONDS)
        finally:
            self._gate.end_probe()

    def _send(
        self, method: str, path: str, params: Mapping[str, Any] | None, body: Any, timeout: float
    ) -> tuple[int, Any]:
        began = time.monotonic()
        headers = _LINES if isinstance(body, bytes) else _JSON
        try:
            answer = self._clients[timeout].perform_request(method, path, params=params, headers=headers, body=body)
        except elastic_transport.TransportError as error:
            raise self._failure(error, began, timeout) from error
        except UnsupportedProductError as error:
            raise self._stranger() from error
        self._gate.answered()
        return answer.meta.status, {} if method == "HEAD" else answer.body

    def _failure(self, error: elastic_transport.TransportError, began: float, timeout: float) -> StoreError:
        if isinstance(error, elastic_transport.TlsError):
            hint = "TIDEGAUGE_STORE_CA names a file with the certificate of its authority; http:// is for no TLS"
            return StoreError(f"no TLS connection to {self.name}: {error.message}", permanent=True, hint=hint)
        if isinstance(error, elastic_transport.SerializationError):
            return self._stranger()
        is_slow = isinstance(error, elastic_transport.ConnectionTimeout)
        why = f"no answer within {timeout:g} s" if is_slow else _cause(error)
        failure = StoreUnavailableError(f"Elasticsearch at {self.name} cannot be reached: {why}", DEAD)
        self._gate.failed(failure, began if is_slow else None)
        return failure

    def _stranger(self) -> StoreError:
        hint = "TIDEGAUGE_STORE has to name the HTTP port of Elasticsearch itself"
        return StoreError(f"{self.name} does not answer as Elasticsearch does", permanent=True, hint=hint)

    def _ask_version(self) -> tuple[int, ...]:
        status, answer = self.call("GET", "/", timeout=HEALTH_SECONDS, allow=(400, 405))
        told = answer.get("version", {}).get("number") if status == 200 else None
        if told is None:
            params = {"filter_path": "nodes.*.version"}
            nodes = self.call("GET", "/_nodes/_local", params=params, timeout=HEALTH_SECONDS)[1].get("nodes", {})
            told = next((node["version"] for node in nodes.values()), "0")
        version = tuple(int(digits) for digits in told.split("-")[0].split("."))
        if version < MIN_VERSION or version[0] > MAX_MAJOR:
            text = f"Elasticsearch at {self.name} is version {told}; Tidegauge needs 8.19 or later, or 9.x"
            raise StoreError(text, permanent=True, hint="upgrade it, or name another in TIDEGAUGE_STORE")
        return version


class _Gate:
    """Whether the server answers, as the calls of all threads find."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failure: StoreUnavailableError | None = None
        self._is_probing = False
        self._shut_until = 0.0
        self._answered_at = 0.0

    def is_shut(self) -> bool:
        """Whether the last that is known is a failure."""
        return self._failure is not None

    def begin_probe(self) -> None:
        """Become the one who asks. Raises StoreUnavailableError: it is too soon, or another asks."""
        with self._lock:
            if self._failure is not None and (self._is_probing or time.monotonic() < self._shut_until):
                raise StoreUnavailableError(str(self._failure), self._failure.hint)
            self._is_probing = True

    def end_probe(self) -> None:
        """Another may ask."""
        with self._lock:
            self._is_probing = False

    def answered(self) -> None:
        """The server answered, whatever it said."""
        self._answered_at = time.monotonic()
        self._failure = None

    def failed(self, failure: StoreUnavailableError, waited_since: float | None) -> None:
        """A call failed. waited_since: it only took too long, and others may have been answered meanwhile."""
        with self._lock:
            if waited_since is None or self._answered_at < waited_since:
                self._failure = failure
                self._shut_until = time.monotonic() + PAUSE_SECONDS


def _client(address: Address, ca: str, api_key: str) -> Elasticsearch:
    options: dict[str, Any] = {}
    if address.hosts[0].startswith("https:"):
        options["ssl_context"] = _trust(ca)
    if address.user:
        options["basic_auth"] = (address.user, address.password)
    if api_key:
        name, is_pair, secret = api_key.partition(":")
        options["api_key"] = (name, secret) if is_pair else api_key
    return Elasticsearch(
        list(address.hosts),
        node_class=_Node,
        connections_per_node=CONNECTIONS,
        http_compress=False,
        serializers={f"application/{name}": _Json() for name in _MIMETYPES},
        max_retries=len(address.hosts) - 1,
        retry_on_status=(),
        retry_on_timeout=False,
        **options,
    )


_MIMETYPES = ("json", "vnd.elasticsearch+json", "x-ndjson", "vnd.elasticsearch+x-ndjson")


def _trust(ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca or None)
    except (OSError, ssl.SSLError) as error:
        hint = "TIDEGAUGE_STORE_CA names a file of certificates in PEM"
        raise StoreError(f"the file {ca} cannot be used: {error}", permanent=True, hint=hint) from error


def _cause(error: elastic_transport.TransportError) -> str:
    """The system's own words, if there are any, without the vendor's around them."""
    found: BaseException = error
    while found.__cause__ or found.__context__:
        found = found.__cause__ or found.__context__ or found
    return str(getattr(found, "strerror", None) or found or type(found).__name__)
