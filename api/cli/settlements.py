"""Verbs on payment providers' settlement files: read, taken in, shown, and their lines explained."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.arguments import ArgumentMalformed
from api.cli.bank_matching import typed_targets
from api.cli.terminal import (
    DONE,
    REFUSED,
    AsJson,
    BookName,
    book_of,
    err,
    house_book,
    out,
    print_json,
    print_table,
    progress_bar,
)
from api.cli.trading import Reason, Saying, say, verb
from api.composition import OpenedBook
from api.exchange.bank_statements.statement import amount_text
from api.exchange.settlement_files.settlement import Settlement, SettlementFile, told
from api.settings import Settings
from domain import commands
from domain.commands import Command
from domain.commands.settlements import ClearedPart
from domain.money import to_major
from projections.settlements import SettlementLineRow, count_open_lines, find_settlements, lines_of, search_settlements

ProviderFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A provider's CSV file.")]
MappingName = Annotated[str, typer.Option(help="A mapping's name, or the path of one's own.")]
SettlementKey = Annotated[str, typer.Argument(help="The settlement, as stripe/po_1.")]


def read(file: ProviderFile, mapping: MappingName, as_json: AsJson = False) -> None:
    """Read a provider's file and show its payouts; exit with 1 where one doesn't come out, and say where."""
    from api.exchange.settlement_files.mapping import load_settlement_mapping  # noqa: PLC0415 - for this verb alone
    from api.exchange.settlement_files.reading import read_settlements  # noqa: PLC0415 - for this verb alone

    settlements = read_settlements(file.read_bytes(), load_settlement_mapping(mapping), name=file.name)
    if as_json:
        print_json([told(settlement) for settlement in settlements.settlements])
    else:
        _show(file, settlements)
    sound = all(each.balanced is not False for each in settlements.settlements)
    raise typer.Exit(DONE if sound else REFUSED)


def import_file(
    file: ProviderFile,
    mapping: MappingName,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read it; there need be no book.")] = False,
    actor: Annotated[str, typer.Option(help="Who takes it in.")] = "operator:cli",
    role: Annotated[str, typer.Option(help="In which role.")] = "operator",
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """
    Take a provider's file in: the settlements that aren't known, and what their lines are. Again it changes nothing.

    What couldn't be read is told on standard error, with its line; what could be is recorded all the same.
    """
    if dry_run:
        read(file, mapping, as_json=as_json)
        return
    from api.exchange.settlement_files.mapping import load_settlement_mapping  # noqa: PLC0415 - for this verb alone
    from api.exchange.settlement_files.reading import read_settlements  # noqa: PLC0415 - for this verb alone
    from api.reconciling.import_settlements import Importing, import_settlements  # noqa: PLC0415 - for this verb alone

    found = load_settlement_mapping(mapping)
    content = read_settlements(file.read_bytes(), found, name=file.name)
    with house_book(Settings.from_environment(), book, founded=True) as opened, progress_bar(shown=not as_json) as bar:
        task = bar.add_task(f"recording {file.name}", total=None)
        importing = Importing(
            opened, actor, role, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
        imported = import_settlements(content, found, importing)
    if as_json:
        print_json([each.told for each in imported])
        return
    rows = [
        (
            each.settlement or each.read.reference or "not paid out yet",
            each.read.currency,
            f"{len(each.read.lines):,}",
            f"{each.open_lines:,}",
            _amount(each.read.lines_minor if each.read.net_minor is None else each.read.net_minor, each.read.currency),
            each.refused or ("new" if each.recorded else "differs from what is known" if each.differs else "known"),
        )
        for each in imported
    ]
    columns = ["settlement", "currency", "#lines", "#open", "#net", "is"]
    open_lines = any(each.open_lines for each in imported)
    note = "lines that the ledger doesn't explain are breaks: trade-ledger breaks" if open_lines else ""
    print_table(f"{file.name}: {content.provider}", columns, rows, note=note)
    _tell_problems(file, content)


def settlements(
    provider: Annotated[str | None, typer.Option(help="Only of this provider.")] = None,
    limit: Annotated[int, typer.Option(help="How many.", min=1)] = 50,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """List settlements, the last taken in first."""
    with book_of(book) as opened:
        opened.runner.catch_up()
        with opened.pool.connection() as connection:
            rows = search_settlements(connection, book, provider=provider, limit=limit)
            waiting = count_open_lines(connection, book, [row.settlement for row in rows])
    if as_json:
        print_json(rows)
        return
    columns = ["settlement", "settled on", "currency", "#gross", "#fee", "#tax", "#net", "#lines", "#open"]
    shown = [
        (
            row.settlement,
            row.settled_on or "",
            row.currency,
            *(
                to_major(minor, row.currency)
                for minor in (row.gross_minor, row.fee_minor, row.tax_minor, row.net_minor)
            ),
            f"{row.lines:,}",
            f"{waiting.get(row.settlement, 0):,}",
        )
        for row in rows
    ]
    print_table(f"Settlements of book {book}", columns, shown)


def show(
    settlement: SettlementKey,
    only_open: Annotated[bool, typer.Option("--open", help="Only lines that nobody explained yet.")] = False,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show a settlement, its lines, and what they are."""
    with book_of(book) as opened:
        opened.runner.catch_up()
        with opened.pool.connection() as connection:
            found = find_settlements(connection, book, [settlement]).get(settlement)
            lines = lines_of(connection, book, settlement, is_open=True if only_open else None)
    if found is None:
        raise ArgumentMalformed(argument="settlement", problem="there is no settlement of this key")
    if as_json:
        print_json({"settlement": found, "lines": lines})
        return
    fields = [(name, getattr(found, name)) for name in found.__struct_fields__]
    print_table(
        f"Settlement {settlement}", ["", ""], [(name, "" if value is None else value) for name, value in fields]
    )
    columns = ["#line", "kind", "reference", "payment", "#gross", "#fee", "#tax", "#net", "is"]
    print_table("Lines", columns, [_line(line, found.currency) for line in lines])


