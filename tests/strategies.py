"""How to draw money, keys, lines, steps, rules and whole command sequences."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple, get_args

from hypothesis import strategies as st

from domain import commands
from domain.agreement_terms import AgreementTerms, CurrencyTerms
from domain.amendment import Amendment
from domain.claim import ClaimKind, RemedyKind, ReturnedState
from domain.commands import Command, NewClaim
from domain.dispute import ProposedRuling
from domain.dispute_events import Finding, Stance
from domain.money import MINOR_MAX, Money
from domain.order import Line, LineQuantity, PaymentStep, PaymentTrigger
from domain.payee_account import PayeeControl
from domain.references import KEY, SKU
from domain.rules import Rules
from domain.takeover import OpeningBalance, TakenOverStatus

ORDERS = ("PO-1", "PO-2")
PARTIES = ("P-1", "P-2", "P-3")
"""One party may sell in one trade and buy in another."""
CURRENCY = "USD"
ACCOUNT = "clearing:card"
SAFEGUARDED = "bank:safeguarded:hdfc"
SMALL_MINOR_MAX = 150
"""Amounts of command sequences are small, so that they meet, exceed and just miss each other often."""

RULEBOOK, NEXT_RULEBOOK = "standard/1", "standard/2"
LIST, VERSIONS = "UNSC", ("v1", "v2")
AGREEMENT, PARTNER = "AG-1", "PAR-1"
SHA256 = "a1" * 32
"""The hash of every document, list and text here."""


class Voice(NamedTuple):
    """Who speaks, and in which role."""

    actor: str
    role: str


OPERATOR, SECOND = Voice("operator:ann", "operator"), Voice("operator:bob", "operator")
OPERATORS = (OPERATOR, SECOND)
BUYER, EXPORTER = Voice("buyer:carl", "buyer"), Voice("exporter:dora", "exporter")
MEDIATORS = (*(Voice(f"mediator:MED-{number}", "mediator") for number in (1, 2, 3)), Voice("mediator:P-1", "mediator"))
"""The last one may be a side of the trade."""
VOICES = (*OPERATORS, *OPERATORS, BUYER, EXPORTER, *MEDIATORS)


class Said(NamedTuple):
    """A command, who says it, and after how many days of silence."""

    command: Command
    voice: Voice = OPERATOR
    days: int = 0


def currencies() -> st.SearchStrategy[str]:
    """Draw a currency; their minor units have none to four decimals."""
    return st.sampled_from(("USD", "EUR", "INR", "JPY", "BHD", "CLF"))


def amounts_minor(*, most: int = MINOR_MAX) -> st.SearchStrategy[int]:
    """Draw an amount above zero."""
    return st.integers(1, most)


def money() -> st.SearchStrategy[Money]:
    """Draw money of any size and sign."""
    return st.builds(Money, currencies(), st.integers(-MINOR_MAX, MINOR_MAX))


def keys() -> st.SearchStrategy[str]:
    """Draw what an order or a party may be called."""
    return st.from_regex(KEY, fullmatch=True)


def skus() -> st.SearchStrategy[str]:
    """Draw what a seller may call a good."""
    return st.from_regex(SKU, fullmatch=True)


def lines(*, most: int = 4, most_minor: int = SMALL_MINOR_MAX) -> st.SearchStrategy[tuple[Line, ...]]:
    """Draw the lines of an order, numbered from 1; what the goods are called decides nothing, so they all are alike."""
    facts = st.tuples(st.just("SKU-1"), st.integers(1, 5), amounts_minor(most=most_minor))
    return st.lists(facts, min_size=1, max_size=most).map(
        lambda drawn: tuple(
            Line(number=number, sku=sku, quantity=quantity, amount_minor=amount_minor)
            for number, (sku, quantity, amount_minor) in enumerate(drawn, start=1)
        )
    )


@st.composite
def steps(draw: st.DrawFn, total_minor: int) -> tuple[PaymentStep, ...]:
    """Draw one to three payment steps that sum to a total."""
    cuts = sorted(draw(st.sets(st.integers(1, total_minor - 1), max_size=2))) if total_minor > 1 else []
    ends = [0, *cuts, total_minor]
    triggers = st.sampled_from(get_args(PaymentTrigger))
    return tuple(
        PaymentStep(name=f"step-{number}", amount_minor=end - start, trigger=draw(triggers))
        for number, (start, end) in enumerate(pairwise(ends), start=1)
    )


def rules() -> st.SearchStrategy[Rules]:
    """Draw rules: fees from none to a tenth; a second person who looks at nothing, at larger amounts, at everything."""
    return st.builds(Rules, **_money_rules())


@st.composite
def market_rules(draw: st.DrawFn) -> Rules:
    """Draw rules that say something about everything: deadlines, late goods, guarantees, who may trade."""
    said = {name: draw(strategy) for name, strategy in (_money_rules() | _market_rules()).items()}
    return Rules(**said, **draw(st.sampled_from(LATE_REMEDIES)))


LATE_REMEDIES: tuple[dict[str, Any], ...] = (
    {},
    {"late_remedy": "coupon", "late_coupon_minor": {CURRENCY: 30}},
    {"late_remedy": "damages", "late_damages_bps_per_day": 100, "late_damages_bps_max": 2_000},
)


def _market_rules() -> dict[str, st.SearchStrategy[Any]]:
    return {
        "acceptance_days": st.sampled_from((0, 0, 0, 50)),
        "payment_days": st.sampled_from((0, 5)),
        "claim_days": st.sampled_from((2, 30, 30)),
        "appeal_needs_new_evidence": st.booleans(),
        "guarantee_minor": st.sampled_from(({}, {CURRENCY: 60}, {CURRENCY: 60})),
        "registered_parties_only": st.booleans(),
        "screening_lists": st.sampled_from(((), (), (LIST,))),
        "retention_days": st.sampled_from((0, 40)),
    }


def _money_rules() -> dict[str, st.SearchStrategy[Any]]:
    return {
        "service_fee_bps": st.sampled_from((0, 250, 1_000, 5_000)),
        "service_fee_tax_bps": st.sampled_from((0, 1_800, 5_000)),
        "four_eyes_from_minor": st.sampled_from(({}, {CURRENCY: 50}, {CURRENCY: 1})),
        "four_eyes_where_unlisted": st.booleans(),
    }


@st.composite
def place_orders(draw: st.DrawFn, order: str) -> commands.PlaceOrder:
    """Draw an order that can be placed, between two parties."""
    ordered = draw(lines())
    agreed = draw(steps(sum(line.amount_minor for line in ordered)))
    buyer, exporter, *_ = draw(st.permutations(PARTIES))
    return commands.PlaceOrder(
        order=order,
        buyer=buyer,
        exporter=exporter,
        currency=CURRENCY,
        lines=ordered,
        steps=draw(st.sampled_from((agreed, ()))),
        transport_mode="sea",
        ship_by=SHIP_BY,
        deliver_by=draw(st.sampled_from((None, None, DELIVER_BY))),
    )


SHIP_BY, DELIVER_BY = date(2026, 12, 1), date(2026, 12, 20)


def some_money() -> st.SearchStrategy[Money]:
    """Draw an amount as a command may say it: mostly plausible, sometimes nothing, less, or of another currency."""
    plausible = amounts_minor(most=SMALL_MINOR_MAX).map(lambda minor: Money(CURRENCY, minor))
    return (
        plausible | plausible | plausible | st.sampled_from((Money(CURRENCY, 0), Money(CURRENCY, -1), Money("EUR", 1)))
    )


@cache
def dispute_commands(order: str) -> st.SearchStrategy[Command]:
    """Draw any command about an order's disputes, clocks, amendments and guarantee, fitting or not."""
    about = {"order": st.just(order)}
    disputed = {**about, "dispute": st.sampled_from((1, 1, 2))}
    number, side, text = st.integers(1, 3), st.sampled_from(("buyer", "exporter")), st.just(SHA256)
    reason, minor, amount = st.sampled_from(("late", "no code")), st.integers(-1, 60), some_money()
    kind = st.sampled_from(get_args(RemedyKind))
    claim = st.builds(
        NewClaim,
        kind=st.sampled_from(get_args(ClaimKind)),
        line=st.integers(0, 4),
        quantity=st.none() | st.integers(0, 5),
        amount_minor=st.none() | minor,
    )
    finding = st.builds(Finding, text=text, evidence=st.lists(number, max_size=2).map(tuple))
    ruling = st.builds(
        ProposedRuling,
        claim=number,
        remedy=kind,
        amount_minor=st.none() | minor,
        reason=st.just("seen"),
        findings=st.lists(finding, max_size=1).map(tuple),
    )
    submitted = {"sha256": st.sampled_from((SHA256, "")), "media_type": st.just("image/jpeg"), "size_bytes": number}
    clock = st.sampled_from(("inspection", "claims", "escalation/1", "appeal/1/1", "offer/1/1", "mediation/1"))
    return st.one_of(
        st.builds(commands.OpenDispute, **about, claims=st.lists(claim, max_size=3).map(tuple)),
        st.builds(commands.AnswerClaim, **disputed, claim=number, stance=st.sampled_from(get_args(Stance))),
        st.builds(commands.WithdrawClaim, **disputed, claim=number),
        st.builds(commands.SubmitEvidence, **disputed, claim=number, side=side, request=st.integers(0, 2), **submitted),
        st.builds(commands.PostMessage, **disputed, text=text),
        st.builds(commands.MakeOffer, **disputed, claim=number, side=side, remedy=kind, amount_minor=st.none() | minor),
        st.builds(commands.AcceptOffer, **disputed, offer=number, side=side),
        st.builds(commands.DeclineOffer, **disputed, offer=number, side=side, reason=reason),
        st.builds(commands.EscalateDispute, **disputed, side=side),
        st.builds(commands.AssignMediator, **disputed, mediator=st.sampled_from(("MED-1", "MED-2", *PARTIES))),
        st.builds(commands.DeclareConflict, **disputed, conflict=st.booleans()),
        st.builds(commands.RecuseMediator, **disputed, reason=reason),
        st.builds(commands.RequestEvidence, **disputed, claim=number, of=side, what=st.just("photos")),
        st.builds(commands.ProposeDecision, **disputed, rulings=st.lists(ruling, max_size=2).map(tuple)),
        st.builds(commands.ApproveDecision, **disputed, decision=number),
        st.builds(commands.ReturnDecision, **disputed, decision=number, reason=reason),
        st.builds(commands.AppealRuling, **disputed, claim=number, side=side, evidence=number),
        st.builds(commands.WaiveAppeal, **disputed, claim=number, side=side),
        st.builds(commands.DispatchReturn, **disputed, claim=number),
        st.builds(commands.AcknowledgeReturn, **disputed, claim=number, state=st.sampled_from(get_args(ReturnedState))),
        st.builds(commands.DispatchReplacement, **disputed, claim=number),
        st.builds(commands.AcknowledgeReplacement, **disputed, claim=number, accepted=st.booleans()),
        st.builds(commands.ExpireClocks, **about),
        st.builds(commands.PauseClock, **about, clock=clock, reason=reason),
        st.builds(commands.ResumeClock, **about, clock=clock, reason=reason),
        st.builds(commands.ProposeAmendment, **about, side=side, change=st.builds(Amendment)),
        st.builds(commands.AcceptAmendment, **about, amendment=number, side=side),
        st.builds(commands.DeclineAmendment, **about, amendment=number, side=side, reason=reason),
        st.builds(commands.ExtendInspection, **about, side=side, days=st.none() | st.integers(0, 16)),
        st.builds(commands.AdvanceGuarantee, **about, amount=amount, account=st.sampled_from((SAFEGUARDED, ACCOUNT))),
        st.builds(commands.RepayAdvance, **about, amount=amount, account=st.just(SAFEGUARDED)),
        st.builds(commands.ProposeWriteOff, **about, amount=amount, reason=reason),
        st.builds(commands.ApproveWriteOff, **about, number=number),
        st.builds(commands.RejectWriteOff, **about, number=number, reason=reason),
    )


