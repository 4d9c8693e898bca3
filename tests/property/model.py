"""
A naive model of trades: plain integers and names for each order, and the rules again in the simplest words.

It shares no code with the domain but its commands and the names of its refusals, and looks at no event: from a command
alone it says whether the command is accepted, in which category it is refused, and what stands in the books afterwards.
"""

import pickle
import re
from typing import Any

from domain import commands
from domain.commands import Command
from domain.errors import Forbidden, Malformed, NotFound
from domain.rules import Rules
from tests.property.model_clocks import Clocks
from tests.property.model_money import Books
from tests.property.model_state import ModelOrder, No, Who, need

OF_ONE_SIDE: dict[type[Command], str] = {
    commands.OpenDispute: "buyer",
    commands.AnswerClaim: "exporter",
    commands.WithdrawClaim: "buyer",
    commands.DispatchReturn: "buyer",
    commands.AcknowledgeReturn: "exporter",
    commands.DispatchReplacement: "exporter",
    commands.AcknowledgeReplacement: "buyer",
}
"""Commands that one side alone may say, or somebody on neither."""

KEPT = ("parties", "lists", "agreements", "unclaimed", "rulebooks", "sources", "books_opened")
"""What the model knows beside orders."""

PERFORMANCE = (
    commands.AcceptOrder,
    commands.CancelOrder,
    commands.DispatchGoods,
    commands.RecordDelivery,
    commands.ConfirmReceipt,
    commands.LapseInspection,
    commands.ExtendInspection,
    commands.ProposeAmendment,
    commands.AcceptAmendment,
    commands.DeclineAmendment,
)


class Model(Clocks):
    """All orders, parties and agreements, under one rulebook."""

    def __init__(self, rules: Rules) -> None:
        super().__init__(rules)
        self.unclaimed = {}
        self.rulebooks: dict[str, list[str]] = {}
        """Status and drafter of each."""
        self.books_opened: set[str] = set()
        self.sources: set[str] = set()
        self.books: Books = {}
        self.happened = True
        self.passed = False

    def say(self, command: Command, who: Who, *, happened: bool = True, books: Books | None = None) -> No | None:
        """
        Return how the command is refused, or nothing after what it does.

        happened: whether it was accepted; believed only where fee and tax of a recovery decide, which the model doesn't
        know; books: what the accounts said before, which is all that it knows of payees.
        """
        self.happened, self.books = happened, books or {}
        before = pickle.dumps(self._kept(command))
        try:
            self._obey(command, who)
        except No as no:
            self._restore(command, pickle.loads(before))  # noqa: S301 - its own bytes of a moment ago
            return no
        return None

    def _kept(self, command: Command) -> dict[str, Any]:
        """Return what a command may change."""
        orders = self.orders
        if isinstance(command, commands.OrderCommand):
            orders = {command.order: self.orders[command.order]} if command.order in self.orders else {}
        return {"orders": orders, **{name: getattr(self, name) for name in KEPT}}

    def _restore(self, command: Command, before: dict[str, Any]) -> None:
        if isinstance(command, commands.OrderCommand):
            self.orders.pop(command.order, None)
        self.orders |= before.pop("orders")
        self.__dict__.update(before)

    def _obey(self, command: Command, who: Who) -> None:
        self.passed = False
        need(_fine_code(getattr(command, "reason", "fine")), None)
        match command:
            case commands.PartyCommand():
                self.obey_on_party(command, who)
                for key, order in self.orders.items():
                    self.rest(key, order, who)
            case commands.AgreementCommand():
                self.obey_on_agreement(command, who)
            case commands.RecordWatchlist():
                self.record_watchlist(command)
            case commands.PayeeCommand():
                self.obey_on_payee(command)
            case commands.OpenBook():
                need(command.book not in self.books_opened)
                self.books_opened.add(command.book)
            case commands.DraftRulebook() | commands.ApproveRulebook() | commands.PublishRulebook():
                self._obey_on_rulebook(command, who)
            case commands.RecordOpeningBalances():
                need(sum(balance.amount_minor for balance in command.balances) == 0, Malformed)
                need(command.source not in self.sources)
                self.sources.add(command.source)
            case commands.OrderCommand():
                self._obey_on_order(command, who)
            case _:
                raise AssertionError(command)

    def _obey_on_rulebook(
        self, command: commands.DraftRulebook | commands.ApproveRulebook | commands.PublishRulebook, who: Who
    ) -> None:
        if isinstance(command, commands.DraftRulebook):
            need(command.rulebook not in self.rulebooks)
            self.rulebooks[command.rulebook] = ["drafted", who.actor]
            return
        need(command.rulebook in self.rulebooks, NotFound)
        known = self.rulebooks[command.rulebook]
        if isinstance(command, commands.ApproveRulebook):
            need(known[0] == "drafted")
            need(known[1] != who.actor, Forbidden)
            known[0] = "approved"
            return
        need(known[0] == "approved")
        need(command.effective_from is None or command.effective_from >= who.at.date())
        known[0] = "published"

    def _obey_on_order(self, command: commands.OrderCommand, who: Who) -> None:
        known = self.orders.get(command.order)
        self.passed = self.pass_clocks(command.order, known, who.at) if known else False
        side = getattr(command, "side", OF_ONE_SIDE.get(type(command)))
        need(side is None or who.role not in {"buyer", "exporter"} or who.role == side, Forbidden)
        match command:
            case commands.PlaceOrder():
                self.place(command, who)
            case commands.TakeOverOrder():
                self.take_over(command, who)
            case _:
                self._obey_on_known(command, known, who)
        self.rest(command.order, self.orders[command.order], who)
        if isinstance(command, commands.TakeOverOrder):
            self.let_inspection_end_here(self.orders[command.order], who)

    def _obey_on_known(self, command: commands.OrderCommand, order: ModelOrder | None, who: Who) -> None:
        if isinstance(command, commands.OpenDispute):
            need(order, None)
        need(order, NotFound)
        assert order is not None
        match command:
            case commands.ExpireClocks():
                need(self.passed)
            case commands.PauseClock() | commands.ResumeClock():
                self.pause(order, command, who)
            case commands.OpenDispute():
                self.open_dispute(order, command, who)
            case commands.DisputeCommand():
                self.obey_on_dispute(order, command, who)
            case _ if isinstance(command, PERFORMANCE):
                self.obey_on_order(command.order, order, command, who)
            case _:
                need(order.hold != "none", None)
                self.obey_on_money(command.order, order, command, who)


def _fine_code(value: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", value) is not None
