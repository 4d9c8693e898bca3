"""Any figure, at any moment, is the sum of its leaves; every posting among them stands in the log as it is told."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from api.simulator import opening, play, simulate, writing
from domain.accounts import AccountUnknown, control_of
from domain.commands import AcceptOrder
from domain.envelope import decode
from domain.explanation import Figure, FigureUnexplained, leaves
from domain.journal import Posting
from domain.posting_rules import post
from ledger.pool import open_pool
from ledger.postgres import EmbeddedPostgres
from ledger.store import BookRecorder
from projections.balances import all_balances, balances_at
from projections.explained_accounts import LISTED_MAX
from projections.explanations import DEPTH_MAX, FigureMalformed, FigureNotFound, FigureSought, explain
from projections.moment import Moment
from projections.projection import Connection
from projections.runner import Runner
from tests.books import Book, pay, place_order, read_log
from tests.tampering import tampering
from tests.troubles import PARTNER, troubled_book

DAYS, PAYMENTS, ON_ONE_DAY, FIGURES, SEED = 1_000, 400, 200, 1_000, 4
HEAD = 10**6
BUSY = "clearing:card"
"""The account that every payment is posted to, so that it unfolds by year, month and day."""


@pytest.fixture(scope="module")
def book(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    """Yield a book of troubles, and of payments that arrive in no order of days, over almost three years."""
    with troubled_book(postgres, template, database="explained") as opened:
        dice = random.Random(SEED)  # noqa: S311 - the same in every run
        now = opened.clock()
        for command in (place_order("LATE-1"), AcceptOrder(order="LATE-1")):
            _say(opened, replace(opened.submission(command), occurred_at=now - timedelta(days=DAYS)))
        for number in range(PAYMENTS):
            opened.clock.move(minutes=dice.choice((0, 7, 900)) if number > ON_ONE_DAY else 0)
            days = dice.choice((0, 0, 0, dice.randrange(DAYS)))
            paid = opened.submission(pay("LATE-1", dice.randrange(1, 500)))
            _say(opened, replace(paid, occurred_at=opened.clock() - timedelta(days=days)))
        Runner(opened.pool, opened.name).catch_up()
        yield opened


class Posted(NamedTuple):
    """What an event of the log posts, and on which day."""

    day: date
    postings: tuple[Posting, ...]


@pytest.fixture(scope="module")
def posted(book: Book) -> dict[int, Posted]:
    """Return what every event of the log posts, by position, worked out without any projection."""
    found = {}
    for event in read_log(book.pool, book.name):
        state = decode(event.topic, event.state)
        entry = post(event.originator_id, state.event)
        if entry and entry.postings:
            found[event.position] = Posted(state.posting_date, entry.postings)
    return found


@pytest.fixture
def connection(book: Book) -> Iterator[Connection]:
    with book.pool.connection() as opened:
        yield opened


def _say(book: Book, submission: object) -> None:
    book.writer.submit(submission).result(timeout=30)  # type: ignore[arg-type]


def explained(connection: Connection, what: str, moment: Moment | None = None, **sought: Any) -> tuple[Figure, ...]:
    return explain(connection, "main", FigureSought(what, **sought), moment or Moment(HEAD)).figures


def postings_of(connection: Connection, figure: Figure) -> Iterator[Figure]:
    """Yield every posting below a figure, unfolding what isn't unfolded as it says itself, page by page."""
    if figure.kind == "posting":
        yield figure
        return
    page = figure.children
    if not page and figure.further:
        asked = figure.further
        sought = FigureSought(asked.what, asked.currency, asked.within, asked.after, DEPTH_MAX)
        (found,) = explain(connection, "main", sought, Moment(asked.at_position, asked.as_of)).figures
        page = found.children[1:] if asked.after else found.children
        assert sum(child.amount_minor for child in page) == figure.amount_minor
    for child in page:
        yield from postings_of(connection, child)


def check_posting(figure: Figure, posted: dict[int, Posted], account: str, sign: int) -> None:
    """Check that an event stands in the log at the position that a posting names, and posts that amount there."""
    assert figure.event is not None
    assert figure.command is not None
    event = posted[figure.event.position]
    assert (figure.event.posting_date, figure.entry) == (event.day, event.postings)
    assert Posting(account, figure.currency, sign * figure.amount_minor) in event.postings


def every_figure(figure: Figure) -> Iterator[Figure]:
    yield figure
    for child in figure.children:
        yield from every_figure(child)


