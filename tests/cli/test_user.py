"""`tidegauge user`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from tests.app.people import cookie, get, sign_in
from tests.site import site as make_site

PASSWORD = "correct horse"


class Command:
    """`tidegauge user` over a folder's store."""

    def __init__(self, folder: Path) -> None:
        self._store = f"embedded:{folder}"

    def __call__(self, *arguments: str, typed: str = f"{PASSWORD}\n") -> Result:
        return CliRunner().invoke(main, ["user", *arguments, "--store", self._store], input=typed)


@pytest.fixture
def user(tmp_path: Path) -> Command:
    return Command(tmp_path)


def test_an_account_lives_beside_a_server_that_runs(user: Command, tmp_path: Path) -> None:
    """Who has it signs in; another role or password, and its removal, end the session within a reading."""
    with make_site(tmp_path) as site:
        assert user("add", "ann", "--role", "editor").output == "ann may sign in as editor, at every node within 5 s.\n"
        site.server.people.memory.refresh()
        password = PASSWORD
        for arguments, fresh in (
            (("role", "ann", "admin"), PASSWORD),
            (("password", "ann"), "another horse"),
            (("remove", "ann"), ""),
        ):
            _, answer = sign_in(site, "ann", password)
            assert get(site, "/api/v1/session", cookie(answer)).status_code == 200
            assert user(*arguments, typed=f"{fresh}\n").exit_code == 0
            site.server.people.memory.refresh()
            assert get(site, "/api/v1/session", cookie(answer)).status_code == (401 if fresh else 200)
            password = fresh


def test_accounts_are_listed(user: Command) -> None:
    """Names and roles, and nothing of passwords."""
    user("add", "bob")
    user("add", "ann", "--role", "admin")
    assert user("list").output == "admin   ann\nviewer  bob\n"


def test_a_password_comes_of_a_file_or_of_standard_input(user: Command, tmp_path: Path) -> None:
    """Its first line; one that is too short is none."""
    (tmp_path / "password").write_text(f"{PASSWORD}\r\nmore\n")
    assert user("add", "ann", "--password-file", str(tmp_path / "password")).exit_code == 0
    assert user("add", "bob", "--password-file", str(tmp_path / "none")).exit_code == 2
    short = user("add", "bob", typed="short\n")
    assert (short.exit_code, short.output) == (2, "tidegauge: a password has 8 to 1000 characters\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("add", "ann"), "tidegauge: there is a user ann already\n"),
        (("remove", "bob"), "tidegauge: there is no user 'bob'\n"),
        (("role", "bob", "admin"), "tidegauge: there is no user 'bob'\n"),
        (("add", "A b"), "tidegauge: 'A b' is no name: 1 to 64 of a-z 0-9 _ . @ + -, the first a letter or digit\n"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(user: Command, arguments: tuple[str, ...], line: str) -> None:
    """With the exit code of a wrong setting."""
    user("add", "ann")
    result = user(*arguments)
    assert (result.exit_code, result.output) == (2, line)


def test_a_store_that_does_not_answer_is_said() -> None:
    """With its own exit code."""
    result = CliRunner().invoke(main, ["user", "list", "--store", "http://127.0.0.1:1"])
    assert result.exit_code == 4
    assert result.output.startswith("tidegauge: users cannot be listed: ")


def test_without_accounts_a_node_is_open_to_its_machine_again(user: Command) -> None:
    """Which is said when the last one goes."""
    user("add", "ann")
    user("add", "bob")
    assert "Nobody has an account now" not in user("remove", "ann").output
    assert "Nobody has an account now" in user("remove", "bob").output
