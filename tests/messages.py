"""What photosort may say, read from its source: each text, and the commands that can say it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import typer

from photosort.cli import app
from tests.conftest import REPO

Node = tuple[str, str]  # module, name at its top level


@dataclass(frozen=True)
class Message:
    """A text of the source; `{}` stands for each value put into it."""

    module: str
    line: int
    text: str
    commands: frozenset[str]  # that can come to it

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.text}"


@cache
def trees() -> dict[str, ast.Module]:
    """Parse every module of the package."""
    found = {}
    for path in sorted((REPO / "photosort").rglob("*.py")):
        parts = path.relative_to(REPO).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text("utf-8"))
    return found


def imported(module: str, tree: ast.AST) -> dict[str, Node]:
    """Say what each imported name of a module stands for: ("module", "") is a module."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("photosort"):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                target = (whole, "") if whole in trees() else (str(node.module), alias.name)
                names[alias.asname or alias.name] = target
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in trees() and alias.asname:
                    names[alias.asname] = (alias.name, "")
    return names


def top_level(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """List what a module defines, by name: functions, classes, constants."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node


class Uses(ast.NodeVisitor):
    """Collect the names a piece of code uses, without those in annotations."""

    def __init__(self) -> None:
        self.names: set[tuple[str, str]] = set()  # name, attribute or ""

    def visit_Name(self, node: ast.Name) -> None:
        self.names.add((node.id, ""))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name):
            self.names.add((node.value.id, node.attr))
        self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        pass

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in (*node.args.defaults, *node.args.kw_defaults, *node.decorator_list, *node.body):
            if part is not None:
                self.visit(part)


@cache
def calls() -> dict[Node, set[Node]]:
    """Say which top-level names the code of each one uses: all it may call, and more."""
    defined = {module: dict(top_level(tree)) for module, tree in trees().items()}
    graph: dict[Node, set[Node]] = {}
    for module, tree in trees().items():
        names = imported(module, tree)
        for name, node in defined[module].items():
            uses = Uses()
            uses.visit(node)
            found = set()
            for used, attribute in uses.names:
                if used in names:
                    where, what = names[used]
                    found.add((where, what or attribute))
                elif used in defined[module]:
                    found.add((module, used))
            graph[module, name] = {resolve(where, what) for where, what in found}
    return graph


def resolve(module: str, name: str) -> Node:
    """Follow a name through packages that only pass it on."""
    seen = set()
    while module in trees() and (module, name) not in seen:
        seen.add((module, name))
        passed_on = imported(module, trees()[module]).get(name)
        if passed_on is None or name in dict(top_level(trees()[module])):
            break
        module, name = passed_on
    return module, name


def commands() -> dict[str, Any]:
    """List the commands by what is typed after photosort: "organize", "cache info"."""

    def walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
        for name, below in getattr(command, "commands", {}).items():
            yield from walk(below, f"{path} {name}".strip())
        if not getattr(command, "commands", {}):
            yield path, command

    return dict(walk(typer.main.get_command(app), ""))


def options(command: str) -> set[str]:
    """List the options of a command."""
    return {
        name
        for one in commands()[command].params
        for name in (*one.opts, *one.secondary_opts)
        if name[0] == "-"
    }


def reached(command: str) -> set[Node]:
    """List all that the code of a command can come to."""
    callback = inspect.unwrap(commands()[command].callback)
    waiting, found = [(callback.__module__, callback.__name__)], set()
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(calls().get(node, ()))
    return found


@cache
def messages() -> tuple[Message, ...]:
    """List every text of the source that is no docstring, with the commands that can say it."""
    by_node: dict[Node, set[str]] = {}
    for command in commands():
        for node in reached(command):
            by_node.setdefault(node, set()).add(command)
    found = []
    for module, tree in trees().items():
        for name, node in top_level(tree):
            can = frozenset(by_node.get((module, name), ()))
            found += [Message(module, line, text, can) for line, text in texts(node)]
    return tuple(found)


def texts(node: ast.AST) -> Iterator[tuple[int, str]]:
    """List the texts in a piece of code, docstrings left out."""
    if isinstance(node, ast.JoinedStr):
        yield (
            node.lineno,
            "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            ),
        )
        inner = [part for part in node.values if isinstance(part, ast.FormattedValue)]
        for part in inner:
            yield from texts(part.value)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
            yield from texts(child)
