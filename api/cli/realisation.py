"""Verbs about what exports are to bring home: what is due, one bill's chain, statements, and what the bank reported."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.cli.arguments import ArgumentMalformed
from api.cli.moments import AsOf, AtPosition, KnownAt, moment_of_log, titled
from api.cli.terminal import AsJson, BookName, book_of, out, print_json, print_table
from api.cli.trading import Amount, Reason, verb
from api.commands.remittances_in_clear import RemitInClear
from api.exchange.realisation_csv import realisation_csv
from api.exchange.whole_file import STDOUT, write_whole
from api.moments import MomentAsked
from api.realisation import ReceivableView, get_receivable, get_remittance
from api.realisation_statements import (
    RealisationStatement,
    StatementBill,
    StatementTotal,
    quarter_of,
    realisation_statement,
)
from domain import commands
from domain.commands import Command
from domain.money import Money, from_major, to_major
from domain.receivable_events import CancelledBy, ClosedBy, DeductionReason, Invoice, OrderShare
from ledger.reads import Reader
from projections.projection import POSITION_MAX
from projections.receivables import (
    ReceivablesSought,
    ReceivableState,
    RemittancesSought,
    search_receivables,
    search_remittances,
)

Bill = Annotated[str, typer.Argument(metavar="BILL", help="The shipping bill's key, as INNSA1-1234567.")]
Irm = Annotated[str, typer.Argument(metavar="REMITTANCE", help="The number that the bank reported the money under.")]
Currency = Annotated[str, typer.Option(help="ISO 4217, as USD.")]
Exporter = Annotated[str | None, typer.Option(help="One exporter's only.")]
OnDay = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]
At = Annotated[datetime | None, typer.Option(help="The instant that overdue means, in UTC; now where not given.")]


def ship(
    bill: Bill,
    exporter: Annotated[str, typer.Option()],
    invoice: Annotated[list[str], typer.Option(help="NUMBER:YYYY-MM-DD:AMOUNT; repeat.")],
    shipped_on: OnDay,
    currency: Currency = "USD",
    order: Annotated[list[str] | None, typer.Option(help="ORDER:AMOUNT of an order that it ships; repeat.")] = None,
    rulebook: Annotated[str, typer.Option(help="Whose rules count where no order is named.")] = "standard/1",
    port: Annotated[str, typer.Option(help="Where the goods left, as INNSA1.")] = "",
    settled_in: Annotated[str, typer.Option(help="The buyer's currency, where it isn't that of the invoices.")] = "",
    customs_value: Annotated[str, typer.Option(help="AMOUNT:CURRENCY that the bill says the goods are worth.")] = "",
) -> Command:
    """Record that goods left under a shipping bill, whose value is to come home."""
    return commands.RecordReceivable(
        receivable=bill,
        exporter=exporter,
        currency=currency,
        invoices=tuple(_invoice(text, currency) for text in invoice),
        shipped_on=shipped_on.date(),
        orders=tuple(_share(text, currency) for text in order or ()),
        rulebook=rulebook,
        port=port,
        settled_in=settled_in,
        customs_value=_money(customs_value) if customs_value else None,
    )


def link(
    bill: Bill,
    order: Annotated[str, typer.Argument(help="The order's key.")],
    amount: Amount,
    currency: Currency = "USD",
) -> Command:
    """Say that a part of a shipment's value is of an order."""
    return commands.LinkOrder(receivable=bill, order=order, amount=from_major(amount, currency))


def remit(
    remittance: Irm,
    amount: Amount,
    exporter: Annotated[str, typer.Option()],
    received_on: OnDay,
    purpose: Annotated[str, typer.Option(help="The purpose code, as P0102.")],
    currency: Currency = "USD",
    ad_code: Annotated[str, typer.Option(help="The bank's, seven digits.")] = "",
    remitter: Annotated[str, typer.Option(help="Who sent it: kept apart from the log, and erasable.")] = "",
    rulebook: Annotated[str, typer.Option()] = "standard/1",
) -> Command:
    """Record money from abroad as an exporter's bank reported it (an IRM)."""
    return RemitInClear(
        remittance=remittance,
        exporter=exporter,
        amount=from_major(amount, currency),
        received_on=received_on.date(),
        purpose=purpose,
        ad_code=ad_code,
        remitter=remitter,
        rulebook=rulebook,
    )


