"""Accounts as documents."""

from __future__ import annotations

import pytest

from tests.clocks import HandClock
from tests.tidegauge.sessions.conftest import Switch
from tidegauge.sessions import identity, preferences
from tidegauge.sessions.accounts import COLLECTION, Account, AccountError, Accounts
from tidegauge.sessions.revocations import Revocations
from tidegauge.storage.base import StoreError


@pytest.fixture
def revocations(documents: Switch, clock: HandClock) -> Revocations:
    """Nothing is revoked."""
    return Revocations(documents, clock)


@pytest.fixture
def accounts(documents: Switch, revocations: Revocations) -> Accounts:
    """Nobody has an account."""
    return Accounts(documents, revocations)


def test_an_account_is_added_changed_listed_and_removed(accounts: Accounts, documents: Switch) -> None:
    """Its parts change one by one."""
    assert accounts.any is None
    accounts.add("ann", "viewer", "hash")
    assert accounts.any
    accounts.change("ann", role="admin")
    accounts.change("ann", password="other")
    assert accounts.get("ann") == Account("admin", "other")
    assert accounts.list() == [("ann", "admin")]
    documents.put(preferences.COLLECTION, "ann", b"{}")
    assert accounts.remove("ann")
    assert accounts.get("ann") is None
    assert documents.get(preferences.COLLECTION, "ann") is None
    accounts.take(documents.list(COLLECTION))
    assert accounts.any is False


@pytest.mark.parametrize("how", ["role", "password", "remove"])
def test_whatever_changes_ends_the_sessions(accounts: Accounts, revocations: Revocations, how: str) -> None:
    """Also those of an account that is made anew under the name of one that went."""
    accounts.add("ann", "viewer", "hash")
    session = identity.begin("ann", "viewer", revocations.generation("ann"), 0)
    if how == "remove":
        accounts.remove("ann")
        accounts.add("ann", "viewer", "hash")
    else:
        accounts.change("ann", **{how: "admin"})  # type: ignore[arg-type]
    assert revocations.is_revoked(session)
    assert not revocations.is_revoked(identity.begin("ann", "viewer", revocations.generation("ann"), 0))


@pytest.mark.parametrize("name", ["", "Ann", "-ann", "a b", "a/b", "a" * 65, "ü"])
def test_a_name_is_short_and_plain(accounts: Accounts, name: str) -> None:
    """Others are refused before the store is asked, and nobody has them."""
    with pytest.raises(AccountError, match="is no name"):
        accounts.add(name, "viewer", "hash")
    assert accounts.get(name) is None


def test_what_cannot_be_done_is_said(accounts: Accounts, documents: Switch) -> None:
    """A name that is taken, one that is not there, a document that is broken, a store that is down."""
    accounts.add("ann", "viewer", "hash")
    with pytest.raises(AccountError, match="is a user ann already"):
        accounts.add("ann", "viewer", "hash")
    for act in (accounts.change, accounts.remove):
        with pytest.raises(AccountError, match="no user 'bob'"):
            act("bob")
    documents.put(COLLECTION, "eve", b"{}")
    with pytest.raises(AccountError, match="cannot be read"):
        accounts.get("eve")
    documents.down = True
    with pytest.raises(StoreError):
        accounts.get("ann")
