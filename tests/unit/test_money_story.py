"""The money story of the README, told by the domain and compared with the README's own table."""

import re
from decimal import Decimal
from pathlib import Path

from domain import commands
from domain.money import Money
from domain.posting_rules import post
from domain.rulebook import RulebookApproved, RulebookDrafted, RulebookPublished
from domain.unit_of_work import Step
from tests.books import pay, place_order
from tests.given import RULEBOOK, RULES, World, on

README = Path(__file__).parents[2] / "README.md"


def test_the_readmes_money_story_is_what_the_domain_posts() -> None:
    world = World()
    for happened in on(
        RULEBOOK,
        RulebookDrafted(rules=RULES, drafted_by="operator:first"),
        RulebookApproved(approved_by="operator:second"),
        RulebookPublished(),
    ):
        world.happen(happened)
    story = (
        place_order("PO-1", amount_minor=100_000),
        commands.AcceptOrder(order="PO-1"),
        pay("PO-1", 100_000),
        commands.DispatchGoods(order="PO-1"),
        commands.ConfirmReceipt(order="PO-1"),
        commands.ProposeRefund(order="PO-1", amount=Money("USD", 20_000), reason="defective"),
    )
    posted = [step for command in story for step in world.say(command)]

    assert _told() == _sides(posted)


def _sides(steps: list[Step]) -> list[tuple[str, str, Decimal]]:
    rows = []
    for step in steps:
        entry = post(step.reference, step.event)
        if entry is None:
            continue
        debits = [posting for posting in entry.postings if posting.amount_minor > 0]
        credits_ = [posting for posting in entry.postings if posting.amount_minor < 0]
        one_debit = len(debits) == 1
        for posting in credits_ if one_debit else debits:
            debit, credit = (debits[0], posting) if one_debit else (posting, credits_[0])
            rows.append((debit.account, credit.account, abs(Decimal(posting.amount_minor)) / 100))
    return rows


def _told() -> list[tuple[str, str, Decimal]]:
    section = README.read_text().split("## A money story")[1].split("## ")[0]
    rows = re.findall(r"^\|[^|]*\| `([^`]+)` \| `([^`]+)` \| ([\d.,]+) \|$", section, re.MULTILINE)
    return [(debit, credit, Decimal(amount.replace(",", ""))) for debit, credit, amount in rows]
