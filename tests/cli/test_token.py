"""`tidegauge token`."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from tests.clocks import HandClock
from tests.e2e.programs import eventually
from tidegauge.clock import SystemClock
from tidegauge.sessions import revocations, tokens
from tidegauge.sessions.memory import Memory
from tidegauge.sessions.people import People
from tidegauge.sessions.revocations import Revocations
from tidegauge.sessions.signing import Signer, new_key
from tidegauge.sessions.tokens import TokenError, Tokens
from tidegauge.storage.open import open_documents

KEY = new_key()


def run(folder: Path, *arguments: str, **environment: str) -> Result:
    """`tidegauge token` over an embedded store."""
    given = {"TIDEGAUGE_SECRET_KEY": KEY, "TIDEGAUGE_STORE": f"embedded:{folder}", **environment}
    return CliRunner().invoke(main, ["token", *arguments], env=given)


def host_of(folder: Path, text: str, key: str = KEY) -> str:
    """Which host a node over the same store takes a token for; "" for none."""
    documents = open_documents(f"embedded:{folder}")
    known = Revocations(documents, HandClock())
    memory = Memory(documents)
    memory.follow(revocations.COLLECTION, known.take)
    memory.refresh()
    documents.close()
    try:
        return Tokens(Signer(key), known, SystemClock()).host(text)
    except TokenError:
        return ""


def test_a_token_is_made_listed_and_revoked(tmp_path: Path) -> None:
    """The token alone is on standard output; its id, which is no part of it, names it from then on."""
    made = run(tmp_path, "create", "--host", "web-1", "--days", "30")
    assert (made.exit_code, made.stdout.count("\n")) == (0, 1)
    text = made.stdout.strip()
    assert host_of(tmp_path, text) == "web-1"
    assert "token_file" in made.stderr
    (name,) = re.findall(r"to revoke it, is ([0-9a-f]{32})", made.stderr)
    run(tmp_path, "create", "--host", "web-2")
    listed = run(tmp_path, "list").stdout.splitlines()
    assert re.fullmatch(rf"{name}  valid    made \S+ \S+ UTC  ends \S+ \S+ UTC  web-1", listed[0])
    assert re.fullmatch(r"\w{32}  valid    made \S+ \S+ UTC  ends never {15}  web-2", listed[1])
    assert text not in "".join(listed)
    assert "The token of web-1 is revoked" in run(tmp_path, "revoke", name[:10]).stdout
    assert host_of(tmp_path, text) == ""
    assert [line.split()[1] for line in run(tmp_path, "list").stdout.splitlines()] == ["revoked", "valid"]


@pytest.mark.parametrize(("id", "says"), [("zz", "no token with the id 'zz'"), ("", "2 tokens with the id ''")])
def test_a_revocation_names_one_token(tmp_path: Path, id: str, says: str) -> None:
    """Neither none nor several; nothing is revoked then."""
    for host in ("web-1", "web-2"):
        run(tmp_path, "create", "--host", host)
    result = run(tmp_path, "revoke", id)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert "revoked" not in run(tmp_path, "list").stdout


@pytest.mark.parametrize("command", [("create", "--host", "web-1"), ("list",), ("revoke", "abc")])
def test_without_the_store_it_fails_and_says_so(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Nothing that looks like a token comes out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        result = run(tmp_path, *command, TIDEGAUGE_STORE=url)
    assert (result.exit_code, result.stdout) == (4, "")
    assert re.match(
        r"tidegauge: (the token could not be noted|tokens cannot be listed|the token was not revoked)", result.stderr
    )


def test_without_the_key_of_the_nodes_there_is_no_token(tmp_path: Path) -> None:
    """One that is signed with another key would be refused everywhere; `up` keeps its own beside the store."""
    for store in ("http://127.0.0.1:1", f"embedded:{tmp_path}/new"):
        result = run(tmp_path, "create", "--host", "h", TIDEGAUGE_SECRET_KEY="", TIDEGAUGE_STORE=store)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "TIDEGAUGE_SECRET_KEY is not set" in result.stderr
    assert not (tmp_path / "new").exists()
    kept = new_key()
    (tmp_path / "secret_key").write_text(kept)
    made = run(tmp_path, "create", "--host", "h", TIDEGAUGE_SECRET_KEY="")
    assert host_of(tmp_path, made.stdout.strip(), kept) == "h"


def test_only_ids_of_hosts_get_a_token(tmp_path: Path) -> None:
    """As records have them."""
    result = run(tmp_path, "create", "--host", "web 1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is no id of a host" in result.stderr


def test_what_is_no_note_is_not_listed(tmp_path: Path) -> None:
    """Another version may have written it."""
    documents = open_documents(f"embedded:{tmp_path}")
    documents.put(tokens.COLLECTION, "x", b"[]")
    documents.close()
    assert run(tmp_path, "list").stdout == ""


@pytest.mark.slow
def test_two_nodes_know_of_a_revocation_within_seconds(tmp_path: Path) -> None:
    """From the store, each by itself; requests ask memory alone."""
    text = run(tmp_path, "create", "--host", "web-1").stdout.strip()
    documents = open_documents(f"embedded:{tmp_path}")
    nodes = [People(documents, Signer(KEY), SystemClock(), Memory(documents)) for _ in range(2)]
    try:
        for node in nodes:
            node.memory.start()
        assert [node.tokens.host(text) for node in nodes] == ["web-1", "web-1"]
        began = time.monotonic()
        run(tmp_path, "revoke", "")
        eventually(lambda: all(is_refused(node, text) for node in nodes), 10, "the revocation on both nodes")
        assert time.monotonic() - began < 5
    finally:
        for node in nodes:
            node.memory.close()
        documents.close()


def is_refused(node: People, text: str) -> bool:
    """Whether a node takes a token no longer."""
    try:
        node.tokens.host(text)
    except TokenError:
        return True
    return False
