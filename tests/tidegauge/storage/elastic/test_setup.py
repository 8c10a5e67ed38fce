"""A cluster is made ready, or refused with one sentence."""

from __future__ import annotations

import threading

import pytest

from tests.elasticsearch.server import ask
from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.inventory import survey
from tidegauge.storage.elastic.layout import DOCUMENTS, VERSION
from tidegauge.storage.elastic.setup import Setup, prepare
from tidegauge.storage.elastic.templates import NAMES

pytestmark = pytest.mark.elasticsearch


def versions(url: str) -> dict[str, object]:
    """The version of each of our templates."""
    found = ask(url, "GET", "/_index_template/tidegauge-*")["index_templates"]
    return {one["name"]: one["index_template"].get("_meta", {}).get("tidegauge") for one in found}


def test_a_new_cluster_is_made_ready(connection: Connection, elastic: str) -> None:
    """Templates and the index of documents are there, and doing it again changes nothing."""
    for _ in range(2):
        prepare(connection)
        assert versions(elastic) == {f"tidegauge-{name}": VERSION for name in NAMES}
        assert survey(connection) == ([DOCUMENTS], [])


def test_nobody_makes_indices_of_our_names_by_writing(connection: Connection, elastic: str) -> None:
    """A row for a day without an index is answered 404, not put into an index of guessed types."""
    prepare(connection)
    found = ask(elastic, "PUT", "/tidegauge-raw-2024.10.04/_doc/1", {"a": 1})
    assert found["error"]["type"] == "index_not_found_exception"


def test_several_nodes_at_once(elastic: str) -> None:
    """They do not disturb one another."""
    connections = [Connection(elastic) for _ in range(4)]
    failed: list[StoreError] = []
    together = threading.Barrier(len(connections))

    def begin(connection: Connection) -> None:
        together.wait()
        try:
            Setup(connection).ensure()
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=begin, args=(one,)) for one in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert versions(elastic) == {f"tidegauge-{name}": VERSION for name in NAMES}
    for one in connections:
        one.close()


@pytest.mark.parametrize(("there", "then"), [(VERSION - 1, VERSION), (VERSION + 1, VERSION + 1)])
def test_templates_of_other_versions(connection: Connection, elastic: str, there: int, then: int) -> None:
    """An older one is replaced, a newer one is left: other nodes are upgraded already."""
    template = {"index_patterns": ["tidegauge-raw-*"], "priority": 500, "_meta": {"tidegauge": there}}
    ask(elastic, "PUT", "/_index_template/tidegauge-raw", template)
    prepare(connection)
    assert versions(elastic)["tidegauge-raw"] == then


def test_a_template_of_others(connection: Connection, elastic: str) -> None:
    """It is named and left as it is."""
    ask(elastic, "PUT", "/_index_template/tidegauge-minute", {"index_patterns": ["x-*"]})
    with pytest.raises(StoreError, match="the index template tidegauge-minute was not made by Tidegauge") as caught:
        prepare(connection)
    assert caught.value.permanent
    assert versions(elastic)["tidegauge-minute"] is None


def test_another_template_for_our_indices(connection: Connection, elastic: str) -> None:
    """One of the same priority cannot stand beside ours."""
    ask(elastic, "PUT", "/_index_template/tidegauge_x", {"index_patterns": ["tidegauge-*"], "priority": 500})
    with pytest.raises(StoreError, match="tidegauge_x => ") as caught:
        prepare(connection)
    assert caught.value.permanent


def test_an_index_of_others(connection: Connection, elastic: str) -> None:
    """It is named, and nothing is changed."""
    ask(elastic, "PUT", "/tidegauge-events-2024.10")
    with pytest.raises(StoreError, match=r"not made by Tidegauge, .* tidegauge-events-2024\.10") as caught:
        prepare(connection)
    assert caught.value.permanent
    assert versions(elastic) == {}


def test_a_refusal_stands_for_a_while(connection: Connection, elastic: str) -> None:
    """Calls are refused with the same words without asking; a renewal asks."""
    ask(elastic, "PUT", "/tidegauge-events-2024.10")
    setup = Setup(connection)
    for _ in range(2):
        with pytest.raises(StoreError, match="not made by Tidegauge"):
            setup.ensure()
        ask(elastic, "DELETE", "/tidegauge-events-2024.10")
    setup.renew()
    setup.ensure()


def test_beginning(connection: Connection, elastic: str, free_url: str) -> None:
    """A server that is down is no reason not to begin; a refusal is, and lets go of the connection."""
    nowhere = Setup(Connection(free_url))
    nowhere.begin()
    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        nowhere.ensure()
    ask(elastic, "PUT", "/tidegauge-events-2024.10")
    with pytest.raises(StoreError, match="not made by Tidegauge"):
        Setup(connection).begin()
    with pytest.raises(StoreUnavailableError, match="closed"):
        connection.call("GET", "/")