@cache
def party_commands() -> st.SearchStrategy[Command]:
    """Draw any command about parties and lists."""
    about: dict[str, st.SearchStrategy[Any]] = {"party": st.sampled_from(PARTIES)}
    reason, version = st.sampled_from(("court", "court", "no code")), st.sampled_from(VERSIONS)
    return st.one_of(
        st.builds(
            commands.RegisterParty,
            **about,
            roles=st.sampled_from((("buyer",), ("exporter",), ("buyer", "exporter"), ())),
            country=st.sampled_from(("IN", "IN", "XX")),
        ),
        st.builds(commands.ChangeProfile, **about, field=st.just("name"), commitment=st.just(SHA256)),
        st.builds(commands.ReferExporter, **about, agreement=st.just(AGREEMENT), starts_on=days()),
        st.builds(
            commands.ScreenParty,
            **about,
            list_name=st.just(LIST),
            list_version=version,
            list_hash=st.just(SHA256),
            result=st.sampled_from(("clear", "hit")),
        ),
        st.builds(commands.SuspendParty, **about, reason=reason),
        st.builds(commands.ReinstateParty, **about, reason=reason),
        st.builds(commands.PlaceLegalHold, **about, reason=reason),
        st.builds(commands.LiftLegalHold, **about, reason=reason),
        st.builds(commands.ForgetParty, **about),
        st.builds(commands.RecordWatchlist, list_name=st.just(LIST), version=version, sha256=st.just(SHA256)),
    )