def allocate(
    bill: Bill,
    remittance: Irm,
    amount: Amount,
    currency: Currency = "USD",
    realised: Annotated[
        str, typer.Option(help="AMOUNT:CURRENCY of the invoices that it realised, where it came in another currency.")
    ] = "",
) -> Command:
    """Match money of a remittance to a shipment."""
    return commands.AllocateRemittance(
        receivable=bill,
        remittance=remittance,
        amount=from_major(amount, currency),
        realised=_money(realised) if realised else None,
    )


def free(
    bill: Bill, realisation: Annotated[int, typer.Argument(help="Its number, from 1.")], reason: Reason
) -> Command:
    """Match money to a shipment no more."""
    return commands.FreeRemittance(receivable=bill, realisation=realisation, reason=reason)


def deduct(
    bill: Bill,
    amount: Amount,
    reason: Annotated[DeductionReason, typer.Option(help="Why it won't come.")],
    currency: Currency = "USD",
    source: Annotated[str, typer.Option(help="What it comes of, as release:PO-1/1 or dispute:PO-1/1.")] = "",
) -> Command:
    """Say that some of a shipment's value won't come, and why."""
    return commands.DeductFromReceivable(
        receivable=bill, reason=reason, amount=from_major(amount, currency), source=source
    )


def withdraw_deduction(
    bill: Bill, deduction: Annotated[int, typer.Argument(help="Its number, from 1.")], reason: Reason
) -> Command:
    """Take a deduction back."""
    return commands.WithdrawDeduction(receivable=bill, deduction=deduction, reason=reason)


def certify(
    bill: Bill,
    certificate: Annotated[str, typer.Argument(help="The e-BRC's number.")],
    certified_on: OnDay,
    realisation: Annotated[list[int] | None, typer.Option(help="A realisation's number; repeat. Else all.")] = None,
) -> Command:
    """Record the exporter's certificate (e-BRC) of what was realised."""
    return commands.CertifyRealisation(
        receivable=bill,
        certificate=certificate,
        certified_on=certified_on.date(),
        realisations=tuple(realisation or ()),
    )


def cancel_certificate(
    bill: Bill,
    certificate: Annotated[str, typer.Argument(help="The e-BRC's number.")],
    reason: Reason,
    by: Annotated[CancelledBy, typer.Option(help="Who cancels it.")] = "exporter",
) -> Command:
    """Record that a certificate doesn't count any more."""
    return commands.CancelCertificate(receivable=bill, certificate=certificate, by=by, reason=reason)


def extend(
    bill: Bill, due_on: OnDay, reference: Annotated[str, typer.Option(help="What the bank calls its letter.")]
) -> Command:
    """Record that the bank gives more time."""
    return commands.ExtendRealisation(receivable=bill, due_on=due_on.date(), reference=reference)


def close(
    bill: Bill,
    by: Annotated[ClosedBy, typer.Option(help="The bank, or the exporter by its own declaration.")],
    reference: Annotated[str, typer.Option(help="What the bank or the declaration calls it.")] = "",
) -> Command:
    """Record that the bank's entry of a shipment is closed."""
    return commands.CloseReceivable(receivable=bill, by=by, reference=reference)


def due(
    within: Annotated[int | None, typer.Option(min=0, max=36_600, help="Due within so many days from now.")] = None,
    overdue: Annotated[bool, typer.Option(help="Only those whose day is over.")] = False,
    closable: Annotated[bool, typer.Option(help="Only those that the exporter may close itself now.")] = False,
    uncertified: Annotated[bool, typer.Option(help="Only those of which more is realised than certified.")] = False,
    exporter: Exporter = None,
    state: Annotated[ReceivableState, typer.Option(help="Open, closed or all.")] = "open",
    at: At = None,
    limit: Annotated[int, typer.Option(min=1, max=POSITION_MAX)] = 1_000,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """List shipping bills whose value is to come home, the first due first."""
    with book_of(book) as opened:
        opened.runner.catch_up()
        moment = MomentAsked(at_position, known_at, as_of).sought(opened)
        now = at.replace(tzinfo=UTC) if at else opened.world.clock()
        sought = ReceivablesSought(
            exporter=exporter,
            state=state,
            due_to=None if within is None else now + timedelta(days=within),
            overdue_at=now if overdue else None,
            closable=closable,
            uncertified=uncertified,
        )
        with opened.pool.connection() as connection:
            found = search_receivables(connection, book, sought, at=now, limit=limit, moment=moment)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            row.due_on,
            f"{row.overdue_days} days over" if row.overdue_days else "",
            row.receivable,
            row.exporter,
            row.currency,
            *(
                to_major(minor, row.currency)
                for minor in (row.invoiced_minor, row.realised_minor, row.deducted_minor, row.open_minor)
            ),
            f"by {row.closed_by}" if row.closed_by else "closable" if row.closable else "",
        )
        for row in found
    ]
    columns = ["due", "", "bill", "exporter", "", "#invoiced", "#realised", "#deducted", "#open", "closed"]
    print_table(titled("To come home", moment), columns, rows)


