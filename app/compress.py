"""Answers in gzip: scripts and styles once for each version of a file, other texts as they come.

The usual extension packs a script of a megabyte anew for each cold browser, a fifth of a second of a
core; here the packed bytes are kept, by the file's ETag.
"""

from __future__ import annotations

import gzip
import threading

from flask import Response, request

LEAST_BYTES = 1_000
MOST_KEPT = 400
STATIC = ("/assets/", "/_dash-component-suites/")
TEXTS = ("text/", "application/json", "application/javascript", "image/svg+xml")
BEST, QUICK = 9, 1


class Compressor:
    """A hook for `after_request`. Thread-safe; keeps at most MOST_KEPT files."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, bytes] = {}

    def __call__(self, response: Response) -> Response:
        """Pack the body if the browser takes gzip and it is worth it."""
        if not _is_packable(response):
            return response
        response.vary.add("Accept-Encoding")
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return response
        response.direct_passthrough = False
        etag, _ = response.get_etag()
        is_file = request.path.startswith(STATIC)
        body = response.response
        response.set_data(self._file(etag or "", response) if is_file else _pack(response, QUICK))
        if close := getattr(body, "close", None):
            close()
        response.headers["Content-Encoding"] = "gzip"
        if etag:
            response.set_etag(etag, weak=True)
        return response

    def _file(self, etag: str, response: Response) -> bytes:
        """A file without an ETag has its version in its path."""
        key = f"{request.path} {etag}"
        packed = self._kept.get(key)
        if packed is None:
            packed = _pack(response, BEST)
            with self._lock:
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = packed
        return packed


def _is_packable(response: Response) -> bool:
    """Whole texts of some length that are not packed yet."""
    whole = response.status_code == 200 and "Content-Encoding" not in response.headers
    length = response.content_length or response.calculate_content_length() or 0
    return whole and (response.mimetype or "").startswith(TEXTS) and length >= LEAST_BYTES


def _pack(response: Response, level: int) -> bytes:
    return gzip.compress(response.get_data(), level, mtime=0)
