"""Verbs about files of payouts: made for the bank, made again, answered by it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.moments import AsOf, AtPosition, KnownAt, moment_sought, titled
from api.cli.terminal import REFUSED, AsJson, BookName, book_of, err, print_json, print_table, progress_bar
from api.exchange.credit_transfers.transfer import PAIN_001_03, PAIN_001_09, MessageName
from api.exchange.payout_advice_csv import payout_advice_csv
from api.payouts.advices import Advice, advice_of, advices_of
from api.payouts.saying import Voice
from api.payouts.showing import file_view
from domain.money import to_major
from ledger.reads import Reader
from projections.payouts import search_payout_files

if TYPE_CHECKING:
    from api.payouts.answering import AnswerRun
    from api.payouts.instructing import InstructRun

Actor = Annotated[str, typer.Option(help="Who says it.")]
Role = Annotated[str, typer.Option(help="In which role.")]
Format = Annotated[str, typer.Option("--format", help="pain.001.001.09 or pain.001.001.03.")]


def instruct_payouts(
    pays_from: Annotated[str, typer.Option("--from", help="The account that pays.")],
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="The folder for the files.")],
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of payment; today (UTC) if not given.")
    ] = None,
    currency: Annotated[str, typer.Option(help="Only in this one.")] = "",
    message: Format = PAIN_001_09,
    book: BookName = "main",
    actor: Actor = "finance:cli",
    role: Role = "finance",
    as_json: AsJson = False,
) -> None:
    """Write the files that tell the bank of all approved payouts of a day, and record that it is told."""
    from api.payouts.instructing import InstructAsked, instruct  # noqa: PLC0415 - lxml: other verbs start without

    with book_of(book) as opened, progress_bar(shown=not as_json) as bar:
        task = bar.add_task("instructing payouts", total=None)
        asked = InstructAsked(
            pays_from=pays_from,
            pay_on=(on or opened.world.clock().astimezone(UTC)).date(),
            format=_format(message),
            currency=currency,
        )
        run = instruct(
            opened,
            asked,
            Voice(actor=actor, role=role),
            out,
            progress=lambda done, all_: bar.update(task, completed=done, total=all_),
        )
    if as_json:
        print_json(run)
    else:
        _show(run)
    if run.left_out:
        raise typer.Exit(REFUSED)


def write_again(
    file: Annotated[str, typer.Argument(help="Its message id.")],
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="The folder for the file.")],
    book: BookName = "main",
    actor: Actor = "finance:cli",
    role: Role = "finance",
) -> None:
    """Write a file again that was recorded: the same bytes, of the log and the bank details as they stood."""
    from api.payouts.file_making import content_of  # noqa: PLC0415 - as above
    from api.payouts.instructing import WHY  # noqa: PLC0415 - as above

    with book_of(book) as opened:
        content = content_of(opened, file, Reader(actor, role, WHY))
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{file}.xml"
    path.touch(mode=0o600)
    path.write_bytes(content)
    err.print(str(path), markup=False, highlight=False)


def answer(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The bank's pain.002.")],
    dry_run: Annotated[bool, typer.Option(help="Only show what would become of it.")] = False,
    book: BookName = "main",
    actor: Actor = "finance:cli",
    role: Role = "finance",
    as_json: AsJson = False,
) -> None:
    """Take in what the bank says of files: accepted, rejected and why. A second time changes nothing."""
    from api.payouts.answering import take_answer  # noqa: PLC0415 - as above

    with book_of(book) as opened:
        runs = take_answer(opened, file.read_bytes(), file.name, Voice(actor=actor, role=role), dry_run=dry_run)
    if as_json:
        print_json(runs)
    else:
        for run in runs:
            _show_answer(run)
    if any(run.problems or any(each.became == "refused" for each in run.answers) for run in runs):
        raise typer.Exit(REFUSED)


def advice(
    payout: Annotated[str, typer.Argument(metavar="[PAYOUT]", help="Of one payout.")] = "",
    party: Annotated[str, typer.Option(help="Of all that a bank was told to pay this party.")] = "",
    csv: Annotated[Path | None, typer.Option(dir_okay=False, help="Write them to this file as CSV.")] = None,
    pdf: Annotated[Path | None, typer.Option(dir_okay=False, help="Write them to this file as PDF.")] = None,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Tell what payouts are for, order by order: gross, fee, tax, commission, net."""
    with book_of(book) as opened:
        moment = moment_sought(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            found = (
                [advice_of(connection, book, payout, moment=moment)]
                if payout
                else advices_of(connection, book, party, moment=moment)
            )
    if csv:
        csv.write_bytes(payout_advice_csv(found))
    if pdf:
        from api.exchange.payout_advice_pdf import payout_advice_pdf  # noqa: PLC0415 - reportlab: as above

        pdf.write_bytes(payout_advice_pdf(found, book=book))
    if as_json:
        print_json(found[0] if payout else found)
    elif not (csv or pdf):
        for each in found:
            _show_advice(each)


def files(
    account: Annotated[str, typer.Option(help="Only those that pay from this account.")] = "",
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show the files that told a bank of payouts."""
    with book_of(book) as opened:
        moment = moment_sought(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            rows = search_payout_files(connection, book, account=account or None, moment=moment)
    views = [file_view(row) for row in rows]
    if as_json:
        print_json(views)
        return
    print_table(
        titled("Files of payouts", moment),
        ["file", "format", "from", "on", "currency", "#payouts", "#amount", "SHA-256"],
        [
            (
                each.file,
                each.format,
                each.pays_from,
                each.pay_on,
                each.currency,
                each.payouts,
                to_major(each.amount_minor, each.currency),
                each.sha256,
            )
            for each in views
        ],
    )


def register(room: typer.Typer) -> None:
    """Add these verbs below `payout`."""
    room.command("instruct")(instruct_payouts)
    room.command("file")(write_again)
    room.command("answer")(answer)
    room.command("advice")(advice)
    room.command("files")(files)


def _format(named: str) -> MessageName:
    if named not in {PAIN_001_03, PAIN_001_09}:
        raise typer.BadParameter(f"{PAIN_001_09} or {PAIN_001_03}", param_hint="--format")
    return PAIN_001_03 if named == PAIN_001_03 else PAIN_001_09


def _show(run: "InstructRun") -> None:
    print_table(
        "Files for the bank",
        ["file", "currency", "#payouts", "#amount", "on", "SHA-256", "where"],
        [
            (
                each.file,
                each.currency,
                each.payouts,
                to_major(each.amount_minor, each.currency),
                each.pay_on,
                each.sha256,
                each.path,
            )
            for each in run.files
        ],
    )
    changed = [(each.payout, each.field, each.before, each.after) for file in run.files for each in file.changed]
    if changed:
        print_table("Written otherwise, as banks can take it", ["payout", "field", "given", "written"], changed)
    if run.left_out:
        print_table(
            "Left out",
            ["payout", "party", "because"],
            [(each.payout, each.party, each.reason) for each in run.left_out],
        )


def _show_advice(each: Advice) -> None:
    def major(*amounts_minor: int) -> list[str]:
        return [to_major(minor, each.currency) for minor in amounts_minor]

    total = major(each.gross_minor, each.fee_minor, each.tax_minor, each.commission_minor, each.amount_minor)
    print_table(
        f"Payout {each.payout} to {each.party}, {each.currency}, on {each.pay_on}: {each.status}",
        ["#item", "order", "what", "#gross", "#fee", "#tax", "#commission", "#net", "#position"],
        [
            *(
                (
                    line.number,
                    line.order,
                    line.what,
                    *major(line.gross_minor, line.fee_minor, line.tax_minor, line.commission_minor, line.net_minor),
                    line.position,
                )
                for line in each.lines
            ),
            ("", "", "in all", *total, ""),
        ],
    )


def _show_answer(run: "AnswerRun") -> None:
    print_table(
        f"Answer to {run.file or 'a file that it does not name'}",
        ["payout", "status", "became", "because"],
        [(each.payout, each.code, each.refusal or each.became, each.reason) for each in run.answers],
    )
    for problem in run.problems:
        err.print(f"line {problem.line}: {problem.problem}", markup=False, highlight=False)