def test_a_thousand_random_figures_are_the_sums_of_their_leaves(
    book: Book, posted: dict[int, Posted], connection: Connection
) -> None:
    assert book.name == "main"
    dice = random.Random(SEED)  # noqa: S311 - the same in every run
    accounts = sorted({p.account for event in posted.values() for p in event.postings})
    days = sorted({event.day for event in posted.values()})
    kinds: Counter[str] = Counter()
    for _ in range(FIGURES):
        account = dice.choice([BUSY, *accounts[:: len(accounts) // 3], *dice.choices(accounts, k=12)])
        moment = Moment(dice.randrange(max(posted) + 1), dice.choice([None, dice.choice(days)]))
        sign = control_of(account).sign
        expected: Counter[str] = Counter()
        for position, event in posted.items():
            for p in event.postings if position <= moment.position else ():
                if p.account == account:
                    expected[p.currency] += sign * p.amount_minor * (moment.as_of is None or event.day <= moment.as_of)
        try:
            figures = explained(connection, account, moment, depth=dice.randrange(DEPTH_MAX + 1))
        except FigureNotFound:
            figures = ()
        assert {figure.currency: figure.amount_minor for figure in figures} == expected
        for figure in figures:
            assert sum(leaf.amount_minor for leaf in leaves(figure)) == figure.amount_minor
            for one in every_figure(figure):
                kinds[one.kind] += 1
                if one.kind == "posting":
                    check_posting(one, posted, account, sign)
    assert all(kinds[kind] > FIGURES / 100 for kind in ("account", "span", "rest", "posting", "component")), kinds


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("depth", [0, 1, 4])
def test_what_is_not_unfolded_says_how_to_unfold_it_until_every_posting_was_seen(
    posted: dict[int, Posted], connection: Connection, *, cut: bool, depth: int
) -> None:
    positions = sorted(
        position
        for position, event in posted.items()
        if any((p.account, p.currency) == (BUSY, "USD") for p in event.postings)
    )
    days = sorted(posted[position].day for position in positions)
    moment = Moment(positions[-50], days[-len(days) // 4]) if cut else Moment(HEAD, days[-1])
    (dollars,) = explained(connection, BUSY, moment, currency="USD", depth=depth)
    seen = list(postings_of(connection, dollars))
    assert moment.as_of is not None
    known = [position for position in positions if position <= moment.position]
    wanted = [position for position in known if posted[position].day <= moment.as_of]
    assert cut == (len(wanted) < len(known) < len(positions))
    assert len(wanted) > ON_ONE_DAY / 2
    assert sorted(figure.event.position for figure in seen if figure.event) == wanted
    assert sum(figure.amount_minor for figure in seen) == dollars.amount_minor


def test_of_a_day_with_many_postings_one_page_is_shown_and_the_rest_together(
    posted: dict[int, Posted], connection: Connection
) -> None:
    day, count = Counter(event.day for event in posted.values()).most_common(1)[0]
    assert count > 2 * LISTED_MAX
    (first,) = explained(connection, BUSY, currency="USD", within=day.isoformat())
    assert [child.kind for child in first.children] == ["posting"] * LISTED_MAX + ["rest"]
    last = first.children[LISTED_MAX - 1].event
    assert last is not None
    assert first.children[-1].postings == first.postings - LISTED_MAX
    (second,) = explained(connection, BUSY, currency="USD", within=day.isoformat(), after=str(last.position))
    assert second.amount_minor == first.amount_minor
    assert [child.kind for child in second.children[:2]] == ["rest", "posting"]
    assert second.children[0].postings == LISTED_MAX
    shown = [child.event.position for child in (*first.children, *second.children) if child.event]
    assert shown == sorted(set(shown))


def test_more_postings_than_are_counted_are_told_as_more(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.posting_spans.COUNTED_MAX", 100)
    monkeypatch.setattr("projections.explained_accounts.COUNTED_MAX", 100)
    (dollars,) = explained(connection, BUSY, currency="USD", depth=0)
    assert (dollars.postings, dollars.more) == (100, True)


@pytest.mark.parametrize("kind", ["order", "release", "refund", "commission"])
def test_both_sides_of_a_things_money_come_to_the_same_at_every_moment(
    posted: dict[int, Posted], connection: Connection, kind: str
) -> None:
    dice = random.Random(kind)  # noqa: S311 - the same in every run
    days = sorted({event.day for event in posted.values()})
    seen = 0
    for key in [f"PO-{letter}" for letter in "ABCDEFGHI"] * 3:
        moment = Moment(dice.randrange(max(posted) + 1), dice.choice([None, dice.choice(days)]))
        what = f"{kind}:{key}" + dice.choice(["/1", "/2"] if kind in {"release", "refund"} else [""])
        try:
            came, became = explained(connection, what, moment, depth=DEPTH_MAX)
        except FigureNotFound:
            continue
        assert came.amount_minor == became.amount_minor
        for side, figure in ((1, came), (-1, became)):
            assert sum(leaf.amount_minor for leaf in leaves(figure)) == figure.amount_minor
            for account in figure.children:
                for posting in account.children:
                    assert posting.event is not None
                    assert posting.event.position <= moment.position
                    assert moment.as_of is None or posting.event.posting_date <= moment.as_of
                    check_posting(posting, posted, account.label, side)
                    seen += 1
    assert seen > 10


def test_the_money_of_an_order_becomes_what_its_accounts_hold(connection: Connection) -> None:
    came, became = explained(connection, "order:PO-I")
    assert came.amount_minor == 100_000
    assert {account.label: account.amount_minor for account in became.children} == {
        "hold:PO-I": 95_000,
        "frozen:PO-I": 5_000,
    }


def test_a_release_is_explained_by_the_rulebook_of_its_order(connection: Connection) -> None:
    _came, became = explained(connection, "release:PO-D/1")
    net, fee, tax = became.children
    assert [account.label for account in became.children] == [
        "payable:exporter:EXP-T",
        "income:service-fee",
        "tax:gst-output",
    ]
    assert net.amount_minor + fee.amount_minor + tax.amount_minor == 100_000
    (posting,) = fee.children
    assert posting.rule == "rulebook:troubled/1 service_fee_bps = 250"
    assert posting.how == "service fee: 1,000.00 x 2.50 % = 25.00, residue 0"
    assert posting.command is not None
    assert (posting.command.role, posting.command.policy) == ("operator", "execute_release")


def test_a_commission_names_the_line_of_the_agreement(connection: Connection) -> None:
    _borne, _brought = explained(connection, "commission:PO-G", depth=2)
    (posting, *_) = _borne.children[0].children
    assert posting.rule == "agreement:AG-T from 2026-04-01: rate_bps = 200"


def test_a_control_account_is_the_sum_of_its_parts_and_each_says_how_to_unfold_it(connection: Connection) -> None:
    for figure in explained(connection, "payable:exporter"):
        total_minor = sum(
            balance.balance_minor
            for balance in balances_at(connection, "main", Moment(HEAD))
            if control_of(balance.account).name == "payable:exporter" and balance.currency == figure.currency
        )
        assert figure.amount_minor == total_minor == sum(part.amount_minor for part in figure.children)
        assert all(part.further and part.further.what == part.label for part in figure.children)


def test_the_parts_of_a_control_account_come_in_pages(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.explanations.LISTED_MAX", 2)
    (first,) = explained(connection, "hold", currency="USD")
    assert [child.kind for child in first.children] == ["account", "account", "rest"]
    further = first.children[-1].further
    assert further is not None
    (second,) = explained(connection, further.what, currency=further.currency, after=further.after)
    assert second.amount_minor == first.amount_minor
    assert [child.kind for child in second.children[:2]] == ["rest", "account"]
    assert second.children[0].amount_minor == sum(child.amount_minor for child in first.children[:2])


def test_what_a_payee_may_be_paid_is_the_sum_of_its_accounts(connection: Connection) -> None:
    (payee,) = explained(connection, f"payee:{PARTNER}/INR")
    (account,) = explained(connection, f"payable:partner:{PARTNER}", currency="INR")
    assert payee.amount_minor == account.amount_minor == payee.children[0].amount_minor
    assert sum(leaf.amount_minor for leaf in leaves(payee)) == payee.amount_minor


@pytest.mark.parametrize(
    "what",
    [
        "hold:PO-Z",
        "order:PO-Z",
        "order:PO-E",
        "order:PO-A/1",
        "release:PO-A/99",
        "payee:EXP-T/JPY",
        "payee:EXP-T",
        "fx:position",
    ],
)
def test_where_nothing_was_posted_there_is_no_figure(connection: Connection, what: str) -> None:
    with pytest.raises(FigureNotFound):
        explained(connection, what)


@pytest.mark.parametrize("what", [BUSY, "payable:exporter", "order:PO-A", f"payee:{PARTNER}/INR"])
def test_only_figures_of_the_currency_that_is_asked_for_are_given(connection: Connection, what: str) -> None:
    (first, *_) = explained(connection, what)
    assert {figure.currency for figure in explained(connection, what, currency=first.currency)} == {first.currency}
    with pytest.raises(FigureNotFound):
        explained(connection, what, currency="JPY")


def test_all_refunds_of_an_order_are_explained_together(connection: Connection) -> None:
    came, became = explained(connection, "refund:PO-A")
    parts = [explained(connection, f"refund:PO-A/{number}")[0].amount_minor for number in (1, 2)]
    assert came.amount_minor == became.amount_minor == sum(parts)


def test_before_its_first_day_a_balance_is_nothing_and_before_its_first_posting_there_is_none(
    posted: dict[int, Posted], connection: Connection
) -> None:
    before = min(event.day for event in posted.values()) - timedelta(days=1)
    assert [figure.amount_minor for figure in explained(connection, BUSY, Moment(HEAD, before))] == [0, 0]
    assert [figure.children for figure in explained(connection, BUSY, within=f"{before.year - 1}")] == [(), ()]
    with pytest.raises(FigureNotFound):
        explained(connection, BUSY, Moment(min(posted) - 1))


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("depth", {"what": BUSY, "depth": DEPTH_MAX + 1, "within": "soon"}),
        ("within", {"what": "order:nothing like it", "within": "2026-13"}),
        ("within", {"what": BUSY, "within": "20261122"}),
        ("what", {"what": "order:no key", "after": "5"}),
        ("what", {"what": "payee:"}),
        ("within", {"what": "hold", "within": "2026"}),
        ("within", {"what": "order:PO-A", "within": "2026", "after": "5"}),
        ("after", {"what": "order:PO-A", "after": "5"}),
        ("after", {"what": BUSY, "after": "5"}),
        ("after", {"what": BUSY, "within": "2026-11-22", "after": "five"}),
        ("after", {"what": BUSY, "within": "2026-11-22", "after": f"{2**63}"}),
    ],
)
def test_what_cannot_be_meant_is_named(connection: Connection, field: str, asked: dict[str, Any]) -> None:
    with pytest.raises(FigureMalformed) as told:
        explained(connection, **asked)
    assert told.value.field == field


def test_an_account_of_no_chart_is_unknown(connection: Connection) -> None:
    with pytest.raises(AccountUnknown):
        explained(connection, "what:ever", depth=0)


@pytest.mark.parametrize(
    ("table", "column"),
    [("balances", "balance_minor"), ("journal_postings", "amount_minor"), ("journal_postings", "balance_minor")],
)
def test_rows_that_contradict_the_log_explain_nothing(
    book: Book, posted: dict[int, Posted], table: str, column: str
) -> None:
    """The balance at a position is that of the last posting; the amounts must lead to it."""
    position = max(position for position, e in posted.items() if any(p.account == "hold:PO-I" for p in e.postings))
    where = "book = 'main' AND account = 'hold:PO-I' AND position = %s"
    with tampering(book.pool) as connection:
        connection.execute(f"UPDATE projections.{table} SET {column} = {column} + 1 WHERE {where}", (position,))
        if table == "balances":
            assert explained(connection, "hold:PO-I")[0].amount_minor == 95_000
        else:
            with pytest.raises(FigureUnexplained):
                explained(connection, "hold:PO-I")
        connection.rollback()


def test_every_account_of_a_simulated_market_is_explained_by_arithmetic_and_rules(database: str) -> None:
    """With guarantees, repayments, money that nobody claims, and takeovers, which the troubles don't have."""
    topics: Counter[str] = Counter()
    ends_at = datetime(2026, 11, 22, tzinfo=UTC)
    with open_pool(database, connections_max=2) as pool:
        with writing(BookRecorder(pool, "main"), seed=SEED, ends_at=ends_at) as (writer, clock):
            said = simulate(trades=150, seed=SEED, ends_at=ends_at)
            play(chain(opening("main", seed=SEED, ends_at=ends_at), said), writer, clock=clock)
        Runner(pool, "main").catch_up()
        with pool.connection() as connection:
            for balance in all_balances(connection, "main"):
                (figure,) = explained(connection, balance.account, currency=balance.currency, depth=4)
                assert figure.amount_minor == balance.balance_minor == sum(one.amount_minor for one in leaves(figure))
                for one in every_figure(figure):
                    topics[one.event.topic if one.event else ""] += 1
                    assert one.rule or not one.terms, one
    assert {"payee.repaid", "hold.taken_over", "takeover.balances_recorded", "commission.accrued"} <= set(topics)
