"""Finds, in Python source, what changes a disk and what would run a file's contents.

By names, as far as imports tell them, and wherever they stand: `map(os.remove, paths)` counts as a
call does. A method counts whatever its object is, because the text does not tell types; only
`replace` does: a Path's takes one argument, a str's two.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Functions of `os` that change a disk or start what could; `os.open` is judged by its flags.
OS = _words(
    "chflags chmod chown copy_file_range execl execle execlp execv execve execvp fchmod fchown"
    " fdopen ftruncate lchflags lchmod lchown link makedirs mkdir mkfifo mknod popen"
    " posix_fallocate posix_spawn posix_spawnp pwrite pwritev remove"
    " removedirs removexattr rename renames replace rmdir sendfile setxattr splice startfile"
    " symlink system truncate unlink utime write writev"
)
READ_FLAGS = _words("O_RDONLY O_CLOEXEC O_BINARY O_NOFOLLOW O_NONBLOCK O_DIRECTORY")
WHOLE_MODULES = _words("ctypes dbm mmap shelve shutil subprocess tempfile")
HARMLESS = _words(
    "subprocess.DEVNULL subprocess.PIPE subprocess.STARTUPINFO subprocess.TimeoutExpired"
)
SINGLE = frozenset({"sqlite3.connect"})
# Methods of Path and of open files, and those by which NumPy, Pillow and Matplotlib write.
METHODS = _words(
    "chmod hardlink_to lchmod mkdir rename rmdir save savefig savetxt savez savez_compressed"
    " symlink_to tofile touch truncate unlink write_bytes write_text"
)
OPENERS = frozenset({"open", "io.open", "codecs.open", "bz2.open", "gzip.open", "lzma.open"})
# Whoever loads with these runs what is in the file.
CODE = _words("cloudpickle dill joblib marshal pickle shelve")
RUNNERS = frozenset({"eval", "exec", "compile", "yaml.load", "torch.load"})


@dataclass(frozen=True, order=True)
class Found:
    """Something found: the function it stands in ("" outside of any), its name, its line."""

    function: str
    name: str
    line: int


def changes(source: str) -> list[Found]:
    """List what in `source` can change a disk."""
    return sorted(_search(source, _changing))


def code_loaders(source: str) -> list[Found]:
    """List what in `source` would run code that a file holds."""
    return sorted(_search(source, _running))


Judge = Callable[[ast.AST, str], bool]


def _search(source: str, judge: Judge) -> Iterator[Found]:
    tree = ast.parse(source)
    origin = _origins(tree)

    def visit(node: ast.AST, function: str) -> Iterator[Found]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
        name = _name(node.func if isinstance(node, ast.Call) else node, origin)
        if name and judge(node, name):
            yield Found(function, name, getattr(node, "lineno", 0))
        for child in ast.iter_child_nodes(node):
            yield from visit(child, function)

    yield from visit(tree, "")


def _origins(tree: ast.AST) -> dict[str, str]:
    """Tell what every imported name is: after `from os import remove as rm`, rm is os.remove."""
    origin = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                origin[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                origin[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return origin


def _name(node: ast.AST, origin: dict[str, str]) -> str:
    """Name what is referred to: "os.remove", or ".unlink" where the object is unknown."""
    if isinstance(node, ast.Name):
        return origin.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        base = node.value
        known = isinstance(base, ast.Name) and base.id in origin
        return f"{origin[base.id] if known else ''}.{node.attr}"
    return ""


def _changing(node: ast.AST, name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    if isinstance(node, ast.Call):
        return _call_changes(node, name, module, attribute)
    if name.partition(".")[0] in WHOLE_MODULES and module:
        return name not in HARMLESS
    if module in {"os", "posix", "nt"}:
        return attribute in OS
    return name in SINGLE or ("." in name and attribute in METHODS and not _ours(name))


def _call_changes(call: ast.Call, name: str, module: str, attribute: str) -> bool:
    """Judge what only a call tells; what is called is also looked at by itself."""
    if name == "os.open":
        return not _only_reads(call)
    if name == "getattr" and isinstance(call.args[0], ast.Name) and call.args[0].id == "os":
        asked = call.args[1]
        return not isinstance(asked, ast.Constant) or asked.value in OS
    if name in OPENERS:
        return _writes(call, 1)
    if name == ".open":
        return _writes(call, 0)
    return name == ".replace" and len(call.args) == 1 and not call.keywords


def _ours(name: str) -> bool:
    """Return whether a name is a function of photosort, whose own text is looked at too."""
    return name.startswith("photosort.")


def _writes(call: ast.Call, position: int) -> bool:
    """Return whether an `open` has a mode that is not plainly one of reading."""
    modes = [keyword.value for keyword in call.keywords if keyword.arg == "mode"]
    modes += call.args[position : position + 1]
    if not modes:
        return False
    if not isinstance(modes[0], ast.Constant) or not isinstance(modes[0].value, str):
        return True
    return bool(set("wax+") & set(modes[0].value))


def _only_reads(call: ast.Call) -> bool:
    """Return whether every flag that `os.open` is given here is one of reading."""
    if len(call.args) < 2:
        return False
    parts = list(ast.walk(call.args[1]))
    flags = {part.attr for part in parts if isinstance(part, ast.Attribute)}
    names = {part.id for part in parts if isinstance(part, ast.Name)} - {"os"}
    return flags <= READ_FLAGS and not names


def _running(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return False
    if name in RUNNERS or (name.partition(".")[0] in CODE and name):
        return True
    if not isinstance(node, ast.Call):
        return False
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    if name.endswith(".load_model"):
        return not _is(keywords.get("safe_mode"), value=True)
    return "allow_pickle" in keywords and not _is(keywords["allow_pickle"], value=False)


def _is(node: ast.AST | None, *, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value
