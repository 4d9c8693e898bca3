"""
The worked example is one order told act by act, each with the entries it must make, worked out by hand.

`.venv/bin/python -m tests.stories.worked_example` writes it to docs/worked-example.md; a test holds the document, the
figures here and the ledger together.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from domain import commands as say
from domain.agreement_terms import AgreementTerms
from domain.claim import RemedyKind
from domain.commands.disputes import NewClaim
from domain.dispute import ProposedRuling
from domain.dispute_events import Finding
from domain.journal import Posting
from domain.money import to_major
from domain.order import Line, PaymentStep
from domain.posting_rules import post
from domain.rules import Rules
from domain.side import Side
from domain.unit_of_work import Step
from tests.given import AT, World, given, on, opened, ruled, usd

DOCUMENT = Path(__file__).parents[2] / "docs/worked-example.md"
TEXT, PHOTOS, REPORT = "0a" * 32, "1b" * 32, "2c" * 32

RULES = Rules(
    service_fee_bps=250,
    service_fee_tax_bps=1_800,
    four_eyes_from_minor={"USD": 200_000},
    late_remedy="damages",
    late_damages_bps_per_day=50,
    late_damages_bps_max=500,
)
FINANCE, SECOND, BUYER, EXPORTER = "finance:FIN-1", "finance:FIN-2", "buyer:BUY-1", "exporter:EXP-1"
FIRST_MEDIATOR, SECOND_MEDIATOR, THIRD_MEDIATOR = "mediator:MED-1", "mediator:MED-2", "mediator:MED-3"
OPERATOR, CLOCK = "operator:OPS-1", "clock:worker"


class Said(NamedTuple):
    """A command of the story: on which day, counted from the order, and by whom."""

    day: int
    actor: str
    command: say.Command


class Act(NamedTuple):
    """
    A part of the story: what is said, and every entry it makes, a line each.

    entries: `Dr account amount, ... / Cr account amount, ...` in major units; why: how each figure comes about.
    """

    title: str
    story: str
    said: tuple[Said, ...]
    entries: tuple[str, ...]
    why: tuple[str, ...] = ()


def _ruling(claim: int, remedy: RemedyKind, amount_minor: int | None, reason: str, *evidence: int) -> ProposedRuling:
    finding = Finding(text=TEXT, evidence=evidence)
    return ProposedRuling(claim=claim, remedy=remedy, amount_minor=amount_minor, reason=reason, findings=(finding,))


def _evidence(claim: int, side: Side, sha256: str) -> say.SubmitEvidence:
    return say.SubmitEvidence(
        order="PO-1", claim=claim, side=side, sha256=sha256, media_type="application/pdf", size_bytes=48_213
    )


ACTS: tuple[Act, ...] = (
    Act(
        "The parties and the agreement",
        "Both sides are registered. The start-up PAR-1 signs an agreement: 2 % of what is released to exporters it "
        "brought, paid by the operator, for orders of a year after the referral. It refers EXP-1.",
        (
            Said(0, OPERATOR, say.RegisterParty(party="BUY-1", roles=("buyer",), country="DE")),
            Said(0, OPERATOR, say.RegisterParty(party="EXP-1", roles=("exporter",), country="IN")),
            Said(
                0,
                OPERATOR,
                say.SignAgreement(
                    agreement="AG-1",
                    partner="PAR-1",
                    starts_on=date(2026, 11, 1),
                    terms=AgreementTerms(rate_bps=200, attribution_days=365),
                ),
            ),
            Said(0, OPERATOR, say.ReferExporter(party="EXP-1", agreement="AG-1", starts_on=date(2026, 11, 22))),
        ),
        (),
    ),
    Act(
        "The order and the deposit",
        "1,000 units for 10,000.00 USD by sea, to be shipped by 1 December: 30 % on acceptance, 70 % on dispatch. The "
        "buyer pays the deposit by card.",
        (
            Said(
                0,
                BUYER,
                say.PlaceOrder(
                    order="PO-1",
                    buyer="BUY-1",
                    exporter="EXP-1",
                    currency="USD",
                    lines=(Line(number=1, sku="LAMP-7", quantity=1_000, amount_minor=1_000_000),),
                    steps=(
                        PaymentStep(name="deposit", amount_minor=300_000),
                        PaymentStep(name="balance", amount_minor=700_000, trigger="dispatch"),
                    ),
                    transport_mode="sea",
                    ship_by=date(2026, 12, 1),
                ),
            ),
            Said(0, EXPORTER, say.AcceptOrder(order="PO-1")),
            Said(1, FINANCE, say.RecordPayment(order="PO-1", amount=usd(300_000), account="clearing:card")),
        ),
        ("Dr clearing:card 3000.00 / Cr hold:PO-1 3000.00",),
        ("3,000.00 is 30 % of 10,000.00: `PaymentStep deposit` of the order.",),
    ),
    Act(
        "Six days late",
        "The goods leave on 7 December, six days after the ship-by date, which `order.lateness_found` records. The "
        "balance arrives. The inspection's clock runs for 45 days, by sea.",
        (
            Said(15, EXPORTER, say.DispatchGoods(order="PO-1")),
            Said(16, FINANCE, say.RecordPayment(order="PO-1", step=2, amount=usd(700_000), account="clearing:card")),
            Said(40, OPERATOR, say.RecordDelivery(order="PO-1")),
        ),
        ("Dr clearing:card 7000.00 / Cr hold:PO-1 7000.00",),
        ("7 December less 1 December: 6 days. 7,000.00 is the step `balance`.",),
    ),
    Act(
        "Two claims",
        "200 of the 1,000 units are defective, and everything came late. Only what is claimed is set aside.",
        (
            Said(
                41,
                BUYER,
                say.OpenDispute(
                    order="PO-1", claims=(NewClaim(kind="quality", line=1, quantity=200), NewClaim(kind="late"))
                ),
            ),
            Said(41, BUYER, _evidence(1, "buyer", PHOTOS)),
        ),
        ("Dr hold:PO-1 2300.00 / Cr disputed:PO-1 2300.00",),
        (
            "Claim 1: 200 of 1,000 units of a line of 10,000.00: 2,000.00.",
            "Claim 2: `late_damages_bps_per_day` 50 for 6 days is 300 bps, below `late_damages_bps_max` 500; 300 bps of "
            "10,000.00: 300.00.",
        ),
    ),
    Act(
        "The rest is released",
        "The buyer confirms the receipt; what is undisputed is due. It is above the four-eyes threshold of 2,000.00, so "
        "a second finance person approves. Commission accrues on what is released.",
        (
            Said(42, BUYER, say.ConfirmReceipt(order="PO-1")),
            Said(42, SECOND, say.ApproveRelease(order="PO-1", number=1)),
        ),
        (
            "Dr hold:PO-1 7700.00 / Cr payable:exporter:EXP-1 7472.85, income:service-fee 192.50, tax:gst-output 34.65",
            "Dr expense:commission 154.00 / Cr accrued:partner:PAR-1 154.00",
        ),
        (
            "10,000.00 less 2,300.00 in dispute: 7,700.00.",
            "Fee: `service_fee_bps` 250 of 7,700.00: 192.50. Tax: `service_fee_tax_bps` 1,800 of 192.50: 34.65. Net: "
            "7,472.85.",
            "Commission: 200 bps of 7,700.00: 154.00, no residue.",
        ),
    ),
    Act(
        "Decided differently",
        "The exporter contests both claims. Six days after the opening the clock escalates. MED-1 declares no conflict "
        "and proposes: 1,500.00 back for the defects, nothing for the delay. 2,300.00 is at stake, above the threshold: "
        "MED-2 approves. No money moves while either side may appeal.",
        (
            Said(43, EXPORTER, say.AnswerClaim(order="PO-1", claim=1, stance="contests")),
            Said(43, EXPORTER, say.AnswerClaim(order="PO-1", claim=2, stance="contests")),
            Said(47, CLOCK, say.ExpireClocks(order="PO-1")),
            Said(48, OPERATOR, say.AssignMediator(order="PO-1", mediator="MED-1")),
            Said(48, FIRST_MEDIATOR, say.DeclareConflict(order="PO-1", conflict=False)),
            Said(
                49,
                FIRST_MEDIATOR,
                say.ProposeDecision(
                    order="PO-1",
                    rulings=(
                        _ruling(1, "partial-refund", 150_000, "defects-shown", 1),
                        _ruling(2, "none", None, "delay-excused"),
                    ),
                ),
            ),
            Said(49, SECOND_MEDIATOR, say.ApproveDecision(order="PO-1", decision=1)),
        ),
        (),
        ("2,000.00 + 300.00 at stake, `four_eyes_from_minor` 2,000.00.",),
    ),
    Act(
        "The first claim is final",
        "Both sides accept the decision about the defects. Of the 2,000.00 set aside, 1,500.00 goes back to the buyer and "
        "500.00 is released, with its fee, tax and commission.",
        (
            Said(50, BUYER, say.WaiveAppeal(order="PO-1", claim=1, side="buyer")),
            Said(50, EXPORTER, say.WaiveAppeal(order="PO-1", claim=1, side="exporter")),
        ),
        (
            "Dr disputed:PO-1 2000.00 / Cr hold:PO-1 2000.00",
            "Dr hold:PO-1 1500.00 / Cr refundable:buyer:BUY-1 1500.00",
            "Dr hold:PO-1 500.00 / Cr payable:exporter:EXP-1 485.25, income:service-fee 12.50, tax:gst-output 2.25",
            "Dr expense:commission 10.00 / Cr accrued:partner:PAR-1 10.00",
        ),
        (
            "Fee: 250 bps of 500.00: 12.50. Tax: 1,800 bps of 12.50: 2.25. Net: 485.25.",
            "Commission so far: 200 bps of 8,200.00 is 164.00, less 154.00 before: 10.00.",
        ),
    ),
    Act(
        "The appeal of the second",
        "The buyer appeals the ruling about the delay with the carrier's report, which nobody had seen. MED-3 decides "
        "for the buyer: an appeal is decided by somebody else, and for good.",
        (
            Said(51, BUYER, _evidence(2, "buyer", REPORT)),
            Said(51, BUYER, say.AppealRuling(order="PO-1", claim=2, side="buyer", evidence=2)),
            Said(52, OPERATOR, say.AssignMediator(order="PO-1", mediator="MED-3")),
            Said(52, THIRD_MEDIATOR, say.DeclareConflict(order="PO-1", conflict=False)),
            Said(
                55,
                THIRD_MEDIATOR,
                say.ProposeDecision(order="PO-1", rulings=(_ruling(2, "refund", None, "delay-shown", 2),)),
            ),
        ),
        (
            "Dr disputed:PO-1 300.00 / Cr hold:PO-1 300.00",
            "Dr hold:PO-1 300.00 / Cr refundable:buyer:BUY-1 300.00",
        ),
        ("300.00 at stake is below the threshold: the rulebook approves. The order is complete.",),
    ),
    Act(
        "A hidden defect",
        "Within the claim window the buyer finds 10 more defective units. The exporter accepts the claim, but has been "
        "paid: what is refunded is recovered, the fee and its tax come back in proportion (the exporter's credit note), "
        "and so does commission.",
        (
            Said(
                60,
                BUYER,
                say.OpenDispute(order="PO-1", claims=(NewClaim(kind="quality", line=1, quantity=10),)),
            ),
            Said(61, EXPORTER, say.AnswerClaim(order="PO-1", dispute=2, claim=1, stance="accepts")),
        ),
        (
            "Dr payable:exporter:EXP-1 97.05, income:service-fee 2.50, tax:gst-output 0.45 / Cr hold:PO-1 100.00",
            "Dr hold:PO-1 100.00 / Cr refundable:buyer:BUY-1 100.00",
            "Dr accrued:partner:PAR-1 2.00 / Cr expense:commission 2.00",
        ),
        (
            "10 of 1,000 units: 100.00. Of the 8,200.00 released, 205.00 was fee and 36.90 tax: 100.00 / 8,200.00 of "
            "them is 2.50 and 0.45; the exporter gives 97.05.",
            "Commission: 164.00 * 100.00 / 8,200.00 = 2.00.",
        ),
    ),
    Act(
        "The claim window ends",
        "Thirty days after the receipt nothing can be claimed any more: the clock expires, the commission that is left "
        "is earned, and the hold closes.",
        (Said(72, CLOCK, say.ExpireClocks(order="PO-1")),),
        ("Dr accrued:partner:PAR-1 162.00 / Cr payable:partner:PAR-1 162.00",),
        (
            "164.00 accrued less 2.00 clawed back: 162.00. No table of tax is named in the agreement, so none is withheld.",
        ),
    ),
)

IN_THE_END: dict[str, str] = {
    "clearing:card": "10000.00",
    "payable:exporter:EXP-1": "7861.05",
    "refundable:buyer:BUY-1": "1900.00",
    "income:service-fee": "202.50",
    "tax:gst-output": "36.45",
    "expense:commission": "162.00",
    "payable:partner:PAR-1": "162.00",
}
"""Every account that isn't at zero, on its normal side."""


