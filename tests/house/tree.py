"""The tree as the house rules see it: files, their syntax trees, their imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
"""The repository's root."""

PRODUCT = ("functions", "layers", "local", "cli", "benchmarks")
"""Folders of what users run; tests/ is beside them."""

type_of_function = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    """All Python files under these folders of the repository, sorted."""
    found = (path for folder in folders for path in (TOP / folder).rglob("*.py"))
    return sorted(path for path in found if "__pycache__" not in path.parts)


def place(path: Path, node: ast.AST | int = 1) -> str:
    """`file:line`, as editors take it."""
    line = node if isinstance(node, int) else getattr(node, "lineno", 1)
    return f"{path.relative_to(TOP).as_posix()}:{line}"


@cache
def parsed(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Every node of the file's syntax tree."""
    return tuple(ast.walk(parsed(path)))


@cache
def functions_of(path: Path) -> tuple[Function, ...]:
    """Every function and method in the file."""
    return tuple(node for node in nodes_of(path) if isinstance(node, type_of_function))


@cache
def imports_of(path: Path) -> tuple[tuple[ast.AST, str], ...]:
    """Each import statement in the file, at any depth, with the full name of what it imports."""
    return tuple(_imports(nodes_of(path)))


def _imports(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.AST, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def is_under(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of the packages or lies in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def called_name(node: ast.AST) -> str:
    """The dotted name of what a call calls, like `time.sleep`; empty for anything else."""
    return dotted(node.func) if isinstance(node, ast.Call) else ""


def dotted(node: ast.AST) -> str:
    """`a.b.c` as text; empty when it is more than names and dots."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def names_of_functions() -> set[str]:
    """Folders in functions/, each a Lambda function."""
    return {path.name for path in (TOP / "functions").iterdir() if (path / "app.py").is_file()}
