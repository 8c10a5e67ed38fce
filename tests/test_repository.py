"""The repository's own rules: each ✓ of docs/style.md that is not another tool's.

A message names file and line, the rule, and what to do.
"""

from __future__ import annotations

import ast
import json
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path, PurePosixPath

import pytest

from tests import measures

ROOT = Path(__file__).parent.parent
ROOMS = ("tidegauge", "collector", "ingest_api", "app", "layouts", "cli")
OTHER_FOLDERS = ("docs", "tests", "benchmarks")
NO_MODULE = {"tests/test_repository.py"}
"""Tests of no single module."""
NO_MODULE_FOLDERS = ("tests/end_to_end/", "tests/e2e/", "tests/elasticsearch/", "tests/engines/")
"""Tests of real processes together."""

MAX_MODULE = 400
MAX_FUNCTION, NINE_OF_TEN, MEDIAN = 60, 35, 10
MAX_DEPTH = 3
MAX_PATCHES = 3

DECODERS = {
    "tidegauge/metrics/wire.py": ("members", "decode", "decode_header", "decode_answer"),
    "tidegauge/metrics/query.py": ("from_url", "from_pairs", "from_json"),
    "tidegauge/metrics/filters.py": ("parse",),
    "tidegauge/metrics/ranges.py": ("resolve",),
    "tidegauge/settings.py": ("read",),
    "tidegauge/config_file.py": ("parse",),
    "tidegauge/sessions/signing.py": ("read",),
    "tidegauge/cluster/directory.py": ("decode_document",),
    "tidegauge/cluster/envelope.py": ("decode",),
    "tidegauge/cluster/frames.py": ("decode",),
    "tidegauge/storage/elastic/address.py": ("parse",),
    "app/login.py": ("safe_path",),
    "app/messages.py": ("read_order",),
    "tidegauge/sessions/preferences.py": ("decode",),
    "collector/disk/record.py": ("read", "scan", "is_torn"),
    "collector/disk/cursor.py": ("decode",),
}
"""Every function that reads bytes or text of others; each has a Hypothesis test on arbitrary input."""
TRUSTED = ("collector/",)
"""Where what is parsed comes from the kernel."""


def python(*folders: str) -> list[PurePosixPath]:
    """The Python files of some folders, from the root."""
    files = chain.from_iterable((ROOT / folder).rglob("*.py") for folder in folders)
    return sorted(PurePosixPath(file.relative_to(ROOT)) for file in files)


def javascript() -> list[PurePosixPath]:
    """Our JavaScript: assets less the vendor's, and its tests."""
    files = chain.from_iterable((ROOT / folder).rglob("*.*js") for folder in ("assets", "tests/assets"))
    return sorted(PurePosixPath(f.relative_to(ROOT)) for f in files if "vendor" not in f.parts)


def read(file: PurePosixPath) -> str:
    """A file's text."""
    return (ROOT / file).read_text(encoding="utf-8")


def hold(rule: str, broken: Iterable[object]) -> None:
    """Fail with the rule and each place that breaks it."""
    places = sorted(map(str, broken))
    assert not places, "\n  ".join([f"{rule}:", *places])


def product_functions() -> Iterator[tuple[PurePosixPath, measures.Measured]]:
    """Every function of the product's Python."""
    for file in python(*ROOMS):
        for function in measures.functions(read(file)):
            yield file, function


# --- sizes -----------------------------------------------------------------------------------------


def test_modules_are_short() -> None:
    """A module has at most 400 lines, in Python and in JavaScript, tests and benchmarks included."""
    counted = [(file, read(file).count("\n")) for file in (*python(*ROOMS, *OTHER_FOLDERS), *javascript())]
    too_long = [f"{file}: {lines} lines" for file, lines in counted if lines > MAX_MODULE]
    hold(f"a module has at most {MAX_MODULE} lines; split it by its nouns", too_long)