def days() -> st.SearchStrategy[date]:
    """Draw a day around those on which command sequences play."""
    return st.sampled_from((date(2026, 1, 1), date(2026, 11, 22), date(2026, 12, 24), date(2027, 3, 1)))


def agreement_terms() -> st.SearchStrategy[AgreementTerms]:
    """Draw terms of a plain rate, with or without a cap and a minimum; who pays may be either."""
    caps, minima = st.sampled_from((None, 0, 12)), st.sampled_from((0, 3))
    in_currency = st.builds(CurrencyTerms, cap_minor=caps, minimum_minor=minima)
    return st.builds(
        AgreementTerms,
        rate_bps=st.sampled_from((0, 200, 1_250, 10_000)),
        payer=st.sampled_from(("operator", "exporter")),
        attribution_days=st.sampled_from((30, 365)),
        by_currency=in_currency.map(lambda agreed: {CURRENCY: agreed}),
    )


@cache
def house_commands() -> st.SearchStrategy[Command]:
    """Draw any command about agreements, payees, rulebooks, the book and what is taken over from another system."""
    agreement = {"agreement": st.just(AGREEMENT)}
    payee = {"party": st.sampled_from((*PARTIES, PARTNER)), "amount": some_money()}
    part, reason = st.sampled_from(get_args(PayeeControl)), st.sampled_from(("gone", "no code"))
    rulebook = {"rulebook": st.sampled_from((RULEBOOK, NEXT_RULEBOOK))}
    return st.one_of(
        st.builds(
            commands.SignAgreement,
            **agreement,
            partner=st.just(PARTNER),
            starts_on=days(),
            ends_on=st.none() | days(),
            terms=agreement_terms(),
        ),
        st.builds(commands.AmendAgreement, **agreement, starts_on=days(), terms=agreement_terms()),
        st.builds(commands.EndAgreement, **agreement, ends_on=days(), reason=reason),
        st.builds(
            commands.RecordRepayment, **payee, owed_on=part, account=st.sampled_from((SAFEGUARDED, "suspense:x"))
        ),
        st.builds(commands.DeclareUnclaimed, **payee, account=part, reason=reason),
        st.builds(commands.ReclaimUnclaimed, **payee, account=part, reason=reason),
        st.builds(commands.OpenBook, book=st.just("main"), identity=st.just("0" * 32), log_origin=st.just("x/main")),
        st.builds(commands.DraftRulebook, **rulebook, rules=st.just(Rules())),
        st.builds(commands.ApproveRulebook, **rulebook),
        st.builds(commands.PublishRulebook, **rulebook, effective_from=st.none() | days()),
        opening_balances(),
    )


