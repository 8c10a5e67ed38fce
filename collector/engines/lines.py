"""The lines of an answer that goes on for ever, from bytes as they come. Pure: it reads no socket.

The request is of HTTP/1.0, so that no answer comes in chunks (RFC 9112, section 6.1).
"""

from __future__ import annotations

from collector.engines.told import EngineError

LONGEST = 1 << 20


class Lines:
    """One answer: its head, then lines. begun: the head came, and is that of a good answer."""

    def __init__(self) -> None:
        self._rest = b""
        self.begun = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are whole now. Raises EngineError for another answer than 200, and for what is none."""
        self._rest += data
        if not self.begun and not self._head():
            return []
        *lines, self._rest = self._rest.split(b"\n")
        if len(self._rest) > LONGEST:
            raise EngineError("a line without an end")
        return [line for line in map(bytes.strip, lines) if line]

    def _head(self) -> bool:
        head, end, rest = self._rest.partition(b"\r\n\r\n")
        if not end:
            if len(head) > LONGEST:
                raise EngineError("an answer without an end of its head")
            return False
        words = head.split(None, 2)
        if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or words[1] != b"200":
            status = b" ".join(words[1:2]).decode(errors="replace")[:20]
            raise EngineError(f"/events was answered {status}", denied=status in ("401", "403"))
        self.begun, self._rest = True, rest
        return True
