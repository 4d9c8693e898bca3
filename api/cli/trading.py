"""Verbs that change a trade: each submits one command and shows what happened."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from api.cli.terminal import REFUSED, AsJson, BookName, book_of, err, print_json, print_table
from api.commands.in_clear import committed
from api.composition import OpenedBook, new_id
from api.http.problems import problem_of_rejected
from api.views import event_view, outcome_view
from domain import commands
from domain.commands import Command
from domain.money import from_major
from domain.order import Line, LineQuantity, OrderTermsMalformed, PaymentStep
from ledger.outcomes import Accepted, Rejected, Submission
from projections.log import read_events

PRINCIPAL = "cli"

Reference = Annotated[str, typer.Argument(help="The order's key, as PO-1001.")]
Amount = Annotated[str, typer.Argument(help="In major units, as 300.00.")]
Currency = Annotated[str, typer.Argument(help="ISO 4217, as USD.")]
Reason = Annotated[str, typer.Option(help="A code, no prose.")]
Number = Annotated[int, typer.Argument(help="The proposal's number, from 1.")]
Account = Annotated[str, typer.Option(help="Where the money is: clearing:, bank:safeguarded: or suspense: and a name.")]


class Saying(msgspec.Struct, frozen=True, kw_only=True):
    """Who says a command, when, in which book, and how the answer is shown: the options that every verb takes."""

    book: BookName = "main"
    actor: Annotated[str, typer.Option(help="Who says it.")] = "operator:cli"
    role: Annotated[str, typer.Option(help="In which role.")] = "operator"
    at: Annotated[datetime | None, typer.Option(help="When it took place, in UTC; now where not given.")] = None
    command_id: Annotated[str | None, typer.Option("--id", help="Your own id: repeating it changes nothing.")] = None
    as_json: AsJson = False


def say(command: Command, saying: Saying) -> None:
    """Submit a command and show its outcome; end with status 1 where a rule refused it."""
    submission = Submission(
        command=command,
        command_id=saying.command_id or new_id(),
        principal=PRINCIPAL,
        actor=saying.actor,
        role=saying.role,
        occurred_at=saying.at.replace(tzinfo=UTC) if saying.at else None,
    )
    with book_of(saying.book, founded=True) as book:
        tell(book, committed(submission, book), as_json=saying.as_json)


def tell(book: OpenedBook, submission: Submission, *, as_json: bool) -> None:
    """Submit to a book and show the outcome; end with status 1 where a rule refused it."""
    outcome = book.writer.submit(submission).result()
    if isinstance(outcome, Rejected):
        show_rejected(outcome, as_json=as_json)
        raise typer.Exit(REFUSED)
    events = outcome.events
    if outcome.repeated:
        with book.pool.connection() as connection:
            count = outcome.last_position - outcome.first_position + 1
            read = read_events(connection, book.name, after=outcome.first_position - 1, limit=count)
        events = tuple(read.recorded) if read else ()
    _show_accepted(msgspec.structs.replace(outcome, events=events), as_json=as_json)


def _show_accepted(outcome: Accepted, *, as_json: bool) -> None:
    if as_json:
        print_json(outcome_view(outcome, outcome.events))
        return
    views = [event_view(event) for event in outcome.events]
    print_table(
        "Recorded before" if outcome.repeated else "Recorded",
        ["#position", "event", "of", "because"],
        [(view.position, view.topic, view.originator_id, view.policy or "the command") for view in views],
    )


def show_rejected(rejected: Rejected, *, as_json: bool) -> None:
    """Say by which rule a command was refused: on standard error, or as JSON where a program reads."""
    problem = problem_of_rejected(rejected)
    if as_json:
        print_json(problem)
    else:
        details = " ".join(f"{name}={value}" for name, value in rejected.details.items())
        line = f"{problem.code}: {details}: {problem.title}"
        err.print(line, style="red", markup=False, highlight=False, soft_wrap=True)


def verb(build: Callable[..., Command]) -> Callable[..., None]:
    """
    Return a verb of the command line that submits what `build` makes of its own options.

    An option of every verb, as `book`, is given to a `build` that names it.
    """
    named = inspect.signature(build).parameters

    def run(**given: Any) -> None:
        common = {name: given.pop(name) for name in Saying.__struct_fields__}
        shared = {name: value for name, value in common.items() if name in named}
        say(build(**given, **shared), Saying(**common))

    own = [parameter for name, parameter in named.items() if name not in Saying.__struct_fields__]
    options = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Saying.__annotations__[name]
        )
        for name, default in zip(Saying.__struct_fields__, Saying.__struct_defaults__, strict=True)
    ]
    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own] + options
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__doc__, run.__name__ = build.__doc__, build.__name__
    return run


def place(
    order: Reference,
    line: Annotated[list[str], typer.Option(help="SKU:QUANTITY:AMOUNT, the amount for the whole line; repeat.")],
    buyer: Annotated[str, typer.Option()],
    exporter: Annotated[str, typer.Option()],
    ship_by: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])],
    currency: Annotated[str, typer.Option()] = "USD",
    mode: Annotated[str, typer.Option(help="express, air, land, sea or post.")] = "sea",
    step: Annotated[list[str] | None, typer.Option(help="NAME:AMOUNT of a payment; repeat. Else one of all.")] = None,
    rulebook: Annotated[str, typer.Option()] = "standard/1",
) -> Command:
    """Order goods."""
    fields = {
        "order": order,
        "buyer": buyer,
        "exporter": exporter,
        "currency": currency,
        "lines": tuple(_line(number, text, currency) for number, text in enumerate(line, start=1)),
        "steps": tuple(_step(text, currency) for text in step or ()),
        "transport_mode": mode,
        "ship_by": ship_by.date(),
        "rulebook": rulebook,
    }
    try:
        return msgspec.convert(fields, commands.PlaceOrder)
    except msgspec.ValidationError as error:
        raise OrderTermsMalformed(field="order", problem=str(error)) from None


def accept(order: Reference) -> Command:
    """Take an order on, as its exporter."""
    return commands.AcceptOrder(order=order)


def cancel(order: Reference, reason: Reason = "not-wanted") -> Command:
    """Call an order off; what is held goes back to the buyer."""
    return commands.CancelOrder(order=order, reason=reason)


def pay(
    order: Reference,
    amount: Amount,
    currency: Currency,
    step: Annotated[int, typer.Option(help="Of the agreed payments, from 1.")] = 1,
    account: Account = "clearing:bank-transfer",
    reference: Annotated[str, typer.Option(help="What the provider or bank calls the payment.")] = "",
) -> Command:
    """Record that money of the buyer arrived."""
    return commands.RecordPayment(
        order=order, step=step, amount=from_major(amount, currency), account=account, reference=reference
    )


def dispatch(
    order: Reference,
    line: Annotated[list[str] | None, typer.Option(help="LINE:QUANTITY; repeat. Else all that is left.")] = None,
) -> Command:
    """Hand goods to the carrier."""
    return commands.DispatchGoods(order=order, lines=tuple(map(_line_quantity, line)) if line else None)


def deliver(
    order: Reference, dispatch: Annotated[int | None, typer.Option(help="Which dispatch; else the latest.")] = None
) -> Command:
    """Record that the carrier handed a dispatch over."""
    return commands.RecordDelivery(order=order, dispatch=dispatch)


def confirm(order: Reference) -> Command:
    """Accept the goods, as the buyer; the exporter is paid what is due."""
    return commands.ConfirmReceipt(order=order)


def lapse_inspection(order: Reference) -> Command:
    """Accept the goods by the buyer's silence, once the inspection window has ended."""
    return commands.LapseInspection(order=order)