@st.composite
def opening_balances(draw: st.DrawFn) -> commands.RecordOpeningBalances:
    """Draw what stood on another system's accounts: some party was owed money, or owed it."""
    minor = draw(st.sampled_from((-20, 20, 70)))
    part, party = draw(st.sampled_from(get_args(PayeeControl))), draw(st.sampled_from(PARTIES))
    balances = (
        OpeningBalance(account=SAFEGUARDED, amount_minor=minor, currency=CURRENCY),
        OpeningBalance(account=f"{part}:{party}", amount_minor=-minor, currency=CURRENCY),
    )
    return commands.RecordOpeningBalances(
        source=draw(st.sampled_from(("old", "older"))),
        source_sha256=SHA256,
        as_of=date(2026, 11, 1),
        balances=draw(st.sampled_from((balances, balances, balances[:1]))),
    )


@st.composite
def takeovers(draw: st.DrawFn, order: str, *, at: datetime) -> commands.TakeOverOrder:
    """Draw an order that another system knew until now; part of its money may be released or refunded there."""
    placed = draw(place_orders(order))
    total_minor = sum(line.amount_minor for line in placed.lines)
    received = tuple(draw(st.sampled_from((0, step.amount_minor))) for step in placed.steps) or (total_minor,)
    released_minor = draw(st.sampled_from((0, sum(received) // 2)))
    refunded_minor = draw(st.sampled_from((0, (sum(received) - released_minor) // 2)))
    held_minor = sum(received) - released_minor - refunded_minor
    status = draw(st.sampled_from(get_args(TakenOverStatus)))
    some_left = (0,) * (len(placed.lines) - 1) + (max(1, placed.lines[-1].quantity - 1),)
    if status == "part_dispatched" and some_left == tuple(line.quantity for line in placed.lines):
        status = "accepted"
    return commands.TakeOverOrder(
        order=order,
        source="old",
        source_reference=order,
        buyer=placed.buyer,
        exporter=placed.exporter,
        currency=CURRENCY,
        lines=placed.lines,
        steps=placed.steps,
        transport_mode="air",
        ship_by=draw(st.sampled_from((SHIP_BY, date(2026, 11, 1)))),
        deliver_by=DELIVER_BY,
        status=status,
        undispatched=some_left if status == "part_dispatched" else (),
        placed_at=at - timedelta(days=20),
        dispatched_at=None if status == "accepted" else at - timedelta(days=draw(st.sampled_from((1, 16)))),
        received_minor=received,
        held_minor=held_minor,
        released_gross_minor=released_minor,
        refunded_minor=refunded_minor,
        account=ACCOUNT if held_minor else "",
    )


@st.composite
def market_sayings(draw: st.DrawFn, orders: Sequence[str]) -> Said:
    """Draw any public command, by anybody, now or after a while."""
    order = draw(st.sampled_from(orders))
    rooms = (
        commands_about(order),
        dispute_commands(order),
        dispute_commands(order),
        party_commands(),
        house_commands(),
    )
    command = draw(draw(st.sampled_from(rooms)))
    return Said(command, draw(st.sampled_from(VOICES)), draw(st.sampled_from((0, 0, 0, 1, 46))))


@cache
def commands_about(order: str) -> st.SearchStrategy[Command]:
    """Draw any public command about one order, fitting or not."""
    name, amount, perhaps = st.just(order), some_money(), st.none() | some_money()
    number, reason, account = st.integers(1, 4), st.sampled_from(("late", "late", "late", "no code")), st.just(ACCOUNT)
    going = st.lists(st.builds(LineQuantity, line=st.integers(1, 4), quantity=st.integers(1, 5)), max_size=3).map(tuple)
    return st.one_of(
        place_orders(order),
        st.builds(commands.AcceptOrder, order=name),
        st.builds(commands.CancelOrder, order=name, reason=reason),
        st.builds(commands.RecordPayment, order=name, step=st.integers(1, 3), amount=amount, account=account),
        st.builds(commands.RecordPayment, order=name, step=st.just(1), amount=amount, account=account),
        st.builds(commands.DispatchGoods, order=name, lines=st.none() | going),
        st.builds(commands.RecordDelivery, order=name, dispatch=st.none() | st.integers(0, 3)),
        st.builds(commands.ConfirmReceipt, order=name),
        st.builds(commands.LapseInspection, order=name),
        st.builds(commands.ProposeRelease, order=name, amount=perhaps),
        st.builds(commands.ApproveRelease, order=name, number=number),
        st.builds(commands.RejectRelease, order=name, number=number, reason=reason),
        st.builds(commands.ProposeRefund, order=name, amount=amount, reason=reason),
        st.builds(commands.ApproveRefund, order=name, number=number),
        st.builds(commands.RejectRefund, order=name, number=number, reason=reason),
        st.builds(commands.FreezeHold, order=name, amount=perhaps, reason=reason),
        st.builds(commands.UnfreezeHold, order=name, amount=perhaps, reason=reason),
        st.builds(commands.RecordChargeback, order=name, amount=amount, account=account),
        st.builds(commands.CloseHold, order=name),
    )


def sayings(order: str | None = None) -> st.SearchStrategy[Said]:
    """Draw any public command about an order and its money, by anybody, now or after a while."""
    about = st.one_of(*(commands_about(one) for one in ([order] if order else ORDERS)))
    return st.builds(Said, about, st.sampled_from(OPERATORS), st.sampled_from((0, 0, 0, 1, 46)))


@st.composite
def stories(draw: st.DrawFn, *, between: int = 3) -> Sequence[Said]:
    """Draw a trade's ordinary course with anything else happening in between, so that it gets somewhere."""
    order = ORDERS[0]
    place = draw(place_orders(order))
    total = Money(CURRENCY, sum(line.amount_minor for line in place.lines))
    paid = draw(st.sampled_from((total, Money(CURRENCY, total.minor + 10), Money(CURRENCY, max(1, total.minor // 2)))))
    ordinary = (
        place,
        commands.AcceptOrder(order=order),
        commands.RecordPayment(order=order, amount=paid, account=ACCOUNT),
        commands.DispatchGoods(order=order),
        commands.ConfirmReceipt(order=order),
    )
    story: list[Said] = []
    for command in ordinary[: draw(st.integers(2, len(ordinary)))]:
        story.append(Said(command))
        story += draw(st.lists(sayings(order), max_size=between))
    return story + draw(st.lists(sayings(order), max_size=3 * between))
