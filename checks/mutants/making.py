"""Small changes of functions and constants: what each could get wrong in one place."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Constant: TypeAlias = ast.Assign | ast.AnnAssign

# never evaluated, or evaluated when the module is imported
_LEFT_ALONE = {"decorator_list", "returns", "annotation", "type_comment"}
# what such calls make is for type checkers, for developers, or differs in no way
_OF_NO_EFFECT = ("TypeVar", "ParamSpec", "ContextVar", "getLogger")

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_CALLED = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "sorted": "list",
    "startswith": "endswith",
    "endswith": "startswith",
    "partition": "rpartition",
    "rpartition": "partition",
    "removeprefix": "removesuffix",
    "removesuffix": "removeprefix",
    "lstrip": "rstrip",
    "rstrip": "lstrip",
    "lower": "upper",
    "upper": "lower",
    "split": "rsplit",
    "rsplit": "split",
    "find": "rfind",
    "rfind": "find",
}


@dataclass(frozen=True)
class Mutant:
    """One change of a function, or of a constant of a module.

    Attributes
    ----------
    file: its file.
    name: its name, with those of the classes around it.
    line: where its definition begins.
    is_function: whether it is a function.
    lines: first and last line of the statement that is changed.
    change: what is changed, on one line.
    numbers: which place of the file it is, and which change of this place.
    """

    file: Path
    name: str
    line: int
    is_function: bool
    lines: tuple[int, int]
    change: str
    numbers: tuple[int, int]

    def mutated(self) -> ast.Module:
        """Return a module that holds the changed function or constant alone, in its classes."""
        place, variant = self.numbers
        piece, spot = list(_spots(self.file))[place]
        spot.put(variants(spot.node)[variant])
        return piece.alone()


def mutants(file: Path) -> Iterator[Mutant]:
    """Yield all changes of the functions and constants of a file, from top to bottom."""
    for place, (piece, spot) in enumerate(_spots(file)):
        for at, changed in enumerate(variants(spot.node)):
            change = f"{ast.unparse(spot.node)} -> {ast.unparse(changed)}"
            yield Mutant(
                file,
                piece.name,
                piece.line,
                isinstance(piece.node, Function),
                spot.lines,
                " ".join(change.split()),
                (place, at),
            )


@dataclass
class Piece:
    """A function or a constant, and the names of the classes around it."""

    node: Function | Constant
    classes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name, with those of the classes; of several constants, the names of all."""
        own = [self.node.name] if isinstance(self.node, Function) else self.constants
        return ".".join([*self.classes, ", ".join(own)])

    @property
    def constants(self) -> list[str]:
        """The names that are assigned."""
        if isinstance(self.node, Function):
            return []
        targets = self.node.targets if isinstance(self.node, ast.Assign) else [self.node.target]
        each = (node for target in targets for node in ast.walk(target))
        return [node.id for node in each if isinstance(node, ast.Name)]

    @property
    def is_kept(self) -> bool:
        """Whether its value is computed once: by an assignment, or by a function with a cache."""
        decorators = self.node.decorator_list if isinstance(self.node, Function) else []
        has_cache = any(ast.unparse(each).startswith("functools.") for each in decorators)
        return bool(self.constants) or (has_cache and not self.classes)

    @property
    def line(self) -> int:
        """Its first line, as code objects have it: that of the first decorator."""
        decorators = self.node.decorator_list if isinstance(self.node, Function) else []
        return min([self.node.lineno, *(decorator.lineno for decorator in decorators)])

    def alone(self) -> ast.Module:
        """Return a module that holds nothing else; without decorators."""
        node: ast.stmt = self.node
        if isinstance(node, Function):
            node.decorator_list = []
        for name in reversed(self.classes):
            empty = ast.parse(f"class {name}: ...").body[0]
            node = _with(empty, body=[node])  # type: ignore[assignment]
        annotations = ast.parse("from __future__ import annotations").body
        return ast.fix_missing_locations(ast.Module([*annotations, node], []))


def pieces(file: Path) -> Iterator[Piece]:
    """Yield the outermost functions and the constants of a file; constants of classes are left."""

    def within(node: ast.AST, classes: tuple[str, ...]) -> Iterator[Piece]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                yield from within(child, (*classes, child.name))
            elif isinstance(child, Function) or (
                isinstance(child, Constant) and isinstance(node, ast.Module)
            ):
                yield Piece(child, classes)
            elif not isinstance(child, ast.Lambda):
                yield from within(child, classes)

    yield from within(ast.parse(file.read_text("utf-8")), ())


class Spot(NamedTuple):
    """A node that can be changed, the lines of the statement around it, and how it is replaced."""

    node: ast.AST
    lines: tuple[int, int]
    put: Callable[[ast.AST], None]


def _spots(file: Path) -> Iterator[tuple[Piece, Spot]]:
    for piece in pieces(file):
        if piece.name == "__all__" or _is_overload(piece.node) or _is_type(piece.node):
            continue
        if not isinstance(piece.node, Function):

            def put(changed: ast.AST, piece: Piece = piece) -> None:
                piece.node = changed  # type: ignore[assignment]

            yield piece, Spot(piece.node, _lines(piece.node) or (0, 0), put)
        for spot in _below(piece.node, _lines(piece.node) or (0, 0)):
            yield piece, spot