def freeze(order: Reference, reason: Reason = "under-review") -> Command:
    """Stop all held money of an order from moving."""
    return commands.FreezeHold(order=order, reason=reason)


def unfreeze(order: Reference, reason: Reason = "cleared") -> Command:
    """Let all frozen money of an order move again."""
    return commands.UnfreezeHold(order=order, reason=reason)


def refund(order: Reference, amount: Amount, currency: Currency, reason: Reason = "goodwill") -> Command:
    """Propose to give the buyer money back; below the rulebook's threshold it is done at once."""
    return commands.ProposeRefund(order=order, amount=from_major(amount, currency), reason=reason)


def approve_release(order: Reference, number: Number) -> Command:
    """Agree to a release as a second person, which carries it out."""
    return commands.ApproveRelease(order=order, number=number)


def approve_refund(order: Reference, number: Number) -> Command:
    """Agree to a refund as a second person, which carries it out."""
    return commands.ApproveRefund(order=order, number=number)


def charge_back(order: Reference, amount: Amount, currency: Currency, account: Account = "clearing:card") -> Command:
    """Record that the buyer's bank took money back."""
    return commands.RecordChargeback(order=order, amount=from_major(amount, currency), account=account)


VERBS = (
    place,
    accept,
    pay,
    dispatch,
    deliver,
    confirm,
    cancel,
    lapse_inspection,
    freeze,
    unfreeze,
    refund,
    approve_release,
    approve_refund,
    charge_back,
)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    for build in VERBS:
        app.command(build.__name__.replace("_", "-"))(verb(build))


def _line(number: int, text: str, currency: str) -> Line:
    sku, quantity, amount = _parts(text, 3, field="line", shape="SKU:QUANTITY:AMOUNT")
    return Line(
        number=number,
        sku=sku,
        quantity=_whole(quantity, field="line"),
        amount_minor=from_major(amount, currency).minor,
    )


def _step(text: str, currency: str) -> PaymentStep:
    name, amount = _parts(text, 2, field="step", shape="NAME:AMOUNT")
    return PaymentStep(name=name, amount_minor=from_major(amount, currency).minor)


def _line_quantity(text: str) -> LineQuantity:
    line, quantity = _parts(text, 2, field="line", shape="LINE:QUANTITY")
    return LineQuantity(line=_whole(line, field="line"), quantity=_whole(quantity, field="line"))


def _parts(text: str, count: int, *, field: str, shape: str) -> list[str]:
    parts = text.rsplit(":", count - 1)
    if len(parts) != count:
        raise OrderTermsMalformed(field=field, problem=f"not of the shape {shape}: {text}")
    return parts


def _whole(text: str, *, field: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise OrderTermsMalformed(field=field, problem=f"not a whole number: {text}")
    return int(text)
