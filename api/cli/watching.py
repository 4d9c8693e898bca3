"""Verbs that run for a while: serve the API, play a simulation, and demonstrate both."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby
from typing import Annotated

import msgspec
import typer
from rich.progress import Progress

from api.cli.looking import show_timeline, show_trial_balance, timeline_steps
from api.cli.terminal import REFUSED, WRONG_USAGE, AsJson, BookName, err, out, print_json, print_table, progress_bar
from api.cli.treasury import show_holds
from api.composition import House, OpenedBook, house, new_seed
from api.identity.local_key import ensure_local_key
from api.periods import seal_all
from api.proving import ensure_key
from api.server import LOOPBACK, require_free, serve
from api.settings import Settings
from api.simulator import DAYS, SimulationReport, opening, play, simulate, writing
from ledger.outcomes import Submission
from ledger.transparency import Frontier
from projections.balances import trial_balance
from projections.proof_of_holds import CurrencyProof, proof_of_holds
from projections.timelines import most_eventful_order

Trades = Annotated[int, typer.Option(min=1, help="So many orders are placed; others are taken over.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same log, byte for byte, in an empty book.")]
Port = Annotated[int, typer.Option(min=1, max=65_535)]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Processes that answer; they take turns at writing.")]

ENDS_AT = datetime(2026, 11, 1, tzinfo=UTC)
"""A simulation's last day: always the same, so that playing it twice changes nothing the second time."""


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a simulation left behind: the log's size and Merkle root, and its books.

    trial_balance: by currency, the sum of all debits less that of all credits, in minor units; ok: whether all of those
    are zero and every currency's holds are proved and covered.
    """

    simulation: SimulationReport
    size: int
    root: str
    trial_balance: dict[str, int]
    proof_of_holds: list[CurrencyProof]
    ok: bool


def serve_api(
    host: Annotated[str, typer.Option(help="An address of this machine.")] = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 2,
    book: BookName = "main",
) -> None:
    """
    Serve the API, on this machine only, unless LEDGER_TOKEN_ISSUER says whose tokens are taken. It speaks plain HTTP:
    what others are to reach stands behind something that speaks TLS.
    """
    settings = Settings.from_environment()
    if host not in LOOPBACK and not settings.token_issuer:
        only = ", ".join(LOOPBACK)
        err.print(f"host {host}: without LEDGER_TOKEN_ISSUER the API is served on {only} only", soft_wrap=True)
        raise typer.Exit(WRONG_USAGE)
    require_free(host, port)
    with house(settings, lasting=True) as opened:
        opened.book(book).found()
        if not settings.database_url:
            ensure_key(opened.book(book))
        _serve(settings, opened, host=host, port=port, workers=workers)


def demo(
    trades: Trades = 3_000,
    seed: Seed = 7,
    serve_after: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the API at the end.")] = True,
    port: Port = 8000,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Play a marketplace of some thousand trades, show its books, and serve them."""
    if serve_after:
        require_free("127.0.0.1", port)
    settings = Settings.from_environment()
    with house(settings, lasting=serve_after) as opened:
        report = _play(opened.book(book), trades=trades, seed=seed, shown=not as_json)
        _show_books(opened.book(book), report, as_json=as_json)
        _show_checkpoint(opened.book(book), shown=not as_json)
        if serve_after:
            _serve(settings, opened, host="127.0.0.1", port=port, workers=2)


def simulate_trades(trades: Trades = 3_000, seed: Seed = 7, book: BookName = "main", as_json: AsJson = False) -> None:
    """Play a marketplace into a book, and prove its books. Exits 1 where they don't balance or aren't covered."""
    with house(Settings.from_environment()) as opened:
        report = _play(opened.book(book), trades=trades, seed=seed, shown=not as_json)
        played = _played(opened.book(book), report)
    if as_json:
        print_json(played)
    else:
        _show_played(played)
    if not played.ok:
        raise typer.Exit(REFUSED)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command("serve")(serve_api)
    app.command("simulate")(simulate_trades)
    app.command()(demo)


