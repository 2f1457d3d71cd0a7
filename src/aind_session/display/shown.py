"""The base class of objects with a text form in terminals and an HTML form in notebooks."""

from __future__ import annotations

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:  # imports nothing, since Session inherits this
    from collections.abc import Iterator
    from typing import Any

    from rich.console import Console, ConsoleOptions, RenderableType

    from aind_session.display.ink import HasForms


class Shown:
    """Base class of objects with a notebook and a text form; any class can inherit from it.

    A class returns a value of `aind_session.display` (a `Card`, `Table`, `Tree`, `Timeline` or
    `Matrix`) from ``_card()``, built from what is already known: showing an object sends no
    request. IPython, notebooks and rich call the methods below. They never raise: if ``_card``
    raises, the error is shown. ``repr`` does not change; a class whose ``str`` should be the text
    form sets ``__str__ = Shown.as_text``.

    Examples
    --------
    >>> from aind_session.display import Table
    >>> class Ledger(Shown):
    ...     def _card(self):
    ...         return Table.of(["run", "state"], [["1", "done"], ["2", "failed"]])
    >>> print(Ledger().as_text())
    run  state
    1    done
    2    failed
    """

    def _card(self) -> HasForms:
        raise NotImplementedError

    def as_text(self) -> str:
        """Return the text form, as wide as the terminal."""
        return self._safe_card().text()

    def _safe_card(self) -> HasForms:
        try:
            return self._card()
        except Exception as error:  # noqa: BLE001 - a notebook must show the rest of its cell
            return _not_shown(self, error)

    def _repr_html_(self) -> str:
        return self._forms()["text/html"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return the text and HTML forms by MIME type, for IPython."""
        return self._forms()

    def _forms(self) -> dict[str, str]:
        card = self._safe_card()
        try:
            return {"text/plain": self.as_text(), "text/html": card.html()}
        except Exception as error:  # noqa: BLE001 - as above
            card = _not_shown(self, error)
            return {"text/plain": card.text(), "text/html": card.html()}

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        # not `__rich__`: rich would look up attributes that do not exist, which can send requests
        from rich.text import Text

        yield Text(self._safe_card().text(options.max_width), no_wrap=True)


def _not_shown(thing: object, error: Exception) -> HasForms:
    from aind_session.display.not_shown import NotShown  # rarely needed

    return NotShown(thing, error)
