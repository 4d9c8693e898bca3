"""How the naive model moves an order's money: received, held, set aside, frozen, released, recovered, refunded."""

from collections.abc import Sequence

from domain import commands
from domain.errors import Forbidden, Malformed, NotFound
from tests.property.model_parties import Parties
from tests.property.model_state import ModelGuarantee, ModelOrder, Waiting, Who, amount, need

Books = dict[tuple[str, str], int]
"""By account and currency, debits above zero: what the posted entries say before the command."""


class HeldMoney(Parties):
    """What the model does with money."""

    happened: bool
    """Whether the ledger accepted: believed only where fee and tax decide, which the model doesn't know."""
    books: Books

    def obey_on_money(self, key: str, order: ModelOrder, command: commands.OrderCommand, who: Who) -> None:
        """Do what is said about an order's money."""
        match command:
            case commands.RecordPayment():
                self._receive(key, order, command, who)
            case commands.FreezeHold():
                minor = order.held if command.amount is None else amount(command.amount)
                need(command.amount is None or minor > 0, Malformed)
                need(order.hold == "open" and 0 < minor <= order.held)
                order.held, order.frozen = order.held - minor, order.frozen + minor
            case commands.UnfreezeHold():
                minor = order.frozen if command.amount is None else amount(command.amount)
                need(command.amount is None or minor > 0, Malformed)
                need(0 < minor <= order.frozen)
                order.held, order.frozen = order.held + minor, order.frozen - minor
                self._pay_awards(order, who)
                self.set_more_aside(order, who)
                self.settle(order, who)
            case commands.RecordChargeback():
                need(command.amount.minor > 0, Malformed)
                self._charge_back(order, amount(command.amount))
            case commands.CloseHold():
                need(order.status == "cancelled" or (order.status == "completed" and order.claims_ended))
                need(not order.dispute and order.hold == "open" and order.is_settled)
                order.hold = "closed"
                self.close_trade(key, order, who)
            case commands.GuaranteeCommand():
                self._obey_on_guarantee(order, command, who)
            case _:
                self._obey_on_proposals(order, command, who)

    def _receive(self, key: str, order: ModelOrder, command: commands.RecordPayment, who: Who) -> None:
        need(order.status not in {"placed", "cancelled"})
        need(1 <= command.step <= len(order.steps), NotFound)
        need(command.amount.minor > 0, Malformed)
        need(order.hold == "open")
        minor = amount(command.amount)
        order.paid[command.step - 1] += minor
        order.received += minor
        order.held += minor
        self.freeze_arrived(order, minor)
        self.open_trade(key, order)
        self.set_more_aside(order, who)
        self.settle(order, who)

    def freeze_arrived(self, order: ModelOrder, minor: int) -> None:
        """Freeze what came into the hold of somebody on a sanctions list, but nothing that refunds wait for."""
        if self.has_hit(order.buyer, order.exporter):
            minor = max(0, min(minor, order.unpromised))
            order.held, order.frozen = order.held - minor, order.frozen + minor

    def _pay_awards(self, order: ModelOrder, who: Who) -> None:
        """Give back what disputes awarded and what was frozen till now."""
        for dispute in order.disputes:
            minor = min(dispute.waiting, order.unpromised)
            if minor > 0 and order.hold == "open":
                if minor > order.free:
                    order.releases.clear()
                dispute.paid += minor
                for claim, part in zip(dispute.claims, dealt(minor, [c.waiting for c in dispute.claims]), strict=True):
                    claim.waiting -= part
                self.propose_refund(order, minor, who, by_dispute=True)

    def set_more_aside(self, order: ModelOrder, who: Who) -> None:
        """Set money aside for claims that lack it, but none that refunds wait for."""
        dispute = order.dispute
        if dispute is None or order.hold != "open":
            return
        wanted = max(0, min(dispute.lacking, order.unpromised))
        rejected = dispute.lacking > max(0, order.free) and bool(order.releases)
        if rejected:
            order.releases.clear()
        order.held, order.disputed = order.held - wanted, order.disputed + wanted
        lacks = [max(0, claim.amount - claim.charged - claim.aside) for claim in dispute.open_claims]
        for claim, part in zip(dispute.open_claims, dealt(wanted, lacks), strict=True):
            claim.aside += part
        if rejected:
            self.release_due(order, who)

    def _charge_back(self, order: ModelOrder, minor: int) -> None:
        taken, before = 0, order.charged_to_exporter
        for _ in range(minor):
            if order.disputed:
                order.disputed -= 1
            elif order.held:
                order.held -= 1
            elif order.frozen:
                order.frozen -= 1
            elif order.charged_to_buyer < order.refunded and not order.recoverable:
                order.charged_to_buyer += 1
                continue
            else:
                order.charged_to_exporter += 1
                taken += 1
                continue
            order.charged_back += 1
            taken += 1
        self._satisfy(order, taken)
        if order.charged_to_exporter > before:
            self.claw_back(order, order.charged_to_exporter - before)

    def _satisfy(self, order: ModelOrder, minor: int) -> None:
        """Count what a bank took back towards awards that wait and open claims; share out anew what is left aside."""
        for dispute in order.disputes:
            wanted = [c.waiting if c.status == "settled" else c.amount - c.charged for c in dispute.claims]
            waiting = dispute.waiting
            if minor and (waiting or dispute.open_claims):
                for claim, part in zip(dispute.claims, dealt(minor, wanted), strict=True):
                    claim.charged += part
                    claim.waiting -= part if claim.status == "settled" else 0
                open_claims = dispute.open_claims
                for claim, part in zip(
                    open_claims, dealt(order.disputed, [c.amount - c.charged for c in open_claims]), strict=True
                ):
                    claim.aside = part
            minor -= min(minor, waiting)

    # Proposals

    def _obey_on_proposals(self, order: ModelOrder, command: commands.OrderCommand, who: Who) -> None:
        match command:
            case commands.ProposeRelease():
                need(not self.blocked(order.exporter))
                minor = order.due if command.amount is None else amount(command.amount)
                need(command.amount is None or minor > 0, Malformed)
                need(0 < minor <= order.due and order.hold == "open")
                self._propose_release(order, minor, who)
            case commands.ProposeRefund():
                minor = amount(command.amount)
                need(minor > 0, Malformed)
                need(order.hold == "open" and minor - order.held <= order.recoverable)
                self.propose_refund(order, minor, who, by_dispute=False)
            case commands.ApproveRelease():
                self._release(order, taken(order.releases, command.number, who), who)
            case commands.RejectRelease():
                taken(order.releases, command.number, who)
            case commands.ApproveRefund():
                self._refund(order, taken(order.refunds, command.number, who))
            case commands.RejectRefund():
                taken(order.refunds, command.number, who)
                self.set_more_aside(order, who)
                self.release_due(order, who)
            case _:
                raise AssertionError(command)

    def settle(self, order: ModelOrder, who: Who) -> None:
        """Release what is due, refund what is in excess."""
        self.release_due(order, who)
        over = order.status == "cancelled" or (order.status in {"received", "completed"} and order.owed <= 0)
        if over and order.free > 0:
            self.propose_refund(order, order.free, who, by_dispute=False)

    def release_due(self, order: ModelOrder, who: Who) -> None:
        """Release what is due, to somebody who may be paid."""
        if order.due and not self.blocked(order.exporter):
            self._propose_release(order, order.due, who)

    def _propose_release(self, order: ModelOrder, minor: int, who: Who) -> None:
        order.proposed_releases += 1
        waiting = Waiting(minor, 0, who.actor)
        if self.needs_second(minor):
            order.releases[order.proposed_releases] = waiting
        else:
            self._release(order, waiting, who)

    def propose_refund(self, order: ModelOrder, minor: int, who: Who, *, by_dispute: bool) -> None:
        """Give money back, at once or when a second person agrees."""
        order.proposed_refunds += 1
        waiting = Waiting(minor, max(0, minor - order.held), who.actor, (order.released, order.recovered))
        if self.needs_second(minor) and not by_dispute:
            order.refunds[order.proposed_refunds] = waiting
        else:
            self._refund(order, waiting)

    def _release(self, order: ModelOrder, waiting: Waiting, who: Who) -> None:
        need(not self.blocked(order.exporter))
        need(order.hold == "open" and waiting.amount <= order.held)
        order.held -= waiting.amount
        order.released += waiting.amount
        self.accrue(order, waiting.amount, who)
        self.settle(order, who)

    def _refund(self, order: ModelOrder, waiting: Waiting) -> None:
        """Give money back, after taking back what is missing."""
        missing = max(0, waiting.amount - order.held)
        need(order.hold == "open" and missing <= order.recoverable and missing == waiting.recovery)
        if missing and waiting.moved != (order.released, order.recovered):
            need(self.happened)
        order.held += missing - waiting.amount
        order.recovered += missing
        order.refunded += waiting.amount
        if missing:
            self.claw_back(order, missing)

    def needs_second(self, minor: int) -> bool:
        """Return whether a second person looks at an amount."""
        threshold = self.rules.four_eyes_from_minor.get("USD")
        return self.rules.four_eyes_where_unlisted if threshold is None else minor >= threshold

    # Guarantees and payees

    def _obey_on_guarantee(self, order: ModelOrder, command: commands.GuaranteeCommand, who: Who) -> None:
        if isinstance(command, commands.AdvanceGuarantee):
            self._advance(order, command)
            return
        if isinstance(command, commands.RepayAdvance | commands.ProposeWriteOff):
            minor = amount(command.amount)
            need(order.guarantee, NotFound)
            assert order.guarantee
            need(minor > 0, Malformed)
            need(minor <= order.guarantee.left)
            owed = self.owed(order.exporter, "payable:exporter")
            if isinstance(command, commands.ProposeWriteOff):
                need(minor <= owed)
                order.guarantee.proposed += 1
                order.guarantee.waiting[order.guarantee.proposed] = Waiting(minor, 0, who.actor)
            else:
                need(minor <= self._covered(order.exporter) - owed)
                order.guarantee.repaid += minor
            return
        assert isinstance(command, commands.ApproveWriteOff | commands.RejectWriteOff)
        need(order.guarantee, NotFound)
        assert order.guarantee
        waiting = taken(order.guarantee.waiting, command.number, who)
        if isinstance(command, commands.ApproveWriteOff):
            need(waiting.amount <= self.owed(order.exporter, "payable:exporter"))
            order.guarantee.lost += waiting.amount

    def _advance(self, order: ModelOrder, command: commands.AdvanceGuarantee) -> None:
        minor = amount(command.amount)
        need(minor > 0 and command.account.startswith("bank:safeguarded:"), Malformed)
        guarantee = order.guarantee or ModelGuarantee()
        need(minor <= self.rules.guarantee_minor.get("USD", 0) - guarantee.advanced)
        uncovered = order.charged_to_exporter - guarantee.advanced + guarantee.repaid
        need(minor <= uncovered + order.recovered)
        if minor > uncovered:
            need(self.happened)
        need(order.exporter in self.payees(), NotFound)
        need(minor <= self.owed(order.exporter, "payable:exporter") - self._covered(order.exporter))
        guarantee.advanced += minor
        order.guarantee = guarantee

    def obey_on_payee(self, command: commands.PayeeCommand) -> None:
        """Do what is said about what a party may be paid or owes; the model keeps none of it: the books do."""
        need(command.amount.currency == "USD" and command.party in self.payees(), NotFound)
        minor = command.amount.minor
        need(minor > 0, Malformed)
        match command:
            case commands.RecordRepayment():
                need(command.account.startswith(("clearing:", "bank:safeguarded:")), Malformed)
                need(minor <= self.owed(command.party, command.owed_on))
            case commands.DeclareUnclaimed():
                part = -self.books.get((f"{command.account}:{command.party}", "USD"), 0)
                need(minor <= min(part, self._balance(command.party)))
            case _:
                assert isinstance(command, commands.ReclaimUnclaimed)
                need(minor <= self.unclaimed.get((command.party, command.account), 0))
        if isinstance(command, commands.DeclareUnclaimed | commands.ReclaimUnclaimed):
            sign = 1 if isinstance(command, commands.DeclareUnclaimed) else -1
            kept = self.unclaimed.get((command.party, command.account), 0)
            self.unclaimed[command.party, command.account] = kept + sign * minor

    unclaimed: dict[tuple[str, str], int]

    def payees(self) -> set[str]:
        """Return who has ever been owed anything, or owed it."""
        return {account.rsplit(":", 1)[1] for account, _ in self.books if account.startswith(PAYEE_PARTS)}

    def owed(self, party: str, part: str) -> int:
        """Return what a party owes on one of its parts: no more than all of them come to."""
        return max(0, min(self.books.get((f"{part}:{party}", "USD"), 0), -self._balance(party)))

    def _balance(self, party: str) -> int:
        return -sum(self.books.get((f"{part}:{party}", "USD"), 0) for part in PAYEE_PARTS)

    def _covered(self, party: str) -> int:
        guarantees = (order.guarantee for order in self.orders.values() if order.exporter == party and order.guarantee)
        return sum(guarantee.advanced - guarantee.repaid - guarantee.lost for guarantee in guarantees)


PAYEE_PARTS = ("payable:exporter", "payable:partner", "refundable:buyer")


def dealt(minor: int, wanted: Sequence[int]) -> list[int]:
    """Return how an amount falls to those who want some of it, earlier ones first."""
    given = []
    for most in wanted:
        given.append(min(minor, most))
        minor -= given[-1]
    return given


def taken(waiting: dict[int, Waiting], number: int, who: Who) -> Waiting:
    """Return what waits under a number and waits no more, if somebody else proposed it."""
    need(number in waiting, NotFound)
    need(waiting[number].proposer != who.actor, Forbidden)
    return waiting.pop(number)