def test_functions_are_short() -> None:
    """No function has over 60 lines, nine of ten at most 35, half of them at most 10."""
    measured = list(product_functions())
    too_long = [f"{file}:{f.line} {f.name}: {f.length} lines" for file, f in measured if f.length > MAX_FUNCTION]
    hold(f"a function has at most {MAX_FUNCTION} lines; name its steps", too_long)
    lengths = sorted(f.length for _, f in measured)
    assert lengths[len(lengths) * 9 // 10] <= NINE_OF_TEN
    assert statistics.median(lengths) <= MEDIAN


def test_functions_are_flat() -> None:
    """Blocks lie at most three deep; guard clauses first."""
    deep = [f"{file}:{f.line} {f.name}: {f.depth} deep" for file, f in product_functions() if f.depth > MAX_DEPTH]
    hold(f"blocks lie at most {MAX_DEPTH} deep; return early, or name the inner block", deep)


def test_entry_points_are_tables_of_contents() -> None:
    """`create_app` and `main` wire, in under 60 lines, docstring and all."""
    for file in python(*ROOMS):
        for node in ast.walk(ast.parse(read(file))):
            if isinstance(node, measures.Function) and node.name in ("create_app", "main"):
                assert (node.end_lineno or 0) - node.lineno < 59, f"{file}:{node.lineno} {node.name} decides too much"


# --- where things are ------------------------------------------------------------------------------


def test_every_module_has_its_test() -> None:
    """`room/x.py` has `tests/room/test_x.py`."""
    modules = [file for file in python(*ROOMS, "docs") if file.name not in ("__init__.py", "__main__.py")]
    missing = [f"{m}: write {measures.test_of(m)}" for m in modules if not (ROOT / measures.test_of(m)).is_file()]
    hold("tests mirror the code", missing)


def test_every_test_has_its_module() -> None:
    """`tests/room/test_x.py` is the test of `room/x.py`, or of the package `room/x`."""
    tests = [file for file in python("tests") if file.name.startswith("test_") and str(file) not in NO_MODULE]
    tests = [file for file in tests if not str(file).startswith(NO_MODULE_FOLDERS)]
    lost = [f"{t}: no {measures.modules_of(t)[0]}" for t in tests if not any(map(_is_there, measures.modules_of(t)))]
    hold("tests mirror the code, the other way too: move or rename", lost)


def _is_there(file: PurePosixPath) -> bool:
    return (ROOT / file).is_file()


def test_every_pure_module_of_javascript_has_its_test() -> None:
    """`assets/js/core/x.mjs` has `tests/assets/core/x.test.mjs`."""
    modules = [file for file in javascript() if file.parts[:3] == ("assets", "js", "core")]
    tests = {m: PurePosixPath("tests/assets/core", f"{m.stem}.test.mjs") for m in modules}
    hold("tests mirror the code", (f"{m}: write {test}" for m, test in tests.items() if not _is_there(test)))


def test_no_room_for_leftovers() -> None:
    """No module or folder is named utils, common or helpers: name the noun."""
    leftovers = {"utils", "util", "common", "helpers", "helper", "misc"}
    files = (*python(*ROOMS, *OTHER_FOLDERS), *javascript())
    hold("name the noun that a module holds", (f for f in files if leftovers & {*f.parts[:-1], f.name.split(".")[0]}))


def test_every_package_has_its_door() -> None:
    """Each package's `__init__` says what lives there, who calls it, what it may touch."""
    doors = [file for file in python(*ROOMS) if file.name == "__init__.py"]
    assert {file.parent.name for file in doors} >= set(ROOMS)
    hold("a package's __init__ has a docstring", (f for f in doors if not ast.get_docstring(ast.parse(read(f)))))


def test_the_table_of_readers_equals_the_folder() -> None:
    """Each module of collector/readers has its row in the registry, and each row its module."""
    from collector.registry import READERS

    rows = {entry.path.split(":")[0].removeprefix("collector.readers.") for entry in READERS}
    assert rows == modules_in("collector/readers")


def test_the_table_of_pages_equals_the_folders() -> None:
    """Each module of app/pages has its row in the table and its namesake in layouts, and each row its module."""
    from app.pages_table import PAGES

    rows = {page.name for page in PAGES}
    assert rows == modules_in("app/pages")
    assert rows <= modules_in("layouts")


def modules_in(folder: str) -> set[str]:
    """The names of a folder's own modules."""
    return {file.stem for file in (ROOT / folder).glob("*.py")} - {"__init__"}


# --- what code may not do --------------------------------------------------------------------------


def test_the_environment_is_read_in_one_place() -> None:
    """`os.environ` and `os.getenv` stand in tidegauge/settings.py alone; settings are passed in."""
    names = frozenset({"environ", "environb", "getenv", "putenv"})
    files = [file for file in python(*ROOMS, "docs") if str(file) != "tidegauge/settings.py"]
    lines = [f"{file}:{line}" for file in files for line in measures.lines_that_name(read(file), "os", names)]
    hold("only tidegauge/settings.py reads the environment; take a setting as a parameter", lines)


def test_tests_patch_next_to_nothing() -> None:
    """Fakes and real servers stand in for neighbours."""
    pattern = re.compile(r"\b(?:patch|monkeypatch\.setattr)\(|\bpatch\.(?:object|dict)\(")
    found = places(pattern, (file for file in python("tests") if str(file) != "tests/test_repository.py"))
    assert len(found) <= MAX_PATCHES, "\n  ".join(["pass a fake in instead of patching:", *found])


def test_browsers_get_text_not_html() -> None:
    """JavaScript writes text: nothing that parses a string as HTML or as code."""
    pattern = re.compile(r"\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function\(|srcdoc")
    hold("write textContent; make elements with createElement", places(pattern, javascript()))


def places(pattern: re.Pattern[str], files: Iterable[PurePosixPath]) -> list[str]:
    """Each line of some files that a pattern is found in, as `file:line`."""
    return [
        f"{file}:{number}"
        for file in files
        for number, line in enumerate(read(file).splitlines(), 1)
        if pattern.search(line)
    ]


def test_importing_the_storage_loads_no_vendor() -> None:
    """`import tidegauge.storage` loads neither DuckDB nor the Elasticsearch client: `open_store` chooses."""
    code = "import sys, tidegauge.storage; print(sorted({'duckdb', 'elasticsearch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- tests -----------------------------------------------------------------------------------------


def test_each_test_says_what_it_holds() -> None:
    """Each test has a docstring of one sentence or a few, without a second paragraph."""
    files = [file for file in python("tests") if file.name.startswith("test_")]
    silent = [f"{file}:{t.line} {t.name}" for file in files for t in measures.undocumented(read(file))]
    hold("a test has a docstring that ends in a full stop", silent)


@pytest.mark.parametrize("module", DECODERS)
def test_each_decoder_is_tried_on_arbitrary_input(module: str) -> None:
    """A decoder's test throws Hypothesis at it."""
    test = measures.test_of(PurePosixPath(module))
    text = read(test) if _is_there(test) else ""
    untried = [name for name in DECODERS[module] if "@given(" not in text or not re.search(rf"\b{name}\b", text)]
    hold(f"a decoder has a Hypothesis test in {test}", untried)


def test_every_decoder_is_known() -> None:
    """A public function named decode…, parse… or from_… is in the table of decoders above."""
    name = re.compile(r"(?:decode|parse)(?:_\w+)?|from_(?:json|url|pairs|bytes|text)")
    found = [(file, f) for file, f in product_functions() if name.fullmatch(f.name)]
    known = [(PurePosixPath(file), name) for file, names in DECODERS.items() for name in names]
    strange = [(file, f) for file, f in found if (file, f.name) not in known and not str(file).startswith(TRUSTED)]
    unknown = [f"{file}:{f.line} {f.name}" for file, f in strange]
    hold("add it to DECODERS, with a Hypothesis test", unknown)


# --- words -----------------------------------------------------------------------------------------


def texts() -> list[PurePosixPath]:
    """What people read: code and pages, but this file."""
    files = chain.from_iterable((ROOT / folder).rglob("*") for folder in (*ROOMS, *OTHER_FOLDERS, "assets", "deploy"))
    found = [f for f in (*files, *ROOT.glob("*")) if f.suffix in (".py", ".md", ".mjs", ".toml", ".css", ".ts", ".cfg")]
    ours = [f for f in found if not {"vendor", "node_modules"} & set(f.parts) and f != Path(__file__)]
    return sorted(PurePosixPath(file.relative_to(ROOT)) for file in ours)


def test_rules_that_are_named_are_written() -> None:
    """Each "rule N" of code and pages is a heading of docs/rules.md."""
    headings = set(re.findall(r"^## ([0-9]+) ", read(PurePosixPath("docs/rules.md")), re.MULTILINE))
    assert headings == {str(number) for number in range(1, 17)}
    named = re.compile(r"\brules? ((?:[0-9]+(?:, | and )?)+)")
    numbers = [(file, n) for file in texts() for one in named.findall(read(file)) for n in re.findall("[0-9]+", one)]
    hold("write the rule in docs/rules.md", (f"{file}: rule {n}" for file, n in numbers if n not in headings))


def test_pages_name_nothing_that_is_not_here() -> None:
    """No text leans on papers or places outside of the repository."""
    hold("say it here", places(re.compile(r"DESIGN\.md|STYLE\.md|\bshared/|/work/"), texts()))


# --- packages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned(name: str) -> None:
    """Each line pins one version, of no index and no file."""
    lines = [line for line in read(PurePosixPath(name)).splitlines() if line and not line.startswith("#")]
    loose = [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.]+|-r requirements\.txt", line)]
    hold("pin name==version", loose)


def test_what_runs_is_pinned() -> None:
    """All that the package and its extra `server` ask for stands in requirements.txt."""
    project = tomllib.loads(read(PurePosixPath("pyproject.toml")))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["server"]]
    pinned = {_plain(line.split("==")[0]) for line in read(PurePosixPath("requirements.txt")).splitlines()}
    hold("pin it in requirements.txt", {_plain(re.split(r"[<>=!~\[ ]", one)[0]) for one in asked} - pinned)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_of_javascript_names_no_registry() -> None:
    """package-lock.json pins versions and hashes; where from is the reader's business."""
    packages = json.loads(read(PurePosixPath("package-lock.json")))["packages"]
    hold("lock with omit-lockfile-registry-resolved", (key for key, one in packages.items() if "resolved" in one))


