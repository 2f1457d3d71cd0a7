"""Small changes of functions: what each could get wrong in one place."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

Step = tuple[str, int | None]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
# never evaluated, or evaluated when the module is imported
_LEFT_ALONE = {"decorator_list", "returns", "annotation", "type_comment"}

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
    """One change of one function.

    Attributes
    ----------
    file: the file of the function.
    function: its name, with those of the classes around it.
    code: name and first line of the outermost function, as its code object bears them.
    lines: first and last line of what is changed, and of the statement around it.
    before, after: the changed place as source.
    steps, variant: how the change is found again in the file.
    default: whether it is about the value of an argument that is left out.
    """

    file: Path
    function: str
    code: tuple[str, int]
    lines: tuple[int, int]
    before: str
    after: str
    steps: tuple[Step, ...]
    variant: int
    default: bool

    @property
    def change(self) -> str:
        """What is changed, on one line."""
        return " ".join(f"{self.before} -> {self.after}".split())

    def mutated(self) -> ast.Module:
        """Return the module with the change in it."""
        tree = ast.parse(self.file.read_text("utf-8"))
        node: ast.AST = tree
        for step in self.steps[:-1]:
            node = _child(node, step)
        name, index = self.steps[-1]
        changed = variants(_child(node, self.steps[-1]))[self.variant]
        if index is None:
            setattr(node, name, changed)
        else:
            getattr(node, name)[index] = changed
        return ast.fix_missing_locations(tree)


def mutants(file: Path) -> list[Mutant]:
    """Return all changes of the functions of a file, from top to bottom."""
    tree = ast.parse(file.read_text("utf-8"))
    return list(_below(file, tree, (), Place("", None, (0, 0))))


@dataclass(frozen=True)
class Place:
    """Where a node stands: see `Mutant`."""

    function: str
    code: tuple[str, int] | None
    lines: tuple[int, int]
    default: bool = False
    depth: int = 0


def _below(file: Path, node: ast.AST, steps: tuple[Step, ...], place: Place) -> Iterator[Mutant]:
    for field, value in ast.iter_fields(node):
        if field in _LEFT_ALONE:
            continue
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or _is_left_alone(child, node, field, index):
                continue
            path = (*steps, (field, index if isinstance(value, list) else None))
            within = replace(place, lines=_lines(child) or place.lines)
            if _is_outermost_default(node, field, place):
                within = replace(within, default=True)
            if within.code is not None:
                yield from _variants_there(file, child, path, within)
            yield from _below(file, child, path, _inside(child, within))


def _is_outermost_default(node: ast.AST, field: str, place: Place) -> bool:
    """Whether a value is computed when the outermost function is made, and not when it runs."""
    of_arguments = isinstance(node, ast.arguments) and field in ("defaults", "kw_defaults")
    return of_arguments and place.depth == 1


def _variants_there(
    file: Path, node: ast.AST, path: tuple[Step, ...], place: Place
) -> Iterator[Mutant]:
    for variant, changed in enumerate(variants(node)):
        before, after = ast.unparse(node), ast.unparse(changed)
        code = place.code or ("", 0)
        yield Mutant(
            file, place.function, code, place.lines, before, after, path, variant, place.default
        )


def _inside(node: ast.AST, place: Place) -> Place:
    if isinstance(node, ast.ClassDef):
        return replace(place, function=f"{place.function}.{node.name}".lstrip("."))
    if not isinstance(node, _FUNCTIONS):
        return place
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    function = f"{place.function}.{name}".lstrip(".")
    return replace(
        place, function=function, code=place.code or (name, first), depth=place.depth + 1
    )


def _lines(node: ast.AST) -> tuple[int, int] | None:
    """Return the lines of a statement, or of the head of one that holds others."""
    if isinstance(node, ast.stmt):
        body = getattr(node, "body", None)
        last = max(node.lineno, body[0].lineno - 1) if body else (node.end_lineno or node.lineno)
        return node.lineno, last
    if isinstance(node, ast.ExceptHandler):
        return node.lineno, max(node.lineno, node.body[0].lineno - 1)
    return None


def _is_left_alone(node: ast.AST, parent: ast.AST, field: str, index: int) -> bool:
    """Leave out texts that document, what types check, and functions without a body."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.FunctionDef) and any(
        isinstance(decorator, ast.Name) and decorator.id == "overload"
        for decorator in node.decorator_list
    ):
        return True
    if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom | ast.Global):
        return True
    if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("logger."):
        return True  # what only developers read
    if isinstance(node, ast.keyword) and node.arg == "strict" and _is_call_of(parent, "zip"):
        return True  # a guard against slips of ours
    return _is_call_of(parent, "cast") and field == "args" and index == 0


def _is_call_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == name


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


def _child(node: ast.AST, step: Step) -> ast.AST:
    name, index = step
    value = getattr(node, name)
    child = value if index is None else value[index]
    if not isinstance(child, ast.AST):
        raise TypeError(f"no node at {step}")
    return child