def _serve(settings: Settings, opened: House, *, host: str, port: int, workers: int) -> None:
    if not settings.token_issuer:
        ensure_local_key(settings.token_folder, new_seed())
        out.print("serving every operation to a bearer token: trade-ledger token --role operator", soft_wrap=True)
    out.print(f"serving http://{host}:{port}/docs, end with Ctrl-C")
    serve(opened.dsn, host=host, port=port, workers=workers, settings=settings)


def _play(book: OpenedBook, *, trades: int, seed: int, shown: bool) -> SimulationReport:
    with progress_bar(shown=shown) as bar, writing(book.recorder, seed=seed, ends_at=ENDS_AT) as door:
        told = simulate(trades=trades, seed=seed, ends_at=ENDS_AT)
        watched = _watched(told, bar, f"{trades} trades, by day")
        report = play(chain(opening(book.name, seed=seed, ends_at=ENDS_AT), watched), door.writer, clock=door.clock)
        folding = bar.add_task("projections", total=book.runner.head())
        book.runner.catch_up(lambda position: bar.update(folding, completed=position))
        seal_all(book, door.writer)
    return report


def _watched(told: Iterable[Submission], bar: Progress, name: str) -> Iterator[Submission]:
    """Yield what is said, and show which day of the simulation it is."""
    task = bar.add_task(name, total=DAYS)
    begins_at = ENDS_AT - timedelta(days=DAYS)
    for day, of_day in groupby(told, key=lambda submission: ((submission.occurred_at or ENDS_AT) - begins_at).days):
        bar.update(task, completed=day)
        yield from of_day
    bar.update(task, completed=DAYS)


def _played(book: OpenedBook, report: SimulationReport) -> Played:
    with book.recorder.batch() as batch:
        frontier = Frontier(batch.head.size, batch.head.frontier)
    with book.pool.connection() as connection:
        proofs = proof_of_holds(connection, book.name)
        balance: dict[str, int] = {}
        for line in trial_balance(connection, book.name):
            balance[line.currency] = balance.get(line.currency, 0) + line.debit_minor - line.credit_minor
    return Played(
        simulation=report,
        size=frontier.size,
        root=frontier.root().hex(),
        trial_balance=balance,
        proof_of_holds=proofs,
        ok=not any(balance.values()) and all(proof.agrees and proof.covered for proof in proofs),
    )


def _show_played(played: Played) -> None:
    print_table("Events", ["event", "#count"], list(played.simulation.topics.items()))
    show_holds(played.proof_of_holds)
    _show_report(played.simulation)
    out.print(f"trial balance {'zero' if not any(played.trial_balance.values()) else 'NOT ZERO'} in every currency")
    out.print(f"{played.size} events, root {played.root}")


def _show_books(book: OpenedBook, report: SimulationReport, *, as_json: bool) -> None:
    with book.pool.connection() as connection:
        proofs = proof_of_holds(connection, book.name)
        order = most_eventful_order(connection, book.name)
    steps = timeline_steps(book, order)
    if as_json:
        print_json({"simulation": report, "proof_of_holds": proofs, "order": order, "timeline": steps})
        return
    show_trial_balance(book, detail=False, as_json=False)
    show_holds(proofs)
    show_timeline(order, steps)
    _show_report(report)


def _show_checkpoint(book: OpenedBook, *, shown: bool) -> None:
    """Sign the log, by a key made for it where there is none, and say how anybody may check it."""
    key = ensure_key(book)
    checkpoint = book.signer.sign_head().checkpoint
    if shown:
        out.print(f"log signed at {checkpoint.size} events, root {checkpoint.root.hex()}; it is verified by the key")
        out.print(str(key), markup=False, highlight=False, soft_wrap=True)


def _show_report(report: SimulationReport) -> None:
    out.print(
        f"{report.trades} trades, {report.commands} commands: "
        f"{report.accepted} accepted, {report.repeated} repeated, "
        f"{sum(report.refused.values())} refused, {sum(report.failed.values())} failed; {report.events} events"
    )