# --- the measures themselves -----------------------------------------------------------------------

SAMPLE = '''
def f(a):
    """Doc.

    More.
    """
    if a:
        pass
    elif a > 1:
        for b in a:
            try:
                pass
            except ValueError:
                with b:
                    pass
    return os.environ
'''


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (lambda: measures.functions(SAMPLE), [measures.Measured("f", 2, 11, 4)]),
        (lambda: measures.lines_that_name(SAMPLE, "os", frozenset({"environ"})), [16]),
        (lambda: len(measures.undocumented("def test_x():\n    pass\n")), 1),
        (lambda: len(measures.undocumented('def test_x():\n    """It holds."""\n')), 0),
        (lambda: str(measures.test_of(PurePosixPath("a/b/c.py"))), "tests/a/b/test_c.py"),
        (lambda: str(measures.test_of(PurePosixPath("a/b/__init__.py"))), "tests/a/test_b.py"),
        (
            lambda: list(map(str, measures.modules_of(PurePosixPath("tests/a/test_b.py")))),
            ["a/b.py", "a/b/__init__.py"],
        ),
    ],
)
def test_the_measures_measure(measured: Callable[[], object], expected: object) -> None:
    """Lengths leave docstrings out, `elif` lies no deeper, tests and modules find each other."""
    assert measured() == expected
