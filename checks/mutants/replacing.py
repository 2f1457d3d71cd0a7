"""Replace functions and constants while they are in use."""

from __future__ import annotations

import ast
import functools
import gc
import sys
import types
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from checks.mutants.making import Mutant, Piece, evaluated, pieces

SOURCE = Path("src/aind_session")


class Program:
    """All functions of Python that exist, by where their code is from, and what keeps answers."""

    def __init__(self) -> None:
        self._functions: dict[tuple[str, str, int], list[types.FunctionType]] = {}
        self._caches: list[functools._lru_cache_wrapper[object]] = []
        for each in gc.get_objects():
            if isinstance(each, types.FunctionType):
                code = each.__code__
                key = (code.co_filename, code.co_name, code.co_firstlineno)
                self._functions.setdefault(key, []).append(each)
            elif isinstance(each, functools._lru_cache_wrapper):
                self._caches.append(each)

    def replace(self, mutant: Mutant) -> bool:
        """Change what a mutant is about; False if it is not there."""
        for cache in self._caches:
            cache.cache_clear()
        if mutant.is_function:
            return self._define(mutant.file, mutant.name, mutant.line, mutant.mutated())
        names = mutant.name.split(", ")
        _assign(mutant.file, mutant.mutated(), names)
        made = made_of(mutant)
        for file, piece in made * 2:  # twice, since one can be made of another that comes later
            if piece.constants:
                _assign(file, piece.alone(), piece.constants)
        for file, piece in readers(mutant, made):  # it can be the default of an argument
            self._define(file, piece.name, piece.line, piece.alone())
        return True

    def _define(self, file: Path, name: str, line: int, tree: ast.Module) -> bool:
        """Replace the code and defaults of a function, wherever it is, by those of a new module."""
        *classes, own = name.split(".")
        found = self._functions.get((str(file.resolve()), own, line), [])
        made = _run(file, tree, dict(vars(sys.modules[module_of(file)])))
        for each in classes:
            made = dict(vars(made[each]))
        new = getattr(made[own], "__func__", made[own])  # __new__ is a static method
        for function in found:
            function.__code__ = new.__code__
            function.__defaults__, function.__kwdefaults__ = new.__defaults__, new.__kwdefaults__
        return bool(found)


def module_of(file: Path) -> str:
    """Return the name of the module that a file is."""
    name = ".".join(file.relative_to(SOURCE.parent).with_suffix("").parts)
    return name.removesuffix(".__init__")


def _run(file: Path, tree: ast.Module, names: dict[str, Any]) -> dict[str, Any]:
    exec(compile(tree, str(file.resolve()), "exec", dont_inherit=True), names)  # noqa: S102
    return names


def _assign(file: Path, tree: ast.Module, names: Iterable[str]) -> None:
    """Assign constants again, wherever they were imported."""
    known = vars(sys.modules[module_of(file)])
    before = dict(known)
    _run(file, tree, known)
    for name in names:
        for module in list(sys.modules.values()):
            held = getattr(module, "__dict__", {})
            if held.get(name, known) is before[name]:
                held[name] = known[name]


def made_of(mutant: Mutant) -> list[tuple[Path, Piece]]:
    """Return what is computed once from a constant, what is made of the others later."""
    found: dict[tuple[Path, str], Piece] = {}
    while True:
        known = [(file, piece) for (file, _), piece in found.items()]
        read = [(file, p) for file, p in _reading(mutant, known) if p.is_kept]
        more = {(file, piece.name): piece for file, piece in read}
        if not more.keys() - found.keys():
            return known
        found |= more


def readers(mutant: Mutant, made: Sequence[tuple[Path, Piece]]) -> list[tuple[Path, Piece]]:
    """Return the functions that read a constant, or what is made of it."""
    return [(file, piece) for file, piece in _reading(mutant, made) if not piece.constants]


def _reading(mutant: Mutant, made: Sequence[tuple[Path, Piece]]) -> list[tuple[Path, Piece]]:
    names = {(name, mutant.file) for name in mutant.name.split(", ")}
    names |= {(name, file) for file, piece in made for name in piece.constants or [piece.name]}
    return [
        (file, piece)
        for file, piece, read in _all_pieces()
        # private names are read in their own file alone
        if any(name in read and (own == file or name[0] != "_") for name, own in names)
    ]


@functools.cache
def _all_pieces() -> list[tuple[Path, Piece, frozenset[str]]]:
    files = sorted(SOURCE.rglob("*.py"))
    return [(file, piece, _read(piece.node)) for file in files for piece in pieces(file)]


def _read(node: ast.AST) -> frozenset[str]:
    """Return the names and attributes that are read in a piece."""
    found = {getattr(node, "id", getattr(node, "attr", ""))}
    if isinstance(getattr(node, "ctx", None), ast.Store):
        found = set()
    for _, value in evaluated(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                found |= _read(child)
    return frozenset(found)