def play() -> Iterator[tuple[Act, list[Step]]]:
    """Play the story and yield every act with what happened in it."""
    world = given(on("book:main", opened()), ruled(RULES)).world
    for act in ACTS:
        yield act, [step for said in act.said for step in _say(world, said)]


def world_after() -> World:
    """Return the book when the story is over."""
    world = given(on("book:main", opened()), ruled(RULES)).world
    for act in ACTS:
        for said in act.said:
            _say(world, said)
    return world


def entry_lines(steps: list[Step]) -> tuple[str, ...]:
    """Return the entries of some steps as the acts write them."""
    entries = (post(step.reference, step.event) for step in steps)
    return tuple(f"{_side('Dr', entry.postings)} / {_side('Cr', entry.postings)}" for entry in entries if entry)


def document() -> str:
    """Return the worked example as a document."""
    parts = [__doc__.splitlines()[1], *_rules(), *(_chapter(number, act) for number, act in enumerate(ACTS, 1)), _end()]
    return "# A worked example\n\n" + "\n\n".join(parts) + "\n"


def _say(world: World, said: Said) -> list[Step]:
    return world.say(said.command, actor=said.actor, role=said.actor.partition(":")[0], at=_at(said.day))


def _at(day: int) -> datetime:
    return AT + timedelta(days=day)