def _below(node: ast.AST, lines: tuple[int, int]) -> Iterator[Spot]:
    for field, value in evaluated(node):
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or _is_left_alone(child, node, field, index):
                continue
            within = _lines(child) or lines

            def put(changed: ast.AST, field: str = field, index: int = index) -> None:
                held = getattr(node, field)
                if isinstance(held, list):
                    held[index] = changed
                else:
                    setattr(node, field, changed)

            yield Spot(child, within, put)
            yield from _below(child, within)


def evaluated(node: ast.AST) -> list[tuple[str, object]]:
    """Return the fields of a node that are evaluated when it is, by name."""
    return [each for each in ast.iter_fields(node) if each[0] not in _LEFT_ALONE]


def _lines(node: ast.AST) -> tuple[int, int] | None:
    """Return the lines of a statement, or of the head of one that holds others."""
    if not isinstance(node, ast.stmt | ast.ExceptHandler):
        return None
    body = getattr(node, "body", None)
    return node.lineno, max(node.lineno, body[0].lineno - 1) if body else node.end_lineno or 0


def _is_type(node: ast.AST) -> bool:
    """Return whether a constant is another name of a type."""
    value = getattr(node, "value", None)
    is_union = isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr)
    return is_union or isinstance(value, ast.Subscript) or "TypeAlias" in ast.unparse(node)


def _is_overload(node: ast.AST) -> bool:
    return any(
        getattr(each, "id", "") == "overload" for each in getattr(node, "decorator_list", ())
    )


def _is_left_alone(node: ast.AST, parent: ast.AST, field: str, index: int) -> bool:
    """Leave out texts that document, what types check, and what only developers read."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom | ast.Global):
        return True
    if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("logger."):
        return True
    if isinstance(node, ast.keyword) and node.arg == "strict" and _is_call_of(parent, "zip"):
        return True  # a guard against slips of ours
    if _is_call_of(parent, *_OF_NO_EFFECT):
        return True
    return _is_call_of(parent, "cast") and field == "args" and index == 0


def _is_call_of(node: ast.AST, *names: str) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return getattr(node.func, "id", getattr(node.func, "attr", "")) in names


def variants(node: ast.AST) -> list[ast.AST]:
    """Return what a node is changed to."""
    found = [*_of_statement(node), *_of_logic(node), *_of_values(node)]
    return [ast.copy_location(each, node) for each in found]


def _of_statement(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.If | ast.While):
        yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Continue):
        yield ast.Break()
    elif isinstance(node, ast.Break):
        yield ast.Continue()
    elif isinstance(node, ast.Return | ast.Assign | ast.AnnAssign):
        if not _is_plain(node.value):
            yield _with(node, value=ast.Constant(None))
    elif isinstance(node, ast.ExceptHandler) and node.type is not None:
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        for at in range(len(caught)):
            rest = [*caught[:at], *caught[at + 1 :]]
            yield _with(node, type=ast.Tuple(rest, ast.Load()))
    elif isinstance(node, ast.Raise | ast.AugAssign | ast.Delete) or _is_call_alone(node):
        yield ast.Pass()


def _is_call_alone(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and not isinstance(node.value, ast.Yield | ast.YieldFrom)


def _is_plain(value: ast.AST | None) -> bool:
    """Whether a value is changed in other ways, or not at all."""
    return value is None or isinstance(value, ast.Constant | ast.Compare | ast.BoolOp)


def _of_logic(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for at, compared in enumerate(node.ops):
            ops = [*node.ops[:at], _COMPARED[type(compared)](), *node.ops[at + 1 :]]
            yield _with(node, ops=ops)
    elif isinstance(node, ast.BoolOp):
        yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        for at in range(len(node.values)):
            rest = [*node.values[:at], *node.values[at + 1 :]]
            yield _with(node, values=rest) if len(rest) > 1 else rest[0]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.comprehension):
        for at in range(len(node.ifs)):
            yield _with(node, ifs=[*node.ifs[:at], *node.ifs[at + 1 :]])
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        yield _with(node, op=_COMPUTED[type(node.op)]())
        yield node.left
        yield node.right


def _of_values(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant):
        yield from (ast.Constant(value) for value in _other_constants(node.value))
    elif isinstance(node, ast.Call):
        yield from _of_call(node)


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    name = str(getattr(node.func, "id", "") or getattr(node.func, "attr", ""))
    # without a limit, both ways to split are the same
    is_same = name in ("split", "rsplit") and len(node.args) + len(node.keywords) < 2
    if (other := _CALLED.get(name)) and not is_same:
        attribute = "id" if isinstance(node.func, ast.Name) else "attr"
        yield _with(node, func=_with(node.func, **{attribute: other}))
    for at, argument in enumerate(node.args):
        if not isinstance(argument, ast.Constant | ast.Starred | ast.GeneratorExp):
            args = [*node.args[:at], ast.Constant(None), *node.args[at + 1 :]]
            yield _with(node, args=args)
    for at, keyword in enumerate(node.keywords):
        if keyword.arg is not None and not _is_left_alone(keyword, node, "keywords", at):
            yield _with(node, keywords=[*node.keywords[:at], *node.keywords[at + 1 :]])


def _other_constants(value: object) -> list[bool | float | str]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1]
    if isinstance(value, str):
        return [f"XX{value}XX"]
    return []


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed
