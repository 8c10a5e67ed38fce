"""`make elasticsearch`: a server for trial on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from tests.elasticsearch import sources
from tests.elasticsearch.server import Node
from tests.elasticsearch.sources import NoServerError


def tell(line: str) -> None:
    """One line for a person."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Start it, say how to use it, and end it on Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="make elasticsearch")
    parser.add_argument("--version", default=sources.VERSION, choices=list(sources.JAVA))
    parser.add_argument("--port", type=int, default=9200)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp/tidegauge-elasticsearch/trial"))
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if url := sources.given_url():
        tell(f"{sources.URL} names a server already: {url}")
        return 0
    try:
        node = Node(given.version, given.folder / given.version, port=given.port, tell=tell)
        tell(f"Elasticsearch {given.version} starts; its data stay in {given.folder / given.version}")
        took = node.start()
    except NoServerError as error:
        tell(str(error))
        return 1
    tell(
        f"ready after {took:.0f} s: {node.url}\nin other shells: export TIDEGAUGE_STORE={node.url}\n"
        "  tidegauge ingest   tidegauge web   tidegauge-collector run --ingest http://127.0.0.1:8051\nCtrl-C stops it."
    )
    try:
        signal.pause()
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        node.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
