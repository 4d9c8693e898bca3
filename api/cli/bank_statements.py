"""Verbs on bank statements: what a bank says, as it is read."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.terminal import DONE, REFUSED, AsJson, err, out, print_json, print_table
from api.exchange.bank_statements.statement import BankStatement, StatementFile, amount_text, told

UNKNOWN = "not said"


def read(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="camt.052, 053, 054, MT940, MT942 or CSV.")],
    file_format: Annotated[
        str,
        typer.Option("--format", help="camt, mt940, or csv: and a mapping's name or path; else what it looks like."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Read a bank's file and show its statements; exit with 1 where a statement isn't sound, and say where."""
    from api.exchange.bank_statements.reading import read_statements  # noqa: PLC0415 - lxml: other verbs start without

    statements = read_statements(file.read_bytes(), name=file.name, format=file_format or None)
    if as_json:
        print_json([told(statement) for statement in statements.statements])
    else:
        _show(file, statements)
    raise typer.Exit(DONE if all(map(_is_sound, statements.statements)) else REFUSED)


def _is_sound(statement: BankStatement) -> bool:
    return statement.balanced is not False and not statement.problems


def _show(file: Path, read_file: StatementFile) -> None:
    rows = [_row(statement) for statement in read_file.statements]
    columns = ["account", "number", "currency", "#opening", "#entries", "#closing", "balanced"]
    print_table(f"{file.name}: {read_file.format}", columns, rows)
    for problem in read_file.problems:
        err.print(f"{file.name}, line {problem.line}: {problem.reason}", markup=False, highlight=False)
    for statement in read_file.statements:
        for problem in statement.problems:
            err.print(f"{file.name}, line {problem.line}: {problem.reason}", markup=False, highlight=False)
    out.print(f"SHA-256 {read_file.sha256}", highlight=False, soft_wrap=True)


def _row(statement: BankStatement) -> tuple[str, ...]:
    balances = [_amount(each, statement.currency) for each in (statement.opening_minor, statement.closing_minor)]
    entries = str(len(statement.entries))
    return (
        statement.account,
        statement.number,
        statement.currency,
        balances[0],
        entries,
        balances[1],
        _word(statement),
    )


def _amount(amount_minor: int | None, currency: str) -> str:
    return UNKNOWN if amount_minor is None else amount_text(amount_minor, currency)


def _word(statement: BankStatement) -> str:
    difference = statement.difference_minor
    if difference is None:
        return "can't be told"
    if difference:
        return f"differs by {amount_text(difference, statement.currency)}"
    return "yes" if statement.balanced else "not all is read"


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    group = typer.Typer(help="Bank statements: camt.052, 053, 054, MT940 and CSV.", no_args_is_help=True)
    from api.cli.reconciling import import_statement  # noqa: PLC0415 - which uses what stands here

    group.command("read")(read)
    group.command("import")(import_statement)
    app.add_typer(group, name="bank-statement")
