"""Settings: flags over environment over defaults, strict parsing, secrets from files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge import settings
from tidegauge.settings import TABLE, Setting, SettingsError, read

BY_KEY = {row.key: row for row in TABLE}


def test_defaults_need_nothing() -> None:
    """Without flags and environment every setting has its default, parsed."""
    found = read({}, {})
    assert found.store == "embedded:./var"
    assert found.interval_ms == 1000
    assert found.ingest == ("http://127.0.0.1:8050",)
    assert found.labels == ()
    assert {*BY_KEY, "places"} == set(settings.Settings.__annotations__) == set(vars(found))


def test_texts_say_what_a_program_was_told() -> None:
    """Read again they give the same; secrets are left out."""
    told = read({"labels": "a=b,c=", "process_commands": "yes", "ingest": "http://a,http://b", "token": "t"}, {})
    again = read({}, settings.texts(told, "collector"))
    rows = [row for row in TABLE if "collector" in row.programs.split()]
    assert [row.name for row in rows if getattr(told, row.key) != getattr(again, row.key)] == ["TIDEGAUGE_TOKEN"]


@pytest.mark.parametrize("value", ["../x", ".x", "a b", "a:b", "x" * 201])
def test_a_host_id_is_the_name_of_a_folder(value: str) -> None:
    """And what servers take."""
    with pytest.raises(SettingsError, match="TIDEGAUGE_HOST_ID"):
        read({"host_id": value}, {})


def test_the_hosts_tree_is_a_folder() -> None:
    """From / on; a slash at its end is none, and / itself is this machine."""
    assert read({"host_root": "/host/"}, {}).host_root == "/host"
    assert read({"host_root": "/"}, {}).host_root == ""
    with pytest.raises(SettingsError, match="TIDEGAUGE_HOST_ROOT"):
        read({"host_root": "host"}, {})


def test_a_program_may_have_another_default() -> None:
    """An ingest node listens beside a web node on one machine; what is given counts for both."""
    assert read({}, {}).bind == read({}, {}, "web").bind == "127.0.0.1:8050"
    assert read({}, {}, "ingest").bind == "127.0.0.1:8051"
    assert read({"bind": "127.0.0.1:1"}, {}, "ingest").bind == "127.0.0.1:1"


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://127.0.0.1:9200", "http://127.0.0.1:9200"),
        ("embedded:/var/lib/x", "embedded:/var/lib/x"),
        ("https://u:p@h:9200,g:9200", "https://…@h:9200,g:9200"),
        ("https://u:p@h:9200,https://u:p@g:9200", "https://…@g:9200"),
        ("https://u:p/a@b,c d@h", "https://…@h"),
        ("ftp://u:p@h", "ftp://…@h"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, text: str) -> None:
    """Whatever the password holds."""
    assert settings.shown(url) == text


def test_a_store_that_cannot_be_is_named_without_its_password() -> None:
    """In the one line that says what is wrong."""
    with pytest.raises(SettingsError) as caught:
        read({"store": "ftp://user:hunter2@h:9200"}, {})
    assert "ftp://…@h:9200" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_what_notebooks_read_stops_no_program() -> None:
    """A shell may name the node that notebooks ask."""
    assert read({}, {"TIDEGAUGE_URL": "http://127.0.0.1:8050"}).bind == "127.0.0.1:8050"


def test_a_flag_wins_over_the_environment() -> None:
    """A flag, then the environment, then a file, then the default; empty text is as good as none."""
    environ = {"TIDEGAUGE_FLEET": "paris", "TIDEGAUGE_NODE": ""}
    assert read({"fleet": "rome"}, environ).fleet == "rome"
    assert read({"fleet": ""}, environ).fleet == "paris"
    assert read({"fleet": None}, environ).fleet == "paris"
    assert read({}, environ).node == ""
    assert read({}, {"TIDEGAUGE_FLEET": ""}).fleet == "default"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("retention", " 7 ", 7),
        ("disk_floor_mb", "0", 0),
        ("bind", "0.0.0.0:80", "0.0.0.0:80"),
        ("bind", "[::1]:8050", "[::1]:8050"),
        ("ingest", "http://a:1/, https://b", ("http://a:1", "https://b")),
        ("peers", "http://a:1/, https://b", ("http://a:1", "https://b")),
        ("peers", " ", ()),
        ("advertise", "https://a/", "https://a"),
        ("labels", "rack=7, tier=front end,", (("rack", "7"), ("tier", "front end"))),
        ("labels", "url=a=b", (("url", "a=b"),)),
        ("log_level", "debug", "DEBUG"),
        ("processes", "0", 0),
        ("process_commands", "Yes", True),
        ("process_commands", "no", False),
        ("interval_ms", "100", 100),
        ("store", "https://u:p@h:9200,g:9200", "https://u:p@h:9200,g:9200"),
        ("store", "embedded:/var/lib/tidegauge", "embedded:/var/lib/tidegauge"),
    ],
)
def test_text_becomes_its_value(key: str, text: str, value: object) -> None:
    """Each kind of setting parses, as a flag and from the environment alike."""
    assert getattr(read({key: text}, {}), key) == value
    assert getattr(read({}, {BY_KEY[key].name: text}), key) == value


@pytest.mark.parametrize(
    ("key", "text", "wanted"),
    [
        ("retention", "0", "a whole number above 0"),
        ("retention", "-1", "a whole number"),
        ("retention", "٣", "a whole number"),
        ("retention", "²", "a whole number"),
        ("disk_floor_mb", "1.5", "a whole number"),
        ("disk_floor_mb", "9" * 10, "a whole number"),
        ("bind", "8050", "address:port"),
        ("bind", ":8050", "address:port"),
        ("bind", "a:65536", "address:port"),
        ("bind", "a:0", "address:port"),
        ("bind", "a:²", "address:port"),
        ("ingest", "ftp://a", "URLs that begin with http"),
        ("ingest", ",", "URLs that begin with http"),
        ("peers", "a:1", "URLs that begin with http"),
        ("advertise", "http://a,http://b", "one URL"),
        ("labels", "rack", "k=v"),
        ("labels", "=7", "k=v"),
        ("labels", "a b=7", "k=v"),
        ("store", "sqlite:x", "embedded:FOLDER or"),
        ("store", "embedded:", "embedded:FOLDER or"),
        ("store", "http://", "embedded:FOLDER or"),
        ("interval_ms", "99", "from 100"),
        ("interval_ms", "86400001", "to 86400000"),
        ("processes", "101", "from 0 to 100"),
        ("process_commands", "1", "yes or no"),
        ("log_level", "loud", "DEBUG, INFO, WARNING or ERROR"),
    ],
)
def test_other_text_is_one_clear_line(key: str, text: str, wanted: str) -> None:
    """A value that cannot be names its setting, its flag, and what would do."""
    with pytest.raises(SettingsError) as caught:
        read({key: text}, {})
    assert str(caught.value).startswith(f"{BY_KEY[key].name} ({BY_KEY[key].flag}): ")
    assert wanted in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.sampled_from(TABLE), st.text(st.characters(), max_size=30))
def test_no_text_breaks_a_setting(row: Setting, text: str) -> None:
    """Arbitrary text is a value or SettingsError."""
    try:
        found = read({row.key: text}, {})
    except SettingsError:
        return
    assert row.key in vars(found)


@pytest.mark.parametrize("name", ["TIDEGAUGE_STOER", "TIDEGAUGE_STORE_FILE", "TIDEGAUGE_", "TIDEGAUGE_STORE_CA_FILE"])
def test_an_unknown_name_stops_the_program(name: str) -> None:
    """A misspelt setting is named, and the nearest one, instead of being ignored; names of others are let alone."""
    with pytest.raises(SettingsError, match=f"unknown setting {name};"):
        read({}, {name: "x"})
    with pytest.raises(SettingsError, match="is it 'TIDEGAUGE_STORE'"):
        read({}, {"TIDEGAUGE_STOER": "x"})
    assert read({}, {"PATH": "/bin", "TIDEGAUGE_TEST_X": "1"}).fleet == "default"


def test_a_secret_comes_from_its_file(tmp_path: Path) -> None:
    """A secret is read from the file that NAME_FILE names, less its last new line; a given value wins."""
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    from_file = {"TIDEGAUGE_TOKEN_FILE": str(file)}
    assert read({}, from_file).token == "s3cret"
    assert read({}, from_file | {"TIDEGAUGE_TOKEN": ""}).token == "s3cret"
    assert read({}, from_file | {"TIDEGAUGE_TOKEN": "other"}).token == "other"
    assert read({"token": "flag"}, from_file).token == "flag"


def test_a_key_that_can_be_guessed_is_refused_and_not_shown(tmp_path: Path) -> None:
    """The line says where it was given."""
    (tmp_path / "key").write_text("sesame\n")
    for setting in ({"TIDEGAUGE_SECRET_KEY": "sesame"}, {"TIDEGAUGE_SECRET_KEY_FILE": str(tmp_path / "key")}):
        with pytest.raises(SettingsError, match="what was given is not 16 characters or more") as refused:
            read({}, setting)
        assert "sesame" not in str(refused.value)
        assert next(iter(setting)) in str(refused.value)


def test_a_secret_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path) -> None:
    """A missing file, and one that is no text, are named with their setting."""
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "missing", binary):
        with pytest.raises(SettingsError, match=f"TIDEGAUGE_TOKEN_FILE: cannot read {path}"):
            read({}, {"TIDEGAUGE_TOKEN_FILE": str(path)})


def config(folder: Path, text: str) -> str:
    """A file of settings."""
    file = folder / "settings.toml"
    file.write_text(text)
    return str(file)


def test_a_file_of_settings(tmp_path: Path) -> None:
    """Flags over environment over the file over defaults; it is named by flag or environment."""
    path = config(tmp_path, 'fleet = "file"\ninterval_ms = 500\nlog_level = "debug"\nlabels = {rack = "7"}')
    environ = {"TIDEGAUGE_CONFIG": path, "TIDEGAUGE_FLEET": "environ", "TIDEGAUGE_LOG_LEVEL": "error"}
    found = read({"log_level": "warning"}, environ)
    assert (found.fleet, found.interval_ms, found.log_level) == ("environ", 500, "WARNING")
    assert (found.labels, found.state, found.config) == ((("rack", "7"),), "./var/collector", path)
    assert read({"config": path}, {"TIDEGAUGE_CONFIG": "/nowhere"}).fleet == "file"
    assert (found.places["fleet"], found.places["interval_ms"]) == (
        "TIDEGAUGE_FLEET (--fleet)",
        f"{path}, line 2: interval_ms",
    )


def test_a_file_may_give_every_setting(tmp_path: Path) -> None:
    """What the environment takes, the file takes, for all programs alike."""
    texts = settings.texts(read({"spool_floor_mb": "7", "host_id": "h"}, {}), "collector")
    keys = {BY_KEY[key].key for key in BY_KEY if BY_KEY[key].name in texts} - {"config"}
    lines = [f"{key} = {texts[BY_KEY[key].name]!r}" for key in keys]
    found = read({"config": config(tmp_path, "\n".join(lines))}, {}, "web")
    assert (found.spool_floor_mb, found.host_id, found.process_commands) == (7, "h", False)


def test_a_secret_in_a_file_of_settings(tmp_path: Path) -> None:
    """As itself, or by the path of its file; what the environment gives wins, as a file too."""
    (tmp_path / "a").write_text("from-a\n")
    (tmp_path / "b").write_text("from-b\n")
    path = config(tmp_path, f'token_file = "{tmp_path}/a"\nnode_token = "plain"')
    found = read({"config": path}, {})
    assert (found.token, found.node_token) == ("from-a", "plain")
    assert read({"config": path}, {"TIDEGAUGE_TOKEN_FILE": f"{tmp_path}/b"}).token == "from-b"
    assert read({"config": path}, {"TIDEGAUGE_TOKEN": "environ"}).token == "environ"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("fleet = 'x'\n\ninterval_ms = 5", ", line 3: interval_ms: '5' is not a whole number from 100"),
        ("\nfleets = 'x'", ", line 2: unknown key 'fleets'; is it 'fleet'?"),
        ("config = 'x'", ", line 1: unknown key 'config'"),
        ("fleet = ", ": Invalid value (at "),
        ("token_file = '/nowhere'", ", line 1: token_file: cannot read /nowhere"),
    ],
)
def test_what_is_wrong_in_a_file_is_one_clear_line(tmp_path: Path, text: str, line: str) -> None:
    """It names the file, the line and the key."""
    path = config(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        read({"config": path}, {})
    assert str(caught.value).startswith(path + line)
    assert "\n" not in str(caught.value)


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    """A folder, or nothing, is one clear line; a program's own file may be missing."""
    with pytest.raises(SettingsError, match=r"TIDEGAUGE_CONFIG \(--config\): there is no file"):
        read({"config": str(tmp_path / "missing")}, {})
    for path in (str(tmp_path), "a\x00b", "x" * 9999):
        with pytest.raises(SettingsError, match="cannot be read"):
            read({}, {"TIDEGAUGE_CONFIG": path})
    assert read({"config": os.devnull}, {}, "collector").config == os.devnull
    assert settings.CONFIG.others == {"collector": "/etc/tidegauge/collector.toml"}


def test_a_child_gets_this_environment_and_its_settings() -> None:
    """A child process is told its settings beside all that this process was told."""
    found = settings.for_child({"TIDEGAUGE_FLEET": "paris"})
    assert found == {**os.environ, "TIDEGAUGE_FLEET": "paris"}


def test_settings_never_change() -> None:
    """Settings are read once; writing to them is an error."""
    found = read({}, {})
    with pytest.raises(AttributeError, match="never change"):
        found.fleet = "x"


def test_a_person_is_told_by_the_environment(tmp_path: Path) -> None:
    """The password itself goes before its file; what is not given is empty, and no program minds the names."""
    (tmp_path / "password").write_text("from the file\n")
    known = {"TIDEGAUGE_USER": "ann", "TIDEGAUGE_PASSWORD_FILE": str(tmp_path / "password")}
    assert settings.person({}) == ("", "")
    assert settings.person(known) == ("ann", "from the file")
    assert settings.person({**known, "TIDEGAUGE_PASSWORD": "itself"}) == ("ann", "itself")
    assert read({}, known).fleet == "default"
