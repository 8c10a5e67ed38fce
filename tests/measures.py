"""Measures of code, pure: what tests/test_repository.py holds the rules of docs/style.md with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)


class Measured(NamedTuple):
    """A function: its name, first line, lines without its docstring, and the depth of its blocks."""

    name: str
    line: int
    length: int
    depth: int


def functions(source: str) -> list[Measured]:
    """Every function and method of a module, inner ones too."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, Function)]
    return [Measured(node.name, node.lineno, length(node), depth(node.body)) for node in found]


def length(function: Function) -> int:
    """Lines from `def` to the end, the docstring left out: a numbered docstring is no code."""
    first = function.body[0]
    docstring = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(function, clean=False) else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def depth(body: list[ast.stmt]) -> int:
    """How deep blocks lie in one another; `elif` is no deeper than its `if`, inner functions count anew."""
    return max((1 + max(map(depth, _branches(node))) for node in body if isinstance(node, _BLOCKS)), default=0)


def _branches(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(node, ast.Match):
        yield from (case.body for case in node.cases)
        return
    yield getattr(node, "body", [])
    yield from (handler.body for handler in getattr(node, "handlers", []))
    yield getattr(node, "finalbody", [])
    orelse = getattr(node, "orelse", [])
    if isinstance(node, ast.If) and len(orelse) == 1 and isinstance(orelse[0], ast.If):
        yield from _branches(orelse[0])
    else:
        yield orelse


def lines_that_name(source: str, owner: str, names: frozenset[str]) -> list[int]:
    """Lines that use `owner.name` or import a name from `owner`, for some names."""
    tree = ast.walk(ast.parse(source))
    return sorted(node.lineno for node in tree if isinstance(node, ast.expr | ast.stmt) and _uses(node, owner, names))


def _uses(node: ast.AST, owner: str, names: frozenset[str]) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == owner and any(alias.name in names for alias in node.names)
    return (
        isinstance(node, ast.Attribute)
        and node.attr in names
        and isinstance(node.value, ast.Name)
        and node.value.id == owner
    )


def undocumented(source: str) -> list[Measured]:
    """Tests (functions named test_…) that have no docstring of one sentence."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, Function)]
    tests = [node for node in found if node.name.startswith("test_")]
    return [Measured(t.name, t.lineno, length(t), 0) for t in tests if not _is_sentence(ast.get_docstring(t) or "")]


def _is_sentence(text: str) -> bool:
    return text.endswith((".", "?", "!")) and "\n\n" not in text


def test_of(module: PurePosixPath) -> PurePosixPath:
    """Where the test of a module lies; of a package's `__init__` it is named after the package."""
    named = module.parent if module.name == "__init__.py" else module
    return PurePosixPath("tests", named.parent, f"test_{named.stem}.py")


def modules_of(test: PurePosixPath) -> tuple[PurePosixPath, PurePosixPath]:
    """What a test may be the test of: a module, or a package."""
    inside = PurePosixPath(*test.parts[1:])
    named = inside.with_name(inside.name.removeprefix("test_"))
    return named, named.with_suffix("") / "__init__.py"
