"""Verbs that run for a while: serve the API, and play a demonstration."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from api.cli.looking import show_timeline, show_trial_balance, timeline_steps
from api.cli.terminal import WRONG_USAGE, AsJson, BookName, err, out, print_json, print_table, progress_bar
from api.composition import House, OpenedBook, house
from api.server import LOOPBACK, require_free, serve
from api.settings import Settings
from api.simulator import SimulationReport, opening, play, simulate
from domain.money import to_major
from projections.proof_of_holds import CurrencyProof, proof_of_holds
from projections.timelines import most_eventful_order

Port = Annotated[int, typer.Option(min=1, max=65_535)]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Processes that answer; they take turns at writing.")]

DEMO_ENDS_AT = datetime(2026, 11, 1, tzinfo=UTC)
"""The demonstration's last day: always the same, so that playing it twice changes nothing the second time."""


def serve_api(
    host: Annotated[str, typer.Option(help="An address of this machine.")] = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 2,
    book: BookName = "main",
) -> None:
    """Serve the API. It knows no identities yet, so it answers on this machine only."""
    if host not in LOOPBACK:
        only = ", ".join(LOOPBACK)
        err.print(f"host {host}: the API has no authentication yet and is served on {only} only", soft_wrap=True)
        raise typer.Exit(WRONG_USAGE)
    require_free(host, port)
    with house(Settings.from_environment(), lasting=True) as opened:
        opened.book(book).found()
        _serve(opened, host=host, port=port, workers=workers)


def demo(
    trades: Annotated[int, typer.Option(min=1)] = 3_000,
    seed: Annotated[int, typer.Option()] = 7,
    serve_after: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the API at the end.")] = True,
    port: Port = 8000,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Play a marketplace of some thousand trades, show its books, and serve them."""
    if serve_after:
        require_free("127.0.0.1", port)
    with house(Settings.from_environment(), lasting=serve_after) as opened:
        report = _play(opened.book(book), trades=trades, seed=seed, shown=not as_json)
        _show_books(opened.book(book), report, as_json=as_json)
        if serve_after:
            _serve(opened, host="127.0.0.1", port=port, workers=2)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command("serve")(serve_api)
    app.command()(demo)


def _serve(opened: House, *, host: str, port: int, workers: int) -> None:
    out.print(f"serving http://{host}:{port}/docs, end with Ctrl-C")
    serve(opened.dsn, host=host, port=port, workers=workers)


def _play(book: OpenedBook, *, trades: int, seed: int, shown: bool) -> SimulationReport:
    with progress_bar(shown=shown) as bar:
        task = bar.add_task(f"{trades} trades", total=None)
        play(opening(book.name, seed=seed, ends_at=DEMO_ENDS_AT), book.writer)
        report = play(
            simulate(trades=trades, seed=seed, ends_at=DEMO_ENDS_AT),
            book.writer,
            progress=lambda answered: bar.advance(task, answered),
        )
        bar.update(task, total=report.commands)
        folding = bar.add_task("projections", total=book.runner.head())
        book.runner.catch_up(lambda position: bar.update(folding, completed=position))
    return report


def _show_books(book: OpenedBook, report: SimulationReport, *, as_json: bool) -> None:
    with book.pool.connection() as connection:
        proofs = proof_of_holds(connection, book.name)
        order = most_eventful_order(connection, book.name)
    steps = timeline_steps(book, order)
    if as_json:
        print_json({"simulation": report, "proof_of_holds": proofs, "order": order, "timeline": steps})
        return
    show_trial_balance(book, detail=False, as_json=False)
    _show_proofs(proofs)
    show_timeline(order, steps)
    out.print(
        f"{report.trades} trades, {report.commands} commands: "
        f"{report.accepted} accepted, {report.repeated} repeated, "
        f"{sum(report.refused.values())} refused, {sum(report.failed.values())} failed; {report.events} events"
    )


def _show_proofs(proofs: list[CurrencyProof]) -> None:
    print_table(
        "Proof of holds: held by orders equals held in the books, and all of it is covered",
        [
            "currency",
            "#held by orders",
            "#held in books",
            "#frozen",
            "#cash and clearing",
            "#owed to clients",
            "agrees",
            "covered",
        ],
        [
            (
                proof.currency,
                to_major(proof.orders_held_minor, proof.currency),
                to_major(proof.accounts_held_minor, proof.currency),
                to_major(proof.accounts_frozen_minor, proof.currency),
                to_major(proof.assets_minor, proof.currency),
                to_major(proof.liabilities_minor, proof.currency),
                "yes" if proof.agrees else "NO",
                "yes" if proof.covered else "NO",
            )
            for proof in proofs
        ],
    )