def _side(side: str, postings: tuple[Posting, ...]) -> str:
    sign = 1 if side == "Dr" else -1
    mine = [posting for posting in postings if posting.amount_minor * sign > 0]
    return f"{side} " + ", ".join(f"{p.account} {to_major(abs(p.amount_minor), p.currency)}" for p in mine)


def _rules() -> tuple[str, ...]:
    return (
        "The figures are in USD; a test plays the story and compares every entry. The rules of this order: service fee "
        "2.5 % of what is released and 18 % tax on the fee, a second person from 2,000.00, damages for lateness of "
        "0.5 % a day up to 5 %, and otherwise the defaults: 45 days to inspect by sea, 30 days to claim, escalation on "
        "day 7, 30 days to appeal.",
    )


def _chapter(number: int, act: Act) -> str:
    lines = [f"## {number}. {act.title}", "", act.story, "", "| day | who | says |", "|---|---|---|"]
    lines += [f"| {_at(said.day):%Y-%m-%d} | {said.actor} | {type(said.command).__name__} |" for said in act.said]
    if act.entries:
        lines += ["", "```", *act.entries, "```"]
    if act.why:
        lines += ["", *(f"- {why}" for why in act.why)]
    return "\n".join(lines)


def _end() -> str:
    rows = "\n".join(f"| {account} | {amount} |" for account, amount in IN_THE_END.items())
    return (
        "## In the end\n\n| account | balance |\n|---|---|\n" + rows + "\n\n"
        "The buyer paid 10,000.00 and gets 1,900.00 back; the exporter keeps 7,861.05; the operator 202.50 and owes 36.45 "
        "tax on it: together 10,000.00. The start-up's 162.00 is the operator's expense, never buyers' money."
    )


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
