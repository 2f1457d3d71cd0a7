"""Run notebooks with all views in a real kernel, and render them as JupyterLab does.

Each cell must show HTML; an error, or any text on standard error, is a problem.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nbclient
import nbformat
from checks.pictures import DEMO, OF_A_YEAR, OF_THE_DEMO, YEAR, Step
from nbconvert import HTMLExporter

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")

# these have no type hints
_HTMLExporter: Any = HTMLExporter
_from_dict: Any = nbformat.from_dict

_ROOT = Path(__file__).parents[1]
_SECONDS = 60
_SWITCH = "import aind_session\naind_session.demo().__enter__();"
_ELSEWHERE = (
    "require_js_url",
    "mathjax_url",
    "jquery_url",
    "mermaid_js_url",
    "widget_renderer_url",
)


@dataclass(frozen=True)
class Notebook:
    """An executed notebook.

    Attributes
    ----------
    name
        The base name of its files.
    pages
        Its HTML files, by theme.
    wrong
        The problems of its outputs.
    """

    name: str
    pages: dict[Theme, Path]
    wrong: tuple[str, ...]


def run_all(directory: Path, only: Sequence[str] = ()) -> Iterator[Notebook]:
    """Run the notebooks about the demo and about an invented mouse, and write them as HTML.

    Parameters
    ----------
    directory
        The directory for files.
    only
        The names of the steps to run; empty runs all steps.
    """
    for name, first, steps in (("demo", DEMO, OF_THE_DEMO), ("year", YEAR, OF_A_YEAR)):
        chosen = [step for step in steps if not only or step.name in only]
        if chosen:
            yield _run(f"notebook-{name}", first, chosen, directory)


def _run(name: str, first: str, steps: Sequence[Step], directory: Path) -> Notebook:
    sources = [f"{_SWITCH}\n{first}", *(f"{step.before}\n{step.code}".strip() for step in steps)]
    cells = [_cell(number, source) for number, source in enumerate(sources)]
    notebook = _from_dict({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    client: Any = nbclient.NotebookClient(
        notebook,
        timeout=_SECONDS,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(_ROOT)}},
    )
    if os.name == "posix":  # Unix sockets, which need no port
        client.create_kernel_manager().transport = "ipc"
    client.execute()
    nbformat.write(notebook, directory / f"{name}.ipynb")  # type: ignore[no-untyped-call,unused-ignore]
    pages: dict[Theme, Path] = {}
    for theme in THEMES:
        exporter = _HTMLExporter(theme=theme, **dict.fromkeys(_ELSEWHERE, ""))
        pages[theme] = directory / f"{name}-{theme}.html"
        pages[theme].write_text(exporter.from_notebook_node(notebook)[0], encoding="utf-8")
    shown = zip(steps, notebook.cells[1:], strict=True)
    wrong = [f"{name}, first cell: {text}" for text in _said(notebook.cells[0])]
    wrong += [f"{name}, {step.name}: {text}" for step, cell in shown for text in _wrong_with(cell)]
    return Notebook(name, pages, tuple(wrong))


def _cell(number: int, source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": f"cell-{number}",
        "source": source,
        "metadata": {},
        "execution_count": None,
        "outputs": [],
    }


def _wrong_with(cell: Any) -> Iterator[str]:
    yield from _said(cell)
    if not any("text/html" in output.get("data", {}) for output in cell.outputs):
        yield "shows no HTML"


def _said(cell: Any) -> Iterator[str]:
    for output in cell.outputs:
        if output.output_type == "error":
            yield f"{output.ename}: {output.evalue}"
        elif output.get("name") == "stderr":
            yield f"in red: {output.text[:200]}"
