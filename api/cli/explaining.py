"""The verb that explains: what a figure is the sum of, as a tree, down to postings, events, commands and rules."""

import shlex
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.text import Text
from rich.tree import Tree

from api.cli.moments import AsOf, AtPosition, KnownAt, moment_at
from api.cli.terminal import AsJson, BookName, book_of, out, print_json
from api.views import posting_text
from domain.explanation import Explanation, Figure, Further, Origin, Said
from domain.workings import shown
from projections.explanations import DEPTH_MAX, FigureSought, explain

GUIDE_CHARACTERS = 4
LABEL_CHARACTERS_MAX = 64

What = Annotated[
    str,
    typer.Argument(
        metavar="WHAT",
        help="An account as payable:exporter:EXP-1, a control account as payable:exporter, or order:PO-1, "
        "release:PO-1/1, refund:PO-1/1, commission:PO-1, guarantee:PO-1, payee:EXP-1/USD.",
    ),
]


def explained(
    what: What,
    currency: Annotated[str, typer.Option(help="Only this one.")] = "",
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    within: Annotated[str, typer.Option(help="Posted in a year, month or day: 2026, 2026-11, 2026-11-22.")] = "",
    after: Annotated[str, typer.Option(help="Go on after this position, or this account of a control account.")] = "",
    depth: Annotated[int | None, typer.Option(min=0, max=DEPTH_MAX, help="So many levels.")] = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Explain a figure: what it is the sum of, by which arithmetic and rule, who said so, and what rounding added."""
    with book_of(book) as opened:
        moment = moment_at(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            found = explain(connection, book, FigureSought(what, currency, within, after, depth), moment)
    if as_json:
        print_json(found)
    else:
        show_explanation(found, book)


def register(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command("explain")(explained)


def show_explanation(found: Explanation, book: str) -> None:
    """Print an explanation as trees, the amounts of each under one another."""
    until = f", posted up to {found.as_of}" if found.as_of else ""
    out.print(f"{found.what} in book {book}, as recorded up to position {found.position}{until}", highlight=False)
    for figure in found.figures:
        out.print(_Columns(figure, book).tree(figure, 0), highlight=False)


class _Columns:
    """Where the amounts of a tree stand."""

    def __init__(self, root: Figure, book: str) -> None:
        lines = list(_levels(root, 0))
        self._book = book
        self._amounts = max(len(shown(figure.amount_minor, figure.currency)) for figure, _level in lines)
        self._labels = max(len(_label(figure)) + GUIDE_CHARACTERS * level for figure, level in lines)

    def tree(self, figure: Figure, level: int) -> Tree:
        """Return a figure with what is told of it, and the figures below it."""
        tree = Tree(self._told(figure, level), guide_style="dim")
        for child in figure.children:
            tree.add(self.tree(child, level + 1))
        return tree

    def _told(self, figure: Figure, level: int) -> Text:
        label = _label(figure).ljust(self._labels - GUIDE_CHARACTERS * level)
        amount = shown(figure.amount_minor, figure.currency).rjust(self._amounts)
        line = Text.assemble((label, "" if figure.kind == "component" else "bold"), "  ", (amount, "cyan"))
        line.append("" if level else f" {figure.currency}")
        for note in _notes(figure, self._book):
            line.append(f"\n  {note}", "dim")
        return line


def _label(figure: Figure) -> str:
    return figure.label[:LABEL_CHARACTERS_MAX]


def _levels(figure: Figure, level: int) -> Iterator[tuple[Figure, int]]:
    yield figure, level
    for child in figure.children:
        yield from _levels(child, level + 1)


def _notes(figure: Figure, book: str) -> Iterator[str]:
    if figure.how:
        yield figure.how
    if figure.rule:
        yield f"rule: {figure.rule}"
    if figure.event and figure.command:
        yield _origin_text(figure.event, figure.command)
        yield "entry: " + ", ".join(map(posting_text, figure.entry))
    if figure.further:
        count = f"{'more than ' if figure.more else ''}{figure.postings:,} postings: " if figure.postings else ""
        yield f"{count}{_further_text(figure.further, book)}"


def _origin_text(event: Origin, command: Said) -> str:
    because = f", by policy {command.policy}" if command.policy else ""
    return (
        f"event {event.position} {event.topic} of {event.reference}, {event.occurred_at:%Y-%m-%d %H:%M}; command "
        f"{command.command_id} of {command.principal}, said by {command.actor} as {command.role}{because}"
    )


def _further_text(further: Further, book: str) -> str:
    """Return the words that unfold a figure further."""
    options = {
        "--currency": further.currency,
        "--within": further.within,
        "--after": further.after,
        "--at-position": str(further.at_position),
        "--as-of": str(further.as_of or ""),
        "--book": book if book != "main" else "",
    }
    words = [word for option, value in options.items() if value for word in (option, value)]
    return shlex.join(["trade-ledger", "explain", further.what, *words])
