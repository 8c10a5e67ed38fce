"""A state folder that was copied from another host."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.copied import BELONGINGS, OTHERS, OWNER, settle_in


def fill(state: Path, text: str) -> None:
    """A host's belongings."""
    (state / "spool").mkdir(parents=True)
    (state / "spool/1.segment").write_text(text)
    (state / "last").write_text(text)


def contents(state: Path) -> list[str]:
    """What the belongings in a folder hold."""
    return [file.read_text() for file in (state / "spool/1.segment", state / "last") if file.exists()]


def test_first_start(tmp_path: Path) -> None:
    """An empty folder is this host's from then on; so is one that names nobody."""
    assert settle_in(tmp_path, "a") == []
    assert (tmp_path / OWNER).read_text() == "a"
    fill(tmp_path, "of a")
    for _ in range(2):
        assert settle_in(tmp_path, "a") == []
    assert contents(tmp_path) == ["of a", "of a"]


@pytest.mark.parametrize("content", ["", "  ", "..", "a/b", "\x00"])
def test_a_name_that_cannot_be(tmp_path: Path, content: str) -> None:
    """What is no name of a host is passed over, and its folder is nobody else's."""
    fill(tmp_path, "of a")
    (tmp_path / OWNER).write_text(content)
    assert settle_in(tmp_path, "a") == []
    assert contents(tmp_path) == ["of a", "of a"]


def test_a_copy(tmp_path: Path) -> None:
    """What is of the other host is set aside whole, and that is said at each start."""
    settle_in(tmp_path, "a")
    fill(tmp_path, "of a")
    for _ in range(2):
        (aside,) = settle_in(tmp_path, "b")
        assert (aside.host, aside.folder, aside.size_bytes) == ("a", str(tmp_path / OTHERS / "a"), 8)
        assert (contents(tmp_path), contents(Path(aside.folder))) == ([], ["of a", "of a"])
        assert (tmp_path / OWNER).read_text() == "b"


def test_told_to_be_the_other(tmp_path: Path) -> None:
    """When this machine is that host all the same, what was set aside is its own again."""
    settle_in(tmp_path, "a")
    fill(tmp_path, "of a")
    settle_in(tmp_path, "b")
    fill(tmp_path, "of b")
    (aside,) = settle_in(tmp_path, "a")
    assert (contents(tmp_path), aside.host, contents(Path(aside.folder))) == (["of a"] * 2, "b", ["of b"] * 2)


def test_only_the_last_other_host_is_kept(tmp_path: Path) -> None:
    """A copy of a copy of a copy does not fill the disk."""
    for name in "abc":
        settle_in(tmp_path, name)
        fill(tmp_path, f"of {name}")
    (aside,) = settle_in(tmp_path, "d")
    assert (aside.host, [folder.name for folder in (tmp_path / OTHERS).iterdir()]) == ("c", ["c"])


@pytest.mark.parametrize("moved", range(len(BELONGINGS) + 1))
def test_killed_while_it_moves(tmp_path: Path, moved: int) -> None:
    """However far a killed process came, the next start makes an end of it and mixes nothing up."""
    settle_in(tmp_path, "a")
    fill(tmp_path, "of a")
    target = tmp_path / OTHERS / "a"
    target.mkdir(parents=True)
    for name in BELONGINGS[:moved]:
        if (tmp_path / name).exists():
            (tmp_path / name).rename(target / name)
    settle_in(tmp_path, "b")
    assert (contents(tmp_path), contents(target)) == ([], ["of a", "of a"])


def test_a_name_that_was_used_before(tmp_path: Path) -> None:
    """What lies aside of a host already is kept beside what comes."""
    settle_in(tmp_path, "a")
    fill(tmp_path, "of a")
    fill(tmp_path / OTHERS / "a", "older")
    settle_in(tmp_path, "b")
    assert contents(tmp_path) == []
    assert contents(tmp_path / OTHERS / "a") == ["of a", "of a"]
    assert len(list((tmp_path / OTHERS / "a").iterdir())) == 4