def remittances(
    exporter: Exporter = None,
    left: Annotated[bool, typer.Option(help="Only those of which some isn't matched.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=POSITION_MAX)] = 1_000,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """List money from abroad and how much of it is matched to shipments, the first that came first."""
    with book_of(book) as opened:
        opened.runner.catch_up()
        moment = MomentAsked(at_position, known_at, as_of).sought(opened)
        with opened.pool.connection() as connection:
            sought = RemittancesSought(exporter=exporter, left=left)
            found = search_remittances(connection, book, sought, limit=limit, moment=moment)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            row.received_on,
            row.remittance,
            row.exporter,
            row.purpose,
            row.currency,
            *(to_major(minor, row.currency) for minor in (row.amount_minor, row.allocated_minor, row.left_minor)),
            row.ship_by or "",
            " ".join(row.receivables),
        )
        for row in found
    ]
    columns = ["received", "remittance", "exporter", "purpose", "", "#amount", "#matched", "#left", "ship by", "bills"]
    print_table(titled("Money from abroad", moment), columns, rows)


def show(
    bill: Bill,
    at: At = None,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show a shipping bill's chain: from invoices and orders to payouts, remittances and certificates."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        now = at.replace(tzinfo=UTC) if at else opened.world.clock()
        with opened.pool.connection() as connection:
            view = get_receivable(connection, book, bill, at=now, moment=moment)
    if as_json:
        print_json(view)
        return
    print_table(titled(f"Shipping bill {bill}", moment), ["", "what", "#amount"], list(_chain(view)))


def show_remittance(
    remittance: Irm,
    reveal: Annotated[bool, typer.Option(help="Show who sent it; that is recorded.")] = False,
    actor: Annotated[str, typer.Option(help="Who looks.")] = "operator:cli",
    role: Annotated[str, typer.Option(help="In which role.")] = "operator",
    why: Annotated[str, typer.Option(help="A code for why it is looked at.")] = "",
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show money from abroad and the shipments it is matched to."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        reader = Reader(actor, role, why) if reveal else None
        view = get_remittance(opened, remittance, reader=reader, moment=moment)
    if as_json:
        print_json(view)
        return
    amounts = [("amount", view.amount_minor), ("matched", view.allocated_minor), ("left", view.left_minor)]
    told = [
        ("exporter", view.exporter),
        ("received", view.received_on),
        ("purpose", view.purpose),
        ("sent by", view.sent_by or view.remitter or ""),
        *((name, to_major(minor, view.currency)) for name, minor in amounts),
        *((each.receivable, to_major(each.amount_minor, view.currency)) for each in view.receivables),
    ]
    print_table(titled(f"Remittance {remittance}, {view.currency}", moment), ["", "#told"], told)


def statement(
    exporter: Annotated[str, typer.Option()],
    quarter: Annotated[str, typer.Option(help="As 2026-Q4: October to December.")],
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write CSV; `-` is standard output.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="Write PDF, to sign.")] = None,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show what became of an exporter's shipments in a quarter, or write it as CSV or PDF."""
    asked = quarter_of(quarter)
    with book_of(book) as opened:
        opened.runner.catch_up()
        position = MomentAsked(at_position, known_at).resolve(opened).position
        with opened.pool.connection() as connection:
            found = realisation_statement(connection, book, exporter, asked, position=position)
    if csv:
        write_whole(csv, [realisation_csv(found)])
    if pdf:
        from api.exchange.realisation_pdf import realisation_pdf  # noqa: PLC0415 - other verbs start without it

        write_whole(pdf, [realisation_pdf(found)])
    if as_json:
        print_json(found)
    elif STDOUT not in {csv, pdf}:
        _show_statement(found)


VERBS: dict[str, Callable[..., Command]] = {
    "ship": ship,
    "link": link,
    "remit": remit,
    "allocate": allocate,
    "free": free,
    "deduct": deduct,
    "withdraw-deduction": withdraw_deduction,
    "certify": certify,
    "cancel-certificate": cancel_certificate,
    "extend": extend,
    "close": close,
}


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `realisation`."""
    realisation = typer.Typer(help="What exports are to bring home: due, shown, stated, matched, certified, closed.")
    for name, build in VERBS.items():
        realisation.command(name)(verb(build))
    for name, read in (("due", due), ("show", show), ("remittances", remittances), ("remittance", show_remittance)):
        realisation.command(name)(read)
    realisation.command("statement")(statement)
    app.add_typer(realisation, name="realisation", no_args_is_help=True)


def _chain(view: ReceivableView) -> list[tuple[object, ...]]:
    currency = view.currency
    rows: list[tuple[object, ...]] = [
        ("invoice", f"{each.number} of {each.issued_on}", to_major(each.amount_minor, currency))
        for each in view.invoices
    ]
    rows.append(
        ("shipped", f"{view.shipped_on} {view.port}, worth {view.value}", to_major(view.invoiced_minor, currency))
    )
    for order in view.orders:
        rows.append(("order", f"{order.order} of {order.buyer}", to_major(order.shipped.minor, order.shipped.currency)))
        rows.append(("  hold", f"kept of what came, {order.currency}", to_major(order.kept_minor, order.currency)))
        for release in order.releases:
            told = f"{release.order}/{release.number} {release.state}, fee and tax taken"
            rows.append(("  release", told, to_major(release.net_minor, order.currency)))
        for paid in order.payouts:
            told = f"{paid.payout} {paid.status}, for {paid.source}, on {paid.pay_on}"
            rows.append(("  payout", told, to_major(paid.amount_minor, paid.currency)))
    for each in view.realisations:
        told = f"{each.number}: {each.remittance}, {each.purpose}, {each.received_on}, {each.certificate or 'no e-BRC'}"
        rows.append(("realised", told, to_major(each.amount_minor, currency)))
    for deduction in view.deductions:
        told = f"{deduction.number}: {deduction.reason} {deduction.source}"
        rows.append(("deducted", told, to_major(deduction.amount_minor, currency)))
    for certificate in view.certificates:
        ended = f", cancelled by {certificate.cancelled_by}" if certificate.cancelled_by else ""
        told = f"{certificate.certificate} of {certificate.certified_on}{ended}"
        rows.append(("e-BRC", told, to_major(certificate.amount_minor, currency)))
    rows.append(("open", f"due on {view.due_on}", to_major(view.open_minor, currency)))
    closing = f"closed by {view.closed_by} {view.closed_reference}" if view.closed_by else ""
    rows.append(("closing", closing or ("on own declaration" if view.closable else "not yet"), ""))
    rows += [("warning", warning, "") for warning in view.warnings]
    return rows


def _show_statement(found: RealisationStatement) -> None:
    names = ("brought_forward", "shipped", "realised", "deducted", "open")
    rows = [
        (bill.receivable, bill.due_on, bill.currency, *_majors(bill, names), bill.closed_by or "")
        for bill in found.bills
    ]
    rows += [("total", "", total.currency, *_majors(total, names), "") for total in found.totals]
    columns = ["bill", "due", "", "#forward", "#shipped", "#realised", "#deducted", "#open", "closed by"]
    print_table(f"Realisation of {found.exporter} in {found.quarter.name}", columns, rows)
    unmatched = [each for each in found.remittances if each.left_minor]
    for each in unmatched:
        left = to_major(each.left_minor, each.currency)
        out.print(f"{each.remittance}: {left} {each.currency} not matched", markup=False, highlight=False)


def _majors(told: StatementBill | StatementTotal, names: tuple[str, ...]) -> list[str]:
    currency = told.currency
    return [to_major(getattr(told, f"{name}_minor"), currency) for name in names]


def _invoice(text: str, currency: str) -> Invoice:
    number, _, rest = text.rpartition(":")[0].rpartition(":")
    amount = text.rpartition(":")[2]
    try:
        issued_on = date.fromisoformat(rest)
    except ValueError:
        raise ArgumentMalformed(argument="invoice", problem="not NUMBER:YYYY-MM-DD:AMOUNT") from None
    return Invoice(number=number, issued_on=issued_on, amount_minor=from_major(amount, currency).minor)


def _share(text: str, currency: str) -> OrderShare:
    order, colon, amount = text.rpartition(":")
    if not colon:
        raise ArgumentMalformed(argument="order", problem="not ORDER:AMOUNT")
    return OrderShare(order=order, amount_minor=from_major(amount, currency).minor)


def _money(text: str) -> Money:
    amount, colon, currency = text.partition(":")
    if not colon:
        raise ArgumentMalformed(argument="amount", problem="not AMOUNT:CURRENCY")
    return from_major(amount, currency)
