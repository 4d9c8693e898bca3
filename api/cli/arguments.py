"""Arguments that several verbs take: references of disputes, sides, remedies and amounts in an order's currency."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, NamedTuple, TypeVar

import msgspec
import typer

from api.cli.terminal import book_of
from api.disputes import dispute_sought
from api.orders import OrderNotFound
from api.previewing import currency_of
from domain.claim import RemedyKind
from domain.commands import Command
from domain.errors import Malformed
from domain.money import from_major
from domain.side import Side
from projections.timelines import count_disputes

T = TypeVar("T")

DisputeReference = Annotated[
    str, typer.Argument(metavar="REFERENCE", help="The dispute's, as PO-1001/1; PO-1001 for the order's latest.")
]
ClaimNumber = Annotated[int, typer.Argument(metavar="CLAIM", help="The claim's number, from 1.")]
OfClaim = Annotated[int, typer.Option("--claim", help="The claim's number, from 1.")]
ReaderActor = Annotated[str, typer.Option("--actor", help="Who looks; what is seen in clear is recorded.")]
ReaderRole = Annotated[str, typer.Option("--role", help="In which role.")]
Why = Annotated[str, typer.Option("--why", help="A code for why it is looked at, as a file number.")]
OfSide = Annotated[Side, typer.Option("--side", help="Who speaks.")]
RemedyText = Annotated[str, typer.Option("--remedy", help="KIND or KIND:AMOUNT, as refund or partial-refund:150.00.")]


@dataclass(eq=False, kw_only=True)
class ArgumentMalformed(Malformed):
    """An argument isn't of the shape that its verb takes."""

    code: ClassVar[str] = "argument.malformed"
    argument: str
    problem: str


class About(NamedTuple):
    """A dispute, as a command names it."""

    order: str
    dispute: int


class Remedy(NamedTuple):
    """A remedy as it was said: without an amount, what its kind says."""

    kind: RemedyKind
    amount_minor: int | None


class Currency:
    """The currency of an order, looked up when the first amount needs it."""

    def __init__(self, book: str, order: str) -> None:
        self._book = book
        self._order = order
        self._found = ""

    @property
    def named(self) -> str:
        """Return the currency; empty until an amount was read in it."""
        return self._found

    def minor(self, amount: str) -> int:
        """
        Return an amount in major units of the order's currency as minor units.

        Raises, in this order: BookNotFound, OrderNotFound, and what `from_major` does.
        """
        if not self._found:
            with book_of(self._book) as book:
                self._found = currency_of(book, self._order)
        if not self._found:
            raise OrderNotFound(order=self._order)
        return from_major(amount, self._found).minor


def about(reference: str, book: str) -> About:
    """
    Return the dispute that a reference names; the order's latest where it names no number.

    Raises, in this order: ReferenceMalformed, BookNotFound.
    """
    order, number = dispute_sought(reference)
    if number is None:
        with book_of(book) as opened, opened.pool.connection() as connection:
            number = count_disputes(connection, book, order)
    return About(order, number or 1)


def of_dispute(build: Callable[..., Command]) -> Callable[..., Command]:
    """Return a `build` that takes a dispute's reference and a book for one that takes the dispute."""
    _, *own = inspect.signature(build).parameters.values()
    takes_book = any(parameter.name == "book" for parameter in own)

    def built(*, reference: str, book: str, **given: Any) -> Command:
        shared = {"book": book} if takes_book else {}
        return build(about(reference, book), **given, **shared)

    named = inspect.Parameter("reference", inspect.Parameter.KEYWORD_ONLY, annotation=DisputeReference)
    of_book = inspect.Parameter("book", inspect.Parameter.KEYWORD_ONLY, annotation=str)
    kept = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own if parameter.name != "book"]
    built.__signature__ = inspect.Signature([named, *kept, of_book])  # type: ignore[attr-defined]
    built.__doc__, built.__name__ = build.__doc__, build.__name__
    return built


def remedy_of(text: str, currency: Currency) -> Remedy:
    """
    Return the remedy that a text names.

    Raises, in this order: ArgumentMalformed, and what `Currency.minor` does.
    """
    kind, colon, amount = text.partition(":")
    said = converted(kind, RemedyKind, argument="remedy")
    return Remedy(said, currency.minor(amount) if colon else None)


def whole(text: str, *, argument: str) -> int:
    """
    Return a number, from 0, as typed.

    Raises: ArgumentMalformed.
    """
    if not (text.isascii() and text.isdigit()):
        raise ArgumentMalformed(argument=argument, problem=f"not a whole number: {text}")
    return int(text)


def converted(value: object, into: Any, *, argument: str) -> Any:
    """
    Return a value as a type that it is valid for.

    Raises: ArgumentMalformed.
    """
    try:
        return msgspec.convert(value, into)
    except msgspec.ValidationError as error:
        raise ArgumentMalformed(argument=argument, problem=str(error)) from None
