"""Replace the code of functions while they are in use."""

from __future__ import annotations

import ast
import gc
import types
from collections.abc import Iterator

from checks.mutants.making import Mutant


class Functions:
    """All functions of Python that exist, by where their code is from."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, int], list[types.FunctionType]] = {}
        for each in gc.get_objects():
            if isinstance(each, types.FunctionType):
                code = each.__code__
                key = (code.co_filename, code.co_name, code.co_firstlineno)
                self._known.setdefault(key, []).append(each)

    def replace(self, mutant: Mutant) -> bool:
        """Give the functions that a change is about its code; False if there are none."""
        name, line = mutant.code
        found = self._known.get((str(mutant.file.resolve()), name, line), [])
        tree = mutant.mutated()
        if mutant.default:
            return bool(found) and all(_new_default(each, mutant, tree) for each in found)
        codes = list(_codes(compile(tree, str(mutant.file.resolve()), "exec", dont_inherit=True)))
        fitting = [code for code in codes if (code.co_name, code.co_firstlineno) == (name, line)]
        if len(fitting) != 1:
            return False
        for each in found:
            each.__code__ = fitting[0]
        return bool(found)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Return the code of functions and classes, without that of what functions hold."""
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield each
            if not each.co_flags & 0x1:  # the body of a class
                yield from _codes(each)


def _new_default(function: types.FunctionType, mutant: Mutant, tree: ast.Module) -> bool:
    node: ast.AST = tree
    arguments: ast.arguments | None = None
    field, index = "", 0
    for name, at in mutant.steps:
        if isinstance(node, ast.arguments) and name in ("defaults", "kw_defaults"):
            arguments, field, index = node, name, at or 0
            break
        value = getattr(node, name)
        node = value if at is None else value[at]
    if arguments is None:
        return False
    changed = getattr(arguments, field)[index]
    value = eval(  # noqa: S307 - a constant of our own source
        compile(ast.Expression(changed), "default", "eval"), function.__globals__
    )
    if field == "kw_defaults":
        name = arguments.kwonlyargs[index].arg
        function.__kwdefaults__ = {**(function.__kwdefaults__ or {}), name: value}
    else:
        kept = list(function.__defaults__ or ())
        kept[index] = value
        function.__defaults__ = tuple(kept)
    return True