def clear(
    settlement: SettlementKey,
    line: Annotated[int, typer.Argument(help="The line's number, 0 for what the settlement differs by.", min=0)],
    to: Annotated[
        list[str] | None,
        typer.Option(help="ITEM or ITEM=AMOUNT in major units: an open item, or payout:KEY. Repeat."),
    ] = None,
    booking: Annotated[
        list[str] | None, typer.Option("--book-to", help="ACCOUNT or ACCOUNT=AMOUNT, as expense:payment-fees=-1.50.")
    ] = None,
    why: Annotated[str, typer.Option(help="A sentence without names.")] = "",
    book: BookName = "main",
    actor: Annotated[str, typer.Option(help="Who says it.")] = "operator:cli",
    as_json: AsJson = False,
) -> None:
    """Say what a line is: one part without an amount is what the others leave of it."""
    from api.reconciling.settlement_views import whole_postings  # noqa: PLC0415 - other verbs start without

    provider, name = _parted(settlement)
    with book_of(book) as opened:
        opened.runner.catch_up()
        amount_minor, currency = _to_explain(opened, settlement, line)
        parts = tuple(
            ClearedPart(line=line, item=each.item, account=each.account, amount_minor=each.amount_minor)
            for each in typed_targets(to or [], booking or [], amount_minor, currency, 1)
        )
        command = commands.ClearSettlementLines(provider=provider, settlement=name, parts=parts, reason=why)
        whole = whole_postings(opened, command)
    say(whole, Saying(book=book, actor=actor, as_json=as_json))


def reopen(
    settlement: SettlementKey,
    line: Annotated[list[int], typer.Option(help="The number of a line. Repeat.")],
    reason: Reason,
) -> Command:
    """Take back what lines are: they are open again."""
    provider, name = _parted(settlement)
    return commands.ReopenSettlementLines(provider=provider, settlement=name, lines=tuple(line), reason=reason)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `settlement`."""
    group = typer.Typer(help="Payment providers' settlements.", no_args_is_help=True)
    group.command("read")(read)
    group.command("import")(import_file)
    group.command("list")(settlements)
    group.command("show")(show)
    group.command("clear")(clear)
    group.command("reopen")(verb(reopen))
    app.add_typer(group, name="settlement")


def _parted(settlement: str) -> tuple[str, str]:
    provider, slash, name = settlement.partition("/")
    if not slash:
        raise ArgumentMalformed(argument="settlement", problem="not a provider and its name for it, as stripe/po_1")
    return provider, name


def _to_explain(book: OpenedBook, settlement: str, line: int) -> tuple[int, str]:
    """Return what of a line has to be explained, and its currency."""
    with book.pool.connection() as connection:
        found = find_settlements(connection, book.name, [settlement]).get(settlement)
        lines = lines_of(connection, book.name, settlement, after=line - 1, limit=1)
    if found is None or not lines or lines[0].number != line:
        raise ArgumentMalformed(argument="line", problem="there is no such line of this settlement")
    return lines[0].to_explain_minor, found.currency


def _line(line: SettlementLineRow, currency: str) -> tuple[object, ...]:
    amounts = (line.gross_minor, line.fee_minor, line.tax_minor, line.net_minor)
    is_said = line.targets or ("open" if line.to_explain_minor else "booked as a fee")
    shown = (to_major(minor, currency) for minor in amounts)
    return line.number, line.kind, line.reference, line.payment_reference, *shown, is_said


def _show(file: Path, read_file: SettlementFile) -> None:
    columns = ["payout", "bank reference", "settled on", "currency", "#lines", "#they come to", "#paid out", "balanced"]
    print_table(f"{file.name}: {read_file.provider}", columns, map(_row, read_file.settlements))
    _tell_problems(file, read_file)
    out.print(f"SHA-256 {read_file.sha256}", highlight=False, soft_wrap=True)


def _tell_problems(file: Path, read_file: SettlementFile) -> None:
    """Say what couldn't be read, and where."""
    for settlement in read_file.settlements:
        for problem in settlement.problems:
            err.print(f"{file.name}, line {problem.line}: {problem.reason}", markup=False, highlight=False)
    for problem in read_file.problems:
        err.print(f"{file.name}: {problem.reason}", markup=False, highlight=False)


def _row(settlement: Settlement) -> tuple[str, ...]:
    return (
        settlement.reference or "not paid out yet",
        settlement.bank_reference,
        settlement.settled_on.isoformat() if settlement.settled_on else "",
        settlement.currency,
        str(len(settlement.lines)),
        _amount(settlement.lines_minor if settlement.lines else None, settlement.currency),
        _amount(settlement.net_minor, settlement.currency),
        _word(settlement),
    )


def _amount(amount_minor: int | None, currency: str) -> str:
    return "not said" if amount_minor is None else amount_text(amount_minor, currency)


def _word(settlement: Settlement) -> str:
    if settlement.difference_minor:
        return f"differs by {amount_text(settlement.difference_minor, settlement.currency)}"
    if settlement.balanced is None:
        return "can't be told"
    return "yes" if settlement.balanced else "not every line is right"
