"""Operations: every one of the API as a method. Made by `python -m tests.docs.client`: what is changed here is lost."""

from datetime import date, datetime
from typing import Any, Literal

from msgspec import UNSET, UnsetType

from trade_assurance_client.models import (
    Account,
    AccountRow,
    Advice,
    Agreement,
    AgreementRow,
    AgreementTermsSaid,
    Amendment,
    AmendmentSaid,
    AmendmentView,
    AnswersTaken,
    AppealView,
    AttemptRow,
    AuditRow,
    Balance,
    BankAccountView,
    BankEntryView,
    BankLine,
    BankProofView,
    BankStatementView,
    BreakShown,
    BreakView,
    CandidateSaid,
    ClaimShown,
    Clock,
    CommandAnswer,
    CommandProof,
    CommissionRow,
    CommissionStatements,
    Comparison,
    Conversion,
    ConversionView,
    CounterfactualShown,
    CurrencyProof,
    DeadLetter,
    DeadlineRow,
    DealSaid,
    DecisionShown,
    DeliveryView,
    Dispute,
    DisputeRow,
    EntrySaidSaid,
    EventView,
    EvidenceView,
    Explanation,
    ExposureRow,
    FloatRow,
    FloatTotal,
    FourEyesRow,
    Guarantee,
    GuaranteeRow,
    Hold,
    HoldRow,
    ImportedFile,
    ImportedSettlements,
    InstructRun,
    InvoiceSaid,
    LineQuantitySaid,
    LineSaid,
    LineView,
    ListAnswer,
    LogState,
    MatchShown,
    MatchView,
    MonthEnd,
    NewClaimSaid,
    NewWebhookView,
    OfferShown,
    OpeningBalanceSaid,
    OpenItemView,
    Order,
    OrderCommission,
    OrderRow,
    OrderShareSaid,
    PartSaidSaid,
    PartyRow,
    Payee,
    PayeeRow,
    PaymentOutRow,
    PaymentStepSaid,
    Payout,
    PayoutFile,
    PayoutFileView,
    PayoutRow,
    Period,
    PeriodClosed,
    PeriodView,
    PolicyState,
    PostedEntry,
    PreviewView,
    RatesRow,
    RateView,
    ReadingRow,
    RealisationStatement,
    Receivable,
    ReceivableRow,
    ReconciliationReport,
    Refund,
    RefundView,
    Release,
    ReleaseView,
    Remittance,
    RemittanceRow,
    ReplayView,
    ResourceClaimShown,
    Rulebook,
    RulebookRow,
    RuleChange,
    RulesSaid,
    RulingInClearSaid,
    SealCheck,
    Settlement,
    SettlementLineView,
    SettlementView,
    Standing,
    StatementPage,
    TaxCertificate,
    ThreeWayLine,
    ThreeWayRow,
    TimelineStep,
    TrialBalanceLine,
    WatchlistRow,
    WebhookView,
)
from trade_assurance_client.money import Money
from trade_assurance_client.pages import Page
from trade_assurance_client.sending import Asked, Sender, path_of


class Operations(Sender):
    """Every operation of the API, by its name."""

    def health(self) -> Any:
        """Say that the process answers."""
        asked = Asked(
            method="GET",
            path=path_of("/health"),
            query={},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, object)

    def ready(self) -> Any:
        """Say whether this process can do what it is there for."""
        asked = Asked(
            method="GET",
            path=path_of("/ready"),
            query={},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, object)

    def place(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        order: str,
        buyer: str,
        exporter: str,
        currency: str,
        lines: list[LineSaid],
        steps: list[PaymentStepSaid] | UnsetType = UNSET,
        transport_mode: Literal["air", "express", "land", "post", "sea"],
        ship_by: date,
        deliver_by: date | UnsetType | None = UNSET,
        rulebook: str | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Order goods."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "order": order,
                "buyer": buyer,
                "exporter": exporter,
                "currency": currency,
                "lines": lines,
                "steps": steps,
                "transport_mode": transport_mode,
                "ship_by": ship_by,
                "deliver_by": deliver_by,
                "rulebook": rulebook,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def orders(
        self,
        *,
        reference: str | UnsetType | None = UNSET,
        buyer: str | UnsetType | None = UNSET,
        exporter: str | UnsetType | None = UNSET,
        status: Literal[
            "placed", "accepted", "part_dispatched", "dispatched", "delivered", "received", "completed", "cancelled"
        ]
        | UnsetType
        | None = UNSET,
        placed_from: date | UnsetType | None = UNSET,
        placed_to: date | UnsetType | None = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[OrderRow]:
        """Return orders, the last changed first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/orders", book=self.book),
            query={
                "reference": reference,
                "buyer": buyer,
                "exporter": exporter,
                "status": status,
                "placed_from": placed_from,
                "placed_to": placed_to,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[OrderRow])

    def accept(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Take an order on, as its exporter."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/accept", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def cancel(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Call an order off before anything is dispatched."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/cancel", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def pay(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        step: int | UnsetType = UNSET,
        amount: Money,
        account: str,
        reference: str | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record that money of the buyer arrived for a payment step, counted from 1."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/pay", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "step": step,
                "amount": amount,
                "account": account,
                "reference": reference,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispatch(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        lines: list[LineQuantitySaid] | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Hand goods to the carrier."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/dispatch", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "lines": lines},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def deliver(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        dispatch: int | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record that the carrier handed a dispatch over."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/deliver", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "dispatch": dispatch},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def confirm(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Accept the goods, as the buyer."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/confirm", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def lapse_inspection(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Accept the goods by the buyer's silence, once the inspection window has ended."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/lapse-inspection", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def extend_inspection(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        side: Literal["buyer", "exporter"],
        days: int | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Give the buyer more time to inspect, as one side."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/extend-inspection", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "side": side, "days": days},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def freeze(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        amount: Any = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Stop held money from moving."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/freeze", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "amount": amount, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def unfreeze(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        amount: Any = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Let frozen money move again."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/unfreeze", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "amount": amount, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def charge_back(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        amount: Money,
        account: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record that the buyer's bank took money back from an account."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/charge-back", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "amount": amount, "account": account},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def close_hold(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Close an empty hold of an order that is completed or cancelled."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/close-hold", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def propose_release(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        amount: Any = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Ask that the exporter be paid."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/propose-release", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "amount": amount},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def approve_release(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        number: int,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Agree to a release as a second person, which carries it out."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/approve-release", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "number": number},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def reject_release(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        number: int,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Refuse a release as a second person."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/reject-release", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "number": number, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def propose_refund(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        amount: Money,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Ask that the buyer get money back, from the hold and beyond it from the exporter."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/propose-refund", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "amount": amount, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def approve_refund(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        number: int,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Agree to a refund as a second person, which carries it out."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/approve-refund", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "number": number},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def reject_refund(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        number: int,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Refuse a refund as a second person."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/reject-refund", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "number": number, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def take_over(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        source: str,
        source_reference: str,
        buyer: str,
        exporter: str,
        currency: str,
        lines: list[LineSaid],
        steps: list[PaymentStepSaid] | UnsetType = UNSET,
        transport_mode: Literal["air", "express", "land", "post", "sea"],
        ship_by: date,
        deliver_by: date | UnsetType | None = UNSET,
        rulebook: str | UnsetType = UNSET,
        status: Literal["accepted", "delivered", "dispatched", "part_dispatched"],
        undispatched: list[int] | UnsetType = UNSET,
        placed_at: str,
        dispatched_at: str | UnsetType | None = UNSET,
        received: list[Money],
        held: Money,
        released_gross: Any = UNSET,
        released_fee: Any = UNSET,
        released_tax: Any = UNSET,
        refunded: Any = UNSET,
        account: str | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Go on with an order that another system knew until now, and hold its money."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/take-over", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "source": source,
                "source_reference": source_reference,
                "buyer": buyer,
                "exporter": exporter,
                "currency": currency,
                "lines": lines,
                "steps": steps,
                "transport_mode": transport_mode,
                "ship_by": ship_by,
                "deliver_by": deliver_by,
                "rulebook": rulebook,
                "status": status,
                "undispatched": undispatched,
                "placed_at": placed_at,
                "dispatched_at": dispatched_at,
                "received": received,
                "held": held,
                "released_gross": released_gross,
                "released_fee": released_fee,
                "released_tax": released_tax,
                "refunded": refunded,
                "account": account,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def advance(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        amount: Money,
        account: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Put the operator's own money among the buyers', because the exporter owes it for this order."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/advance", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "amount": amount, "account": account},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def repay_advance(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        amount: Money,
        account: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Take the operator's own money out again, as far as the exporter owes less than it stands in for."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/repay-advance", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "amount": amount, "account": account},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def propose_write_off(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        amount: Money,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Ask that an exporter's debt be given up, at the operator's expense, out of what was advanced for the order."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/propose-write-off", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "amount": amount, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def approve_write_off(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        number: int,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Agree to a write-off as a second person, which carries it out."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/approve-write-off", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "number": number},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def reject_write_off(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        number: int,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Refuse a write-off as a second person."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/reject-write-off", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "number": number, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_open(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        claims: list[NewClaimSaid],
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Make claims about an order, as its buyer."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/disputes", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "claims": claims},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_answer(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        claim: int,
        stance: Literal["accepts", "contests"],
        comment: str | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Accept or contest a claim, as the exporter."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/answer",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "claim": claim, "stance": stance, "comment": comment},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_withdraw(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        claim: int,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Take a claim back, as the buyer."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/withdraw",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "claim": claim},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_message(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        text: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Write to the others in a dispute, in clear."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/message",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "text": text},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_offer(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        claim: int,
        side: Literal["buyer", "exporter"],
        remedy: Literal[
            "none", "partial-refund", "refund", "replacement", "replacement-and-refund", "return-and-refund"
        ],
        amount: Any = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Offer a remedy for a claim, as one side."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/offer", book=self.book, order=order, dispute=dispute
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "claim": claim, "side": side, "remedy": remedy, "amount": amount},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_accept_offer(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        offer: int,
        side: Literal["buyer", "exporter"],
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Take an offer, as the other side."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/accept-offer",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "offer": offer, "side": side},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_decline_offer(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        offer: int,
        side: Literal["buyer", "exporter"],
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Leave an offer, or take one's own back."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/decline-offer",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "offer": offer, "side": side, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_escalate(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        side: Literal["buyer", "exporter"],
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Ask for a mediator, as one side."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/escalate",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "side": side},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_assign_mediator(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        mediator: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Give a dispute to a mediator, by key."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/assign-mediator",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "mediator": mediator},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_declare_conflict(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        conflict: bool,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Say, as the dispute's mediator, whether something ties one to a party."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/declare-conflict",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "conflict": conflict},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_recuse_mediator(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Take a dispute from its mediator."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/recuse-mediator",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_request_evidence(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        claim: int,
        of: Literal["buyer", "exporter"],
        what: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Ask a side for evidence about a claim, as the dispute's mediator."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/request-evidence",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "claim": claim, "of": of, "what": what},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_propose_decision(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        rulings: list[RulingInClearSaid],
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Write a decision, as the dispute's mediator."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/propose-decision",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "rulings": rulings},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_approve_decision(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        decision: int,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Agree to a decision, as a second mediator, which gives it."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/approve-decision",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "decision": decision},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_return_decision(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        decision: int,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Send a decision back, as a second mediator."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/return-decision",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "decision": decision, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_appeal(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        claim: int,
        side: Literal["buyer", "exporter"],
        evidence: int,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Appeal the decision of a claim, as one side, on evidence handed in since."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/appeal",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "claim": claim, "side": side, "evidence": evidence},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_waive_appeal(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        claim: int,
        side: Literal["buyer", "exporter"],
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Accept the decision of a claim, as one side."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/waive-appeal",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "claim": claim, "side": side},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_dispatch_return(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        claim: int,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Send goods back, as the buyer."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/dispatch-return",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "claim": claim},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_acknowledge_return(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        claim: int,
        state: Literal["damaged", "empty-or-different", "missing-items", "not-received", "received"],
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Say in which state goods came back, as the exporter."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/acknowledge-return",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "claim": claim, "state": state},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_dispatch_replacement(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        claim: int,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Send goods in place of those that were wrong, as the exporter."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/dispatch-replacement",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "claim": claim},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_acknowledge_replacement(
        self,
        order: str,
        dispute: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        claim: int,
        accepted: bool,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Take a replacement or not, as the buyer."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/acknowledge-replacement",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "claim": claim, "accepted": accepted},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def amend(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        side: Literal["buyer", "exporter"],
        change: AmendmentSaid,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Ask the other side to change the order, as one side."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/amendments", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "side": side, "change": change},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def amendments(
        self,
        order: str,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[AmendmentView]:
        """Return what the sides of an order asked to change, in order, and what became of it."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/orders/{order}/amendments", book=self.book, order=order),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[AmendmentView])

    def amendment_accept(
        self,
        order: str,
        amendment: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        side: Literal["buyer", "exporter"],
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Agree to a change of the order, as the other side."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/amendments/{amendment}/accept",
                book=self.book,
                order=order,
                amendment=amendment,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "side": side},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def amendment_decline(
        self,
        order: str,
        amendment: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        side: Literal["buyer", "exporter"],
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Refuse a change of the order, or take one's own back."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/amendments/{amendment}/decline",
                book=self.book,
                order=order,
                amendment=amendment,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "side": side, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def clock_expire(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Let every clock of a trade that is due at this instant pass, in order, each at its own instant."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/clocks/expire", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def clock_pause(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        clock: str,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Let a clock of a trade stand still."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/clocks/pause", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "clock": clock, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def clock_resume(
        self,
        order: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        clock: str,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Let a paused clock run on, later by as long as it stood still."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/orders/{order}/clocks/resume", book=self.book, order=order),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "clock": clock, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def agreement_sign(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        agreement: str,
        partner: str,
        starts_on: date,
        ends_on: date | UnsetType | None = UNSET,
        year_begins: int | UnsetType = UNSET,
        time_zone: str | UnsetType = UNSET,
        terms: AgreementTermsSaid,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Agree with a partner on commission from a day on."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/agreements", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "agreement": agreement,
                "partner": partner,
                "starts_on": starts_on,
                "ends_on": ends_on,
                "year_begins": year_begins,
                "time_zone": time_zone,
                "terms": terms,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def agreements(
        self,
        *,
        partner: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[AgreementRow]:
        """Return agreements with partners, in the order of their signing."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/agreements", book=self.book),
            query={
                "partner": partner,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[AgreementRow])

    def agreement_amend(
        self,
        agreement: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        starts_on: date,
        terms: AgreementTermsSaid,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Agree on other terms for orders placed from a day on, tomorrow or later."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/agreements/{agreement}/amend", book=self.book, agreement=agreement),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "starts_on": starts_on, "terms": terms},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def agreement_end(
        self,
        agreement: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        ends_on: date,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Let an agreement end."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/agreements/{agreement}/end", book=self.book, agreement=agreement),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "ends_on": ends_on, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def party_register(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        party: str,
        roles: list[Literal["buyer", "exporter", "inspector", "mediator", "partner"]],
        country: str,
        rulebook: str | UnsetType = UNSET,
        profile: dict[str, str] | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Let somebody take part under a rulebook."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/parties", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "party": party,
                "roles": roles,
                "country": country,
                "rulebook": rulebook,
                "profile": profile,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def parties(
        self,
        *,
        stale: bool | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[PartyRow]:
        """Return every party, by key."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/parties", book=self.book),
            query={
                "stale": stale,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[PartyRow])

    def party_change(
        self,
        party: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        field: str,
        value: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Give one field of a party's profile a new value, in clear."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/parties/{party}/change", book=self.book, party=party),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "field": field, "value": value},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def party_refer(
        self,
        party: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        agreement: str,
        starts_on: date,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record that an agreement's partner brought this exporter, from a day on, for as long as the agreement says."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/parties/{party}/refer", book=self.book, party=party),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "agreement": agreement, "starts_on": starts_on},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def party_screen(
        self,
        party: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        list_name: str,
        list_version: str,
        list_hash: str,
        result: Literal["clear", "hit"],
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record what looking a party up in the present version of a sanctions list came to."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/parties/{party}/screen", book=self.book, party=party),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "list_name": list_name,
                "list_version": list_version,
                "list_hash": list_hash,
                "result": result,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def party_suspend(
        self,
        party: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Stop a party's new orders and its releases."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/parties/{party}/suspend", book=self.book, party=party),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def party_reinstate(
        self,
        party: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """End a suspension."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/parties/{party}/reinstate", book=self.book, party=party),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def party_place_legal_hold(
        self,
        party: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Forbid that a party be forgotten."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/parties/{party}/place-legal-hold", book=self.book, party=party),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def party_lift_legal_hold(
        self,
        party: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Drop one reason to keep a party's values."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/parties/{party}/lift-legal-hold", book=self.book, party=party),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def party_forget(
        self,
        party: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Erase what is personal about a party, where no legal hold, open trade or retention rule forbids it."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/parties/{party}/forget", book=self.book, party=party),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def watchlist_record(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        list_name: str,
        version: str,
        sha256: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record that a sanctions list came in a new version."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/watchlists", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "list_name": list_name, "version": version, "sha256": sha256},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def watchlists(
        self,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[WatchlistRow]:
        """Return every sanctions list in its present version."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/watchlists", book=self.book),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[WatchlistRow])

    def take_balances_over(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        source: str,
        source_sha256: str,
        as_of: date,
        balances: list[OpeningBalanceSaid],
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Take over what stood on another system's accounts at the end of a day, all currencies at once."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/takeovers", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "source": source,
                "source_sha256": source_sha256,
                "as_of": as_of,
                "balances": balances,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def payee_repay(
        self,
        party: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        amount: Money,
        owed_on: Literal["payable:exporter", "payable:partner", "refundable:buyer"] | UnsetType = UNSET,
        account: str,
        reference: str | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record that a party paid back money that it owed."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/payees/{party}/repay", book=self.book, party=party),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "amount": amount,
                "owed_on": owed_on,
                "account": account,
                "reference": reference,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def payee_declare_unclaimed(
        self,
        party: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        amount: Money,
        account: Literal["payable:exporter", "payable:partner", "refundable:buyer"],
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Set money aside that couldn't be paid to its party, however often it was tried."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/payees/{party}/declare-unclaimed", book=self.book, party=party),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "amount": amount, "account": account, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def payee_reclaim(
        self,
        party: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        amount: Money,
        account: Literal["payable:exporter", "payable:partner", "refundable:buyer"],
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Make money payable again that was set aside, because its party turned up."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/payees/{party}/reclaim", book=self.book, party=party),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "amount": amount, "account": account, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def payout_plan(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        payout: str,
        party: str,
        currency: str,
        pays_from: str,
        pay_on: date,
        rulebook: str | UnsetType = UNSET,
        reissues: str | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Plan to pay a party everything that it may be paid in a currency, less what is already on its way."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/payouts", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "payout": payout,
                "party": party,
                "currency": currency,
                "pays_from": pays_from,
                "pay_on": pay_on,
                "rulebook": rulebook,
                "reissues": reissues,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def payouts(
        self,
        *,
        stage: Literal["open", "waiting", "ready", "in-transit", "paid", "failed", "ended", "all"] | UnsetType = UNSET,
        party: str | UnsetType | None = UNSET,
        kind: Literal["payee", "sweep", "remittance"] | UnsetType | None = UNSET,
        currency: str | UnsetType | None = UNSET,
        account: str | UnsetType | None = UNSET,
        file: str | UnsetType | None = UNSET,
        pay_from: date | UnsetType | None = UNSET,
        pay_to: date | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[PayoutRow]:
        """Return payouts in the order of planning, by stage."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/payouts", book=self.book),
            query={
                "stage": stage,
                "party": party,
                "kind": kind,
                "currency": currency,
                "account": account,
                "file": file,
                "pay_from": pay_from,
                "pay_to": pay_to,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[PayoutRow])

    def payout_approve(
        self,
        payout: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Agree to a payout as another person."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/payouts/{payout}/approve", book=self.book, payout=payout),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def payout_cancel(
        self,
        payout: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Give a payout up before the bank is told."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/payouts/{payout}/cancel", book=self.book, payout=payout),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def payout_accept(
        self,
        payout: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        answer: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record that the bank will pay."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/payouts/{payout}/accept", book=self.book, payout=payout),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "answer": answer},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def payout_reject(
        self,
        payout: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record that the bank won't pay."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/payouts/{payout}/reject", book=self.book, payout=payout),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def bank_account_register(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        bank_account: str,
        account: str,
        currency: str,
        identifiers: list[str],
        name: str,
        bic: str | UnsetType = UNSET,
        country: str | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Let an account of the operator's at a bank be known, with what its bank calls it and what it is in the ledger."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/bank-accounts", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "bank_account": bank_account,
                "account": account,
                "currency": currency,
                "identifiers": identifiers,
                "name": name,
                "bic": bic,
                "country": country,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def bank_accounts(
        self,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[BankAccountView]:
        """Return the accounts at banks, by key, as they are registered now."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/bank-accounts", book=self.book),
            query={"min_position": min_position, "limit": limit, "cursor": cursor},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[BankAccountView])

    def match_undo(
        self,
        match: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Take a match back."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/bank-matches/{match}/undo", book=self.book, match=match),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def settlement_reopen(
        self,
        provider: str,
        settlement: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        lines: list[int],
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Take back what lines of a settlement are."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/settlements/{provider}/{settlement}/reopen",
                book=self.book,
                provider=provider,
                settlement=settlement,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "lines": lines, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def break_assign(
        self,
        break_key: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        owner: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Give a break to somebody to explain, by their key."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/breaks/{break_key}/assign", book=self.book, break_key=break_key),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "owner": owner},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def break_comment(
        self,
        break_key: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        comment: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Write something about a break, in clear."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/breaks/{break_key}/comment", book=self.book, break_key=break_key),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "comment": comment},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def break_write_off(
        self,
        break_key: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Ask that a difference be given up, at the operator's expense."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/breaks/{break_key}/write-off", book=self.book, break_key=break_key),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def break_approve_write_off(
        self,
        break_key: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        number: int,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Agree to giving a difference up as a second person, which closes its break."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/breaks/{break_key}/approve-write-off", book=self.book, break_key=break_key),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "number": number},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def break_reject_write_off(
        self,
        break_key: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        number: int,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Refuse to give a difference up as a second person."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/breaks/{break_key}/reject-write-off", book=self.book, break_key=break_key),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "number": number, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def receivable_record(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        receivable: str,
        exporter: str,
        currency: str,
        invoices: list[InvoiceSaid],
        shipped_on: date,
        orders: list[OrderShareSaid] | UnsetType = UNSET,
        rulebook: str | UnsetType = UNSET,
        port: str | UnsetType = UNSET,
        settled_in: str | UnsetType = UNSET,
        customs_value: Any = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record that goods left under a shipping bill, whose value is to come home."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/receivables", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "receivable": receivable,
                "exporter": exporter,
                "currency": currency,
                "invoices": invoices,
                "shipped_on": shipped_on,
                "orders": orders,
                "rulebook": rulebook,
                "port": port,
                "settled_in": settled_in,
                "customs_value": customs_value,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def receivables(
        self,
        *,
        state: Literal["open", "closed", "all"] | UnsetType = UNSET,
        exporter: str | UnsetType | None = UNSET,
        order: str | UnsetType | None = UNSET,
        closable: bool | UnsetType = UNSET,
        uncertified: bool | UnsetType = UNSET,
        overdue: bool | UnsetType = UNSET,
        at: datetime | UnsetType | None = UNSET,
        due_to: datetime | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[ReceivableRow]:
        """Return shipping bills and what became of their value, the first due first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/receivables", book=self.book),
            query={
                "state": state,
                "exporter": exporter,
                "order": order,
                "closable": closable,
                "uncertified": uncertified,
                "overdue": overdue,
                "at": at,
                "due_to": due_to,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[ReceivableRow])

    def receivable_link(
        self,
        receivable: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        order: str,
        amount: Money,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Say that a part of a shipment's value is of an order."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/receivables/{receivable}/link", book=self.book, receivable=receivable),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "order": order, "amount": amount},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def receivable_allocate(
        self,
        receivable: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        remittance: str,
        amount: Money,
        realised: Any = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Match money of a remittance to a shipment."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/receivables/{receivable}/allocate", book=self.book, receivable=receivable),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "remittance": remittance, "amount": amount, "realised": realised},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def receivable_free(
        self,
        receivable: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        realisation: int,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Match money to a shipment no more, by the realisation's number."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/receivables/{receivable}/free", book=self.book, receivable=receivable),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "realisation": realisation, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def receivable_deduct(
        self,
        receivable: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        reason: Literal[
            "bank-charges",
            "commission",
            "discount",
            "exchange-difference",
            "freight",
            "insurance",
            "other",
            "platform-fee",
            "quality-claim",
            "refund",
            "short-shipment",
            "tax-withheld",
        ],
        amount: Money,
        source: str | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Say that some of a shipment's value won't come, why, and of what that comes, as `release:PO-1/1`."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/receivables/{receivable}/deduct", book=self.book, receivable=receivable),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "reason": reason, "amount": amount, "source": source},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def receivable_withdraw_deduction(
        self,
        receivable: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        deduction: int,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Take a deduction back, by its number."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/receivables/{receivable}/withdraw-deduction", book=self.book, receivable=receivable
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "deduction": deduction, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def receivable_certify(
        self,
        receivable: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        certificate: str,
        certified_on: date,
        realisations: list[int] | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record the exporter's certificate (e-BRC) of what was realised."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/receivables/{receivable}/certify", book=self.book, receivable=receivable),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "certificate": certificate,
                "certified_on": certified_on,
                "realisations": realisations,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def receivable_cancel_certificate(
        self,
        receivable: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        certificate: str,
        by: Literal["bank", "exporter"] | UnsetType = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record that a certificate doesn't count any more."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/receivables/{receivable}/cancel-certificate", book=self.book, receivable=receivable
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "certificate": certificate, "by": by, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def receivable_extend(
        self,
        receivable: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        due_on: date,
        reference: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record that the bank gives more time for a shipment's value to come home."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/receivables/{receivable}/extend", book=self.book, receivable=receivable),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "due_on": due_on, "reference": reference},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def receivable_close(
        self,
        receivable: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        by: Literal["bank", "declaration"],
        reference: str | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record that the bank closed its entry of a shipment, or that the exporter does on its own declaration."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/receivables/{receivable}/close", book=self.book, receivable=receivable),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "by": by, "reference": reference},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def remittance_record(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        remittance: str,
        exporter: str,
        amount: Money,
        received_on: date,
        purpose: str,
        ad_code: str | UnsetType = UNSET,
        remitter: str | UnsetType = UNSET,
        rulebook: str | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record money from abroad as an exporter's bank reported it (an IRM)."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/remittances", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "remittance": remittance,
                "exporter": exporter,
                "amount": amount,
                "received_on": received_on,
                "purpose": purpose,
                "ad_code": ad_code,
                "remitter": remitter,
                "rulebook": rulebook,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def remittances(
        self,
        *,
        exporter: str | UnsetType | None = UNSET,
        left: bool | UnsetType = UNSET,
        from_: date | UnsetType | None = UNSET,
        to: date | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[RemittanceRow]:
        """Return money from abroad, the first that came first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/remittances", book=self.book),
            query={
                "exporter": exporter,
                "left": left,
                "from": from_,
                "to": to,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[RemittanceRow])

    def rulebook_draft(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        rulebook: str,
        rules: RulesSaid,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Write down a version of the rules."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/rulebooks", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "rulebook": rulebook, "rules": rules},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def rulebooks(
        self,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[RulebookRow]:
        """Return every version of every rulebook, in the order in which they were drafted, without their rules."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/rulebooks", book=self.book),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[RulebookRow])

    def rulebook_approve(
        self,
        name: str,
        version: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Agree to a draft as a second person."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/rulebooks/{name}/{version}/approve", book=self.book, name=name, version=version
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def rulebook_publish(
        self,
        name: str,
        version: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        effective_from: date | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Open an approved version for orders, from a day in its rules' time zone on."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/rulebooks/{name}/{version}/publish", book=self.book, name=name, version=version
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "effective_from": effective_from},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def rates_record(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        source: str,
        day: date,
        base: str,
        rates: dict[str, str],
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record the rates that a source published for a day."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/rates", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "source": source, "day": day, "base": base, "rates": rates},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def rates(
        self,
        *,
        source: str | UnsetType = UNSET,
        from_: date | UnsetType | None = UNSET,
        to: date | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[RatesRow]:
        """Return what a source quoted on each day between two, the last first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/rates", book=self.book),
            query={
                "source": source,
                "from": from_,
                "to": to,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[RatesRow])

    def rates_correct(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        source: str,
        day: date,
        rates: dict[str, str],
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Correct some rates of a day, or add some that were missing."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/rates/corrections", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "source": source, "day": day, "rates": rates, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def conversion_record(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        conversion: str,
        sold: Money,
        sold_from: str,
        bought: Money,
        bought_to: str,
        deal: DealSaid,
        benchmark: str | UnsetType = UNSET,
        days_back: int | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Record that money of one currency was given for money of another, at a bank's rate or a recorded one."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/conversions", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "conversion": conversion,
                "sold": sold,
                "sold_from": sold_from,
                "bought": bought,
                "bought_to": bought_to,
                "deal": deal,
                "benchmark": benchmark,
                "days_back": days_back,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def conversions(
        self,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[ConversionView]:
        """Return every conversion in the order of recording, with its rates, its margin and what it closed."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/conversions", book=self.book),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[ConversionView])

    def conversion_reverse(
        self,
        conversion: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Take back a conversion that was recorded wrongly."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/conversions/{conversion}/reverse", book=self.book, conversion=conversion),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def exposure_revalue(
        self,
        currency: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        benchmark: str | UnsetType = UNSET,
        days_back: int | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Carry what is open in a foreign currency at the recorded rates of the day, and book the gain or loss."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/exposures/{currency}/revalue", book=self.book, currency=currency),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "benchmark": benchmark, "days_back": days_back},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def propose_reopening(
        self,
        period: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Ask that the month which was closed last be posted to again."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/periods/{period}/propose-reopening", book=self.book, period=period),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def approve_reopening(
        self,
        period: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        number: int,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Agree to a reopening as a second person, which carries it out."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/periods/{period}/approve-reopening", book=self.book, period=period),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "number": number},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def reject_reopening(
        self,
        period: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        number: int,
        reason: str,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Refuse a reopening as a second person."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/periods/{period}/reject-reopening", book=self.book, period=period),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "number": number, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def bulk(
        self, *, commands: list[Any], atomic: bool | UnsetType = UNSET, dry_run: bool | UnsetType = UNSET
    ) -> ListAnswer:
        """Say up to 10,000 commands at once, each by itself or all or none."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/commands", book=self.book),
            query={"dry_run": dry_run, "atomic": atomic},
            headers={},
            body={"commands": commands, "atomic": atomic},
            keyed=False,
        )
        return self._call(asked, ListAnswer)

    def webhooks(
        self,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[WebhookView]:
        """Return the webhooks of a book, ended ones too."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/webhooks", book=self.book),
            query={"min_position": min_position, "limit": limit, "cursor": cursor},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[WebhookView])

    def webhook_create(
        self,
        *,
        url: str,
        description: str | UnsetType = UNSET,
        topics: list[str] | UnsetType = UNSET,
        order: str | UnsetType = UNSET,
        party: str | UnsetType = UNSET,
        reader_role: Literal["", "buyer", "exporter", "partner"] | UnsetType = UNSET,
        reader_party: str | UnsetType = UNSET,
        after: int | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
    ) -> NewWebhookView:
        """Subscribe a URL to the events of a book, or to some of them."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/webhooks", book=self.book),
            query={"min_position": min_position},
            headers={},
            body={
                "url": url,
                "description": description,
                "topics": topics,
                "order": order,
                "party": party,
                "reader_role": reader_role,
                "reader_party": reader_party,
                "after": after,
            },
            keyed=False,
        )
        return self._call(asked, NewWebhookView)

    def webhook(self, webhook: str, *, min_position: int | UnsetType = UNSET) -> WebhookView:
        """Return a webhook."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/webhooks/{webhook}", book=self.book, webhook=webhook),
            query={"min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, WebhookView)

    def webhook_deliveries(
        self,
        webhook: str,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[DeliveryView]:
        """Return the last attempts to deliver, the latest first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/webhooks/{webhook}/deliveries", book=self.book, webhook=webhook),
            query={"min_position": min_position, "limit": limit, "cursor": cursor},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[DeliveryView])

    def webhook_dead_letters(
        self,
        webhook: str,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[DeadLetter]:
        """Return the events that weren't delivered by the last attempt, in the order of the log."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/webhooks/{webhook}/dead-letters", book=self.book, webhook=webhook),
            query={"min_position": min_position, "limit": limit, "cursor": cursor},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[DeadLetter])

    def webhook_rotate(self, webhook: str, *, min_position: int | UnsetType = UNSET) -> NewWebhookView:
        """Give a webhook another secret, told this once."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/webhooks/{webhook}/rotate", book=self.book, webhook=webhook),
            query={"min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, NewWebhookView)

    def webhook_pause(self, webhook: str, *, min_position: int | UnsetType = UNSET) -> WebhookView:
        """Deliver nothing more until it is resumed."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/webhooks/{webhook}/pause", book=self.book, webhook=webhook),
            query={"min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, WebhookView)

    def webhook_resume(self, webhook: str, *, min_position: int | UnsetType = UNSET) -> WebhookView:
        """Deliver again, at once, from where it is."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/webhooks/{webhook}/resume", book=self.book, webhook=webhook),
            query={"min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, WebhookView)

    def webhook_end(self, webhook: str, *, min_position: int | UnsetType = UNSET) -> WebhookView:
        """Deliver nothing any more, and forget the secret."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/webhooks/{webhook}/end", book=self.book, webhook=webhook),
            query={"min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, WebhookView)

    def webhook_skip(self, webhook: str, *, min_position: int | UnsetType = UNSET) -> WebhookView:
        """Try the event that fails once more, at once."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/webhooks/{webhook}/skip", book=self.book, webhook=webhook),
            query={"min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, WebhookView)

    def webhook_replay(
        self, webhook: str, *, position: int | UnsetType | None = UNSET, min_position: int | UnsetType = UNSET
    ) -> ReplayView:
        """Try one dead letter again, or all of them, beside what is new."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/webhooks/{webhook}/replay", book=self.book, webhook=webhook),
            query={"min_position": min_position},
            headers={},
            body={"position": position},
            keyed=False,
        )
        return self._call(asked, ReplayView)

    def order(
        self,
        order: str,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Order:
        """Return an order."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/orders/{order}", book=self.book, order=order),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Order)

    def timeline(
        self,
        order: str,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[TimelineStep]:
        """Return everything that happened in a trade, with the money that moved."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/orders/{order}/timeline", book=self.book, order=order),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[TimelineStep])

    def balances(
        self,
        *,
        account: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[Balance]:
        """Return every account's balance, or one account's, on its normal side."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/balances", book=self.book),
            query={
                "account": account,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[Balance])

    def trial_balance(
        self,
        *,
        detail: bool | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[TrialBalanceLine]:
        """Return balances by control account, or with `detail` by account."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/trial-balance", book=self.book),
            query={
                "detail": detail,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[TrialBalanceLine])

    def journal(
        self,
        *,
        after: int | UnsetType = UNSET,
        account: str | UnsetType | None = UNSET,
        currency: str | UnsetType | None = UNSET,
        posted_from: date | UnsetType | None = UNSET,
        posted_to: date | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[PostedEntry]:
        """Return entries at positions greater than `after`, with their postings and the balances after them."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/journal", book=self.book),
            query={
                "after": after,
                "account": account,
                "currency": currency,
                "posted_from": posted_from,
                "posted_to": posted_to,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[PostedEntry])

    def events(
        self,
        *,
        after: int | UnsetType = UNSET,
        topic: str | UnsetType | None = UNSET,
        object: str | UnsetType | None = UNSET,
        actor: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[EventView]:
        """Return the log's events at positions greater than `after`, in order."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/events", book=self.book),
            query={
                "after": after,
                "topic": topic,
                "object": object,
                "actor": actor,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[EventView])

    def holds(
        self,
        *,
        reference: str | UnsetType | None = UNSET,
        buyer: str | UnsetType | None = UNSET,
        exporter: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[HoldRow]:
        """Return the money of orders for which some came in, the last changed first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/holds", book=self.book),
            query={
                "reference": reference,
                "buyer": buyer,
                "exporter": exporter,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[HoldRow])

    def hold(
        self,
        order: str,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Hold:
        """Return an order's money."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/holds/{order}", book=self.book, order=order),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Hold)

    def releases(
        self,
        *,
        order: str | UnsetType | None = UNSET,
        buyer: str | UnsetType | None = UNSET,
        exporter: str | UnsetType | None = UNSET,
        stands: Literal["waiting", "approved", "rejected"] | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[PaymentOutRow]:
        """Return releases, the last proposed first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/releases", book=self.book),
            query={
                "order": order,
                "buyer": buyer,
                "exporter": exporter,
                "stands": stands,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[PaymentOutRow])

    def refunds(
        self,
        *,
        order: str | UnsetType | None = UNSET,
        buyer: str | UnsetType | None = UNSET,
        exporter: str | UnsetType | None = UNSET,
        stands: Literal["waiting", "approved", "rejected"] | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[PaymentOutRow]:
        """Return refunds, the last proposed first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/refunds", book=self.book),
            query={
                "order": order,
                "buyer": buyer,
                "exporter": exporter,
                "stands": stands,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[PaymentOutRow])

    def order_releases(
        self,
        order: str,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[ReleaseView]:
        """Return the releases of an order, in order, with their breakdowns and who may approve what waits."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/orders/{order}/releases", book=self.book, order=order),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[ReleaseView])

    def release(
        self,
        order: str,
        number: int,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Release:
        """Return a release."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/orders/{order}/releases/{number}", book=self.book, order=order, number=number
            ),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Release)

    def order_refunds(
        self,
        order: str,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[RefundView]:
        """Return the refunds of an order, in order, with what is recovered for each and who may approve what waits."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/orders/{order}/refunds", book=self.book, order=order),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[RefundView])

    def refund(
        self,
        order: str,
        number: int,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Refund:
        """Return a refund."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/orders/{order}/refunds/{number}", book=self.book, order=order, number=number
            ),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Refund)

    def lines(
        self,
        order: str,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[LineView]:
        """Return the lines of an order as they were last amended, and what of each hasn't been dispatched."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/orders/{order}/lines", book=self.book, order=order),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[LineView])

    def amendment(
        self,
        order: str,
        amendment: int,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Amendment:
        """Return what one side of an order asked to change, what became of it, and what is allowed."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/orders/{order}/amendments/{amendment}",
                book=self.book,
                order=order,
                amendment=amendment,
            ),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Amendment)

    def deadline(
        self,
        order: str,
        clock: str,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Clock:
        """Return a deadline of a trade by its name, whether it runs, stands still, or has ended."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/orders/{order}/clocks/{clock}", book=self.book, order=order, clock=clock),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Clock)

    def commission(
        self,
        order: str,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> OrderCommission:
        """Return the commission on an order."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/commissions/{order}", book=self.book, order=order),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, OrderCommission)

    def guarantees(
        self,
        *,
        exporter: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[GuaranteeRow]:
        """Return what the operator advanced for orders, and what became of it, the first advance first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/guarantees", book=self.book),
            query={
                "exporter": exporter,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[GuaranteeRow])

    def accounts(
        self,
        *,
        control: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[AccountRow]:
        """Return every account that was posted to, or those of a control account, with its balance."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/accounts", book=self.book),
            query={
                "control": control,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[AccountRow])

    def account(
        self,
        account: str,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Account:
        """Return an account."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/accounts/{account}", book=self.book, account=account),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Account)

    def dispute_claims(
        self,
        order: str,
        dispute: int,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[ClaimShown]:
        """Return the claims of a dispute, each with its offers, its evidence, and what was asked for about it."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/claims",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[ClaimShown])

    def dispute_claim(
        self,
        order: str,
        dispute: int,
        claim: int,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> ResourceClaimShown:
        """Return a claim with its offers, its evidence, what was asked for about it, and what is allowed."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/claims/{claim}",
                book=self.book,
                order=order,
                dispute=dispute,
                claim=claim,
            ),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, ResourceClaimShown)

    def dispute_evidence_list(
        self,
        order: str,
        dispute: int,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[EvidenceView]:
        """Return what was handed in as evidence in a dispute, by whom, about which claim, by the hash of each document."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/evidence",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[EvidenceView])

    def dispute_evidence(
        self,
        order: str,
        dispute: int,
        *,
        content: bytes,
        media_type: str = "application/octet-stream",
        claim: int,
        side: Literal["buyer", "exporter"],
        request: int | UnsetType = UNSET,
        name: str | UnsetType = UNSET,
        occurred_at: datetime | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Hand in evidence about a claim."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/evidence",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={
                "claim": claim,
                "side": side,
                "request": request,
                "name": name,
                "occurred_at": occurred_at,
                "dry_run": dry_run,
            },
            headers={"Idempotency-Key": key, "If-Match": if_match, "Content-Type": media_type},
            body=content,
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def dispute_offers(
        self,
        order: str,
        dispute: int,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[OfferShown]:
        """Return the offers of a dispute, and what became of each."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/offers",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[OfferShown])

    def dispute_decisions(
        self,
        order: str,
        dispute: int,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[DecisionShown]:
        """Return the decisions of a dispute with their rulings."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/decisions",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[DecisionShown])

    def dispute_appeals(
        self,
        order: str,
        dispute: int,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[AppealView]:
        """Return for each claim that was decided who appealed or accepted the decision, and until when one may."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/appeals",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[AppealView])

    def account_statement(
        self,
        account: str,
        *,
        from_: str | UnsetType | None = UNSET,
        to: str | UnsetType | None = UNSET,
        by: Literal["posting-date", "recording"] | UnsetType = UNSET,
        currency: str | UnsetType | None = UNSET,
        format: Literal["json", "csv", "pdf"] | UnsetType | None = UNSET,
        cursor: str | UnsetType | None = UNSET,
        limit: int | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> StatementPage:
        """Return an account's opening balance, its postings with the balance before and after each, and its closing balance."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/accounts/{account}/statement", book=self.book, account=account),
            query={
                "from": from_,
                "to": to,
                "by": by,
                "currency": currency,
                "format": format,
                "cursor": cursor,
                "limit": limit,
                "min_position": min_position,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, StatementPage)

    def explain(
        self,
        what: str,
        *,
        currency: str | UnsetType = UNSET,
        within: str | UnsetType = UNSET,
        after: str | UnsetType = UNSET,
        depth: int | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Explanation:
        """Return an account's balance, or the money of an order, release, refund or commission, as a tree of sums."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/explain/{what}", book=self.book, what=what),
            query={
                "currency": currency,
                "within": within,
                "after": after,
                "depth": depth,
                "min_position": min_position,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Explanation)

    def audit(
        self,
        *,
        actor: str | UnsetType | None = UNSET,
        role: str | UnsetType | None = UNSET,
        principal: str | UnsetType | None = UNSET,
        command: str | UnsetType | None = UNSET,
        command_id: str | UnsetType | None = UNSET,
        object: str | UnsetType | None = UNSET,
        topic: str | UnsetType | None = UNSET,
        made_by: Literal["command", "policy"] | UnsetType | None = UNSET,
        since: datetime | UnsetType | None = UNSET,
        until: datetime | UnsetType | None = UNSET,
        from_position: int | UnsetType = UNSET,
        to_position: int | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[AuditRow]:
        """Return accepted commands with their events, the last first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/audit", book=self.book),
            query={
                "actor": actor,
                "role": role,
                "principal": principal,
                "command": command,
                "command_id": command_id,
                "object": object,
                "topic": topic,
                "made_by": made_by,
                "since": since,
                "until": until,
                "from_position": from_position,
                "to_position": to_position,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[AuditRow])

    def audit_four_eyes(
        self,
        *,
        what: Literal[
            "release", "refund", "write-off", "break-write-off", "rulebook", "decision", "reopening", "payout"
        ]
        | UnsetType
        | None = UNSET,
        actor: str | UnsetType | None = UNSET,
        object: str | UnsetType | None = UNSET,
        stands: Literal["waiting", "approved", "rejected", "overtaken"] | UnsetType | None = UNSET,
        by_rule: bool | UnsetType = UNSET,
        alone: bool | UnsetType = UNSET,
        since: datetime | UnsetType | None = UNSET,
        until: datetime | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[FourEyesRow]:
        """Return proposals with who proposed and who decided, the last first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/audit/four-eyes", book=self.book),
            query={
                "what": what,
                "actor": actor,
                "object": object,
                "stands": stands,
                "by_rule": by_rule,
                "alone": alone,
                "since": since,
                "until": until,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[FourEyesRow])

    def audit_refused(
        self,
        *,
        category: Literal["refused", "forbidden"] | UnsetType | None = UNSET,
        actor: str | UnsetType | None = UNSET,
        role: str | UnsetType | None = UNSET,
        principal: str | UnsetType | None = UNSET,
        command: str | UnsetType | None = UNSET,
        command_id: str | UnsetType | None = UNSET,
        object: str | UnsetType | None = UNSET,
        code: str | UnsetType | None = UNSET,
        since: datetime | UnsetType | None = UNSET,
        until: datetime | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[AttemptRow]:
        """Return commands that a rule refused or that were forbidden to whoever said them, the last first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/audit/refused", book=self.book),
            query={
                "category": category,
                "actor": actor,
                "role": role,
                "principal": principal,
                "command": command,
                "command_id": command_id,
                "object": object,
                "code": code,
                "since": since,
                "until": until,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[AttemptRow])

    def audit_reads(
        self,
        *,
        actor: str | UnsetType | None = UNSET,
        role: str | UnsetType | None = UNSET,
        object: str | UnsetType | None = UNSET,
        since: datetime | UnsetType | None = UNSET,
        until: datetime | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[ReadingRow]:
        """Return who saw evidence or values in clear, the last first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/audit/reads", book=self.book),
            query={
                "actor": actor,
                "role": role,
                "object": object,
                "since": since,
                "until": until,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[ReadingRow])

    def log(self, *, min_position: int | UnsetType = UNSET) -> LogState:
        """Return where the log is, what was signed of it, who cosigned that, and the keys that verify it."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/log", book=self.book),
            query={"min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, LogState)

    def checkpoint(self, *, witnessed: bool | UnsetType = UNSET, min_position: int | UnsetType = UNSET) -> bytes:
        """Return the last checkpoint, a signed note."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/log/checkpoint", book=self.book),
            query={"witnessed": witnessed, "min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, bytes)

    def witnesses(self, *, min_position: int | UnsetType = UNSET) -> PolicyState:
        """Return how far the cosignatures of the log go, by the witness policy, and what keeps a witness from signing."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/log/witnesses", book=self.book),
            query={"min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, PolicyState)

    def tile(self, path: str, *, min_position: int | UnsetType = UNSET) -> bytes:
        """Return hashes of the tree, or below `entries/`, for auditors only, the events that they are hashes of."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/log/tile/{path}", book=self.book, path=path),
            query={"min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, bytes)

    def inclusion_proof(
        self, position: int, *, size: int | UnsetType | None = UNSET, min_position: int | UnsetType = UNSET
    ) -> bytes:
        """Return the proof of the event at a position as a C2SP tlog-proof, under the last checkpoint or that of a size."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/log/proofs/inclusion/{position}", book=self.book, position=position),
            query={"size": size, "min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, bytes)

    def consistency_proof(
        self, *, old: int, new: int | UnsetType | None = UNSET, min_position: int | UnsetType = UNSET
    ) -> bytes:
        """Return the proof that a checkpoint goes on where `old` events ended, as a C2SP tlog-witness is sent it."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/log/proofs/consistency", book=self.book),
            query={"old": old, "new": new, "min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, bytes)

    def command_proofs(
        self,
        *,
        command_id: str,
        principal: str | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[CommandProof]:
        """Return the proof of each event of an accepted command, by the id that its caller gave it."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/log/proofs/commands", book=self.book),
            query={
                "command_id": command_id,
                "principal": principal,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[CommandProof])

    def disputes(
        self,
        *,
        stage: Literal["open", "negotiating", "escalated", "settled", "all"] | UnsetType = UNSET,
        order: str | UnsetType | None = UNSET,
        buyer: str | UnsetType | None = UNSET,
        exporter: str | UnsetType | None = UNSET,
        mediator: str | UnsetType | None = UNSET,
        must_act: Literal["buyer", "exporter", "parties", "mediator", "operator"] | UnsetType | None = UNSET,
        overdue: bool | UnsetType = UNSET,
        at: datetime | UnsetType | None = UNSET,
        due_from: datetime | UnsetType | None = UNSET,
        due_to: datetime | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[DisputeRow]:
        """Return disputes by who must act and by when, the most urgent first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/disputes", book=self.book),
            query={
                "stage": stage,
                "order": order,
                "buyer": buyer,
                "exporter": exporter,
                "mediator": mediator,
                "must_act": must_act,
                "overdue": overdue,
                "at": at,
                "due_from": due_from,
                "due_to": due_to,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[DisputeRow])

    def dispute(
        self,
        order: str,
        number: int,
        *,
        reveal: bool | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
        why: str | UnsetType | None = UNSET,
    ) -> Dispute:
        """Return a dispute with all that its mediator looks at."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{number}", book=self.book, order=order, number=number
            ),
            query={
                "reveal": reveal,
                "min_position": min_position,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
                "why": why,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Dispute)

    def dispute_timeline(
        self,
        order: str,
        number: int,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[TimelineStep]:
        """Return everything that happened in a dispute, with its clocks and the money that moved because of it."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{number}/timeline", book=self.book, order=order, number=number
            ),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[TimelineStep])

    def deadlines(
        self,
        *,
        order: str | UnsetType | None = UNSET,
        kind: Literal[
            "acceptance",
            "payment",
            "ship-by",
            "inspection",
            "claims",
            "answer",
            "escalation",
            "mediation",
            "evidence",
            "review",
            "offer",
            "appeal",
            "return",
            "return-acknowledgement",
            "replacement",
            "replacement-acknowledgement",
            "refund-start",
        ]
        | UnsetType
        | None = UNSET,
        silence_of: Literal["buyer", "exporter", "parties", "mediator", "operator"] | UnsetType | None = UNSET,
        paused: bool | UnsetType | None = UNSET,
        overdue: bool | UnsetType = UNSET,
        at: datetime | UnsetType | None = UNSET,
        due_from: datetime | UnsetType | None = UNSET,
        due_to: datetime | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[DeadlineRow]:
        """Return the clocks that run, the first due first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/deadlines", book=self.book),
            query={
                "order": order,
                "kind": kind,
                "silence_of": silence_of,
                "paused": paused,
                "overdue": overdue,
                "at": at,
                "due_from": due_from,
                "due_to": due_to,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[DeadlineRow])

    def commissions(
        self,
        *,
        partner: str | UnsetType | None = UNSET,
        exporter: str | UnsetType | None = UNSET,
        currency: str | UnsetType | None = UNSET,
        from_month: str | UnsetType | None = UNSET,
        to_month: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[CommissionRow]:
        """Return what partners' exporters brought them by month."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/commissions", book=self.book),
            query={
                "partner": partner,
                "exporter": exporter,
                "currency": currency,
                "from_month": from_month,
                "to_month": to_month,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[CommissionRow])

    def rulebook(
        self,
        name: str,
        version: str,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Rulebook:
        """Return a version."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/rulebooks/{name}/{version}", book=self.book, name=name, version=version),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Rulebook)

    def rulebook_diff(
        self,
        name: str,
        version: str,
        other_name: str,
        other_version: str,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[RuleChange]:
        """Return what changes from one version to another."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/rulebooks/{name}/{version}/diff/{other_name}/{other_version}",
                book=self.book,
                name=name,
                version=version,
                other_name=other_name,
                other_version=other_version,
            ),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[RuleChange])

    def counterfactual(
        self,
        *,
        rulebook: str,
        from_: int | UnsetType = UNSET,
        to: int | UnsetType = UNSET,
        since: date | UnsetType = UNSET,
        until: date | UnsetType = UNSET,
        order: str | UnsetType | None = UNSET,
        limit: int | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
    ) -> CounterfactualShown:
        """Return what a rulebook, drafted or published, would have decided in a range of the log or of accounting days."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/counterfactual", book=self.book),
            query={
                "rulebook": rulebook,
                "from": from_,
                "to": to,
                "since": since,
                "until": until,
                "order": order,
                "limit": limit,
                "min_position": min_position,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, CounterfactualShown)

    def party(
        self,
        party: str,
        *,
        reveal: bool | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
        why: str | UnsetType | None = UNSET,
    ) -> Any:
        """Return a party."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/parties/{party}", book=self.book, party=party),
            query={
                "reveal": reveal,
                "min_position": min_position,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
                "why": why,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, object)

    def payee(
        self,
        party: str,
        currency: str,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Payee:
        """Return what a party may be paid in a currency, or owes."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/payees/{party}/{currency}", book=self.book, party=party, currency=currency),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Payee)

    def guarantee(
        self,
        order: str,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Guarantee:
        """Return what the operator advanced for an order, and what became of it."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/orders/{order}/guarantee", book=self.book, order=order),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Guarantee)

    def commission_statement(
        self,
        party: str,
        *,
        from_: date | UnsetType | None = UNSET,
        to: date | UnsetType | None = UNSET,
        currency: str | UnsetType = UNSET,
        format: Literal["json", "csv", "pdf"] | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> CommissionStatements:
        """Return what accrued, became due, was withheld, taken back and paid to a partner between two days of posting, both includ."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/parties/{party}/commission-statement", book=self.book, party=party),
            query={
                "from": from_,
                "to": to,
                "currency": currency,
                "format": format,
                "min_position": min_position,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, CommissionStatements)

    def commission_evidence_pack(
        self, party: str, *, min_position: int | UnsetType = UNSET, why: str | UnsetType | None = UNSET
    ) -> bytes:
        """Return all that proves a partner's statements, as a zip with its verifier."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/parties/{party}/commission-statement/evidence-pack", book=self.book, party=party
            ),
            query={"min_position": min_position, "why": why},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, bytes)

    def payout(
        self,
        payout: str,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Payout:
        """Return a payout with the items that it is made of."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/payouts/{payout}", book=self.book, payout=payout),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Payout)

    def payout_advice(
        self,
        payout: str,
        *,
        format: Literal["json", "csv", "pdf"] | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Advice:
        """Return what a payee is told of a payout, order by order."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/payouts/{payout}/advice", book=self.book, payout=payout),
            query={
                "format": format,
                "min_position": min_position,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Advice)

    def payees(
        self,
        *,
        party: str | UnsetType | None = UNSET,
        currency: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[PayeeRow]:
        """Return the payee accounts that have something no payout takes yet, or that owe."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/payees", book=self.book),
            query={
                "party": party,
                "currency": currency,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[PayeeRow])

    def payout_files(
        self,
        *,
        account: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[PayoutFileView]:
        """Return the files that told a bank of payouts, in the order of writing."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/payout-files", book=self.book),
            query={
                "account": account,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[PayoutFileView])

    def payout_instruct(
        self,
        *,
        pays_from: str,
        pay_on: date,
        currency: str,
        format: Literal["pain.001.001.03", "pain.001.001.09"] | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> InstructRun:
        """Write the file that tells the bank of approved payouts of a day, and record that it is told."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/payout-files", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"pays_from": pays_from, "pay_on": pay_on, "currency": currency, "format": format},
            keyed=True,
        )
        return self._call(asked, InstructRun)

    def payout_file(
        self,
        file: str,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> PayoutFile:
        """Return what a file told a bank, without what is confidential in it."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/payout-files/{file}", book=self.book, file=file),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, PayoutFile)

    def payout_file_content(
        self, file: str, *, min_position: int | UnsetType = UNSET, why: str | UnsetType | None = UNSET
    ) -> bytes:
        """Return a file for the bank, byte for byte as it was recorded."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/payout-files/{file}/content", book=self.book, file=file),
            query={"min_position": min_position, "why": why},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, bytes)

    def payout_sweep(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        payout: str,
        amount: Money,
        pays_from: str,
        pays_to: str,
        pay_on: date,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Plan to move the operator's fees out of the buyers' account, as far as the books say that they are there."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/payout-sweeps", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "payout": payout,
                "amount": amount,
                "pays_from": pays_from,
                "pays_to": pays_to,
                "pay_on": pay_on,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def payout_remit(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        payout: str,
        amount: Money,
        pays_from: str,
        tax: str,
        pay_on: date,
        authority: str | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Plan to pay the authority a tax, as far as the books say that it is owed."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/payout-remittances", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={
                "occurred_at": occurred_at,
                "payout": payout,
                "amount": amount,
                "pays_from": pays_from,
                "tax": tax,
                "pay_on": pay_on,
                "authority": authority,
            },
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def payout_answer(
        self, *, content: bytes, media_type: str = "application/octet-stream", dry_run: bool | UnsetType = UNSET
    ) -> AnswersTaken:
        """Take in what a bank says of files."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/payout-answers", book=self.book),
            query={"dry_run": dry_run},
            headers={"Content-Type": media_type},
            body=content,
            keyed=False,
        )
        return self._call(asked, AnswersTaken)

    def receivable(
        self,
        receivable: str,
        *,
        at: datetime | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Receivable:
        """Return a shipping bill's value with its chain."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/receivables/{receivable}", book=self.book, receivable=receivable),
            query={
                "at": at,
                "min_position": min_position,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Receivable)

    def remittance(
        self,
        remittance: str,
        *,
        reveal: bool | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
        why: str | UnsetType | None = UNSET,
    ) -> Remittance:
        """Return money from abroad and what it is matched to."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/remittances/{remittance}", book=self.book, remittance=remittance),
            query={
                "reveal": reveal,
                "min_position": min_position,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
                "why": why,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Remittance)

    def realisation_statement(
        self,
        party: str,
        quarter: str,
        *,
        format: Literal["json", "csv", "pdf"] | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> RealisationStatement:
        """Return what became of an exporter's shipments in a quarter."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/parties/{party}/realisation/{quarter}", book=self.book, party=party, quarter=quarter
            ),
            query={
                "format": format,
                "min_position": min_position,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, RealisationStatement)

    def bank_statements(
        self,
        *,
        bank_account: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[BankStatementView]:
        """Return the statements that were taken in, the last first, as they stand now."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/bank-statements", book=self.book),
            query={"bank_account": bank_account, "min_position": min_position, "limit": limit, "cursor": cursor},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[BankStatementView])

    def bank_statement_import(
        self,
        *,
        content: bytes,
        media_type: str = "application/octet-stream",
        format: str | UnsetType | None = UNSET,
        bank_account: str | UnsetType | None = UNSET,
    ) -> ImportedFile:
        """Take a bank's file in."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/bank-statements", book=self.book),
            query={"format": format, "bank_account": bank_account},
            headers={"Content-Type": media_type},
            body=content,
            keyed=False,
        )
        return self._call(asked, ImportedFile)

    def bank_entries(
        self,
        *,
        bank_account: str | UnsetType | None = UNSET,
        statement: str | UnsetType | None = UNSET,
        booked_from: date | UnsetType | None = UNSET,
        booked_to: date | UnsetType | None = UNSET,
        matched: bool | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[BankEntryView]:
        """Return lines of statements, the last recorded first, as they stand now."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/bank-entries", book=self.book),
            query={
                "bank_account": bank_account,
                "statement": statement,
                "booked_from": booked_from,
                "booked_to": booked_to,
                "matched": matched,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[BankEntryView])

    def open_items(
        self,
        *,
        account: str | UnsetType | None = UNSET,
        currency: str | UnsetType | None = UNSET,
        open: bool | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[OpenItemView]:
        """Return postings that show at a bank sooner or later, the last first."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/open-items", book=self.book),
            query={
                "account": account,
                "currency": currency,
                "open": open,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[OpenItemView])

    def bank_matches(
        self,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[MatchView]:
        """Return matches, the last made first, as they stand now."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/bank-matches", book=self.book),
            query={"min_position": min_position, "limit": limit, "cursor": cursor},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[MatchView])

    def match_make(
        self,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        match: str,
        entries: list[EntrySaidSaid],
        reason: str | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Say what lines of bank statements are, all of them or none."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/bank-matches", book=self.book),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "match": match, "entries": entries, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def bank_match(self, match: str, *, min_position: int | UnsetType = UNSET) -> MatchShown:
        """Return a match with its lines as they stand now."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/bank-matches/{match}", book=self.book, match=match),
            query={"min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, MatchShown)

    def reconciliation(self, *, min_position: int | UnsetType = UNSET) -> Standing:
        """Return how bank and ledger agree now."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/reconciliation", book=self.book),
            query={"min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Standing)

    def reconcile(
        self,
        *,
        bank_account: str | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
    ) -> ReconciliationReport:
        """Match what banks say with what the ledger expects, by rule, and say what isn't explained."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/reconciliation", book=self.book),
            query={"bank_account": bank_account, "dry_run": dry_run, "min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, ReconciliationReport)

    def breaks(
        self,
        *,
        kind: Literal[
            "amount",
            "date",
            "ambiguous",
            "missing_in_bank",
            "missing_in_ledger",
            "duplicate",
            "fee",
            "fx",
            "refund_out_of_period",
            "wrong_account",
            "unbalanced_statement",
            "gap",
        ]
        | UnsetType
        | None = UNSET,
        owner: str | UnsetType | None = UNSET,
        bank_account: str | UnsetType | None = UNSET,
        age: Literal["0-2", "3-7", "8-30", "31-90", "over 90"] | UnsetType | None = UNSET,
        open: bool | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[BreakView]:
        """Return where bank and ledger differ, the last found first, as it stands now."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/breaks", book=self.book),
            query={
                "kind": kind,
                "owner": owner,
                "bank_account": bank_account,
                "age": age,
                "open": open,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[BreakView])

    def break_(
        self,
        break_key: str,
        *,
        reveal: bool | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        why: str | UnsetType | None = UNSET,
    ) -> BreakShown:
        """Return a break."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/breaks/{break_key}", book=self.book, break_key=break_key),
            query={"reveal": reveal, "min_position": min_position, "why": why},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, BreakShown)

    def settlements(
        self,
        *,
        provider: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[SettlementView]:
        """Return payment providers' settlements, the last taken in first, as they stand now."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/settlements", book=self.book),
            query={"provider": provider, "min_position": min_position, "limit": limit, "cursor": cursor},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[SettlementView])

    def settlement_import(
        self, *, content: bytes, media_type: str = "application/octet-stream", mapping: str
    ) -> ImportedSettlements:
        """Take a payment provider's file in."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/settlements", book=self.book),
            query={"mapping": mapping},
            headers={"Content-Type": media_type},
            body=content,
            keyed=False,
        )
        return self._call(asked, ImportedSettlements)

    def settlement(self, provider: str, settlement: str, *, min_position: int | UnsetType = UNSET) -> Settlement:
        """Return what a payment provider paid out in one sum, as it stands now."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/settlements/{provider}/{settlement}",
                book=self.book,
                provider=provider,
                settlement=settlement,
            ),
            query={"min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Settlement)

    def settlement_lines(
        self,
        provider: str,
        settlement: str,
        *,
        open: bool | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[SettlementLineView]:
        """Return the lines of a settlement in the order of its file, and what they are, as they stand now."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/settlements/{provider}/{settlement}/lines",
                book=self.book,
                provider=provider,
                settlement=settlement,
            ),
            query={"open": open, "min_position": min_position, "limit": limit, "cursor": cursor},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[SettlementLineView])

    def settlement_clear(
        self,
        provider: str,
        settlement: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        parts: list[PartSaidSaid],
        reason: str | UnsetType = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> CommandAnswer:
        """Say what lines of a settlement are, all of them or none."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/settlements/{provider}/{settlement}/clear",
                book=self.book,
                provider=provider,
                settlement=settlement,
            ),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at, "parts": parts, "reason": reason},
            keyed=True,
        )
        return self._call(asked, CommandAnswer)

    def rate(
        self,
        *,
        from_: str,
        to: str,
        on: date | UnsetType | None = UNSET,
        source: str | UnsetType = UNSET,
        days_back: int | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> RateView:
        """Return how many units of one currency another is worth, over the base of the source's rates."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/rate", book=self.book),
            query={
                "from": from_,
                "to": to,
                "on": on,
                "source": source,
                "days_back": days_back,
                "min_position": min_position,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, RateView)

    def conversion(
        self,
        conversion: str,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Conversion:
        """Return a conversion, with its rates, its margin and what it closed."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/conversions/{conversion}", book=self.book, conversion=conversion),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Conversion)

    def exposures(
        self,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[ExposureRow]:
        """Return what conversions left open in each foreign currency, and at which functional value it is carried."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/exposures", book=self.book),
            query={
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[ExposureRow])

    def tax_certificates(
        self,
        *,
        partner: str | UnsetType | None = UNSET,
        quarter: str | UnsetType | None = UNSET,
        year_begins: int | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[TaxCertificate]:
        """Return what was withheld from partners' commission in a fiscal quarter and which GST it bore, by partner and payer."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/tax/certificates", book=self.book),
            query={
                "partner": partner,
                "quarter": quarter,
                "year_begins": year_begins,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[TaxCertificate])

    def three_way(
        self,
        *,
        from_: date | UnsetType | None = UNSET,
        to: date | UnsetType | None = UNSET,
        currency: str | UnsetType | None = UNSET,
        by_day: bool | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[ThreeWayRow]:
        """Return what orders say that moved, what the ledger posted, and what banks booked, by day and currency."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/three-way", book=self.book),
            query={
                "from": from_,
                "to": to,
                "currency": currency,
                "by_day": by_day,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[ThreeWayRow])

    def three_way_lines(
        self,
        *,
        from_: date | UnsetType | None = UNSET,
        to: date | UnsetType | None = UNSET,
        currency: str | UnsetType | None = UNSET,
        by_day: bool | UnsetType = UNSET,
        side: Literal["not-in-platform", "in-clearing", "in-transit", "bank"] | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[ThreeWayLine]:
        """Return the lines that explain by how much banks have more than orders say."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/three-way/lines", book=self.book),
            query={
                "from": from_,
                "to": to,
                "currency": currency,
                "by_day": by_day,
                "side": side,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[ThreeWayLine])

    def proof_of_holds(
        self,
        *,
        currency: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[CurrencyProof]:
        """Return, by currency, what orders say is held, what the books say, and whether buyers' money covers it."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/proof-of-holds", book=self.book),
            query={
                "currency": currency,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[CurrencyProof])

    def bank_proof(
        self,
        *,
        account: str | UnsetType | None = UNSET,
        currency: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> BankProofView:
        """Return the proof against banks' own closing balances."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/proof-of-holds/bank", book=self.book),
            query={
                "account": account,
                "currency": currency,
                "min_position": min_position,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, BankProofView)

    def bank_proof_lines(
        self,
        *,
        account: str | UnsetType | None = UNSET,
        currency: str | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[BankLine]:
        """Return the lines by which banks' closing balances and the ledger's differ, each with its reason and its break."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/proof-of-holds/bank/lines", book=self.book),
            query={
                "account": account,
                "currency": currency,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[BankLine])

    def floats(
        self,
        *,
        exporter: str | UnsetType | None = UNSET,
        payee: str | UnsetType | None = UNSET,
        order: str | UnsetType | None = UNSET,
        currency: str | UnsetType | None = UNSET,
        over: int | UnsetType | None = UNSET,
        waited_for: Literal[
            "dispute",
            "freeze",
            "suspension",
            "release",
            "approval",
            "bank-details",
            "debt",
            "minimum",
            "schedule",
            "planning",
            "instruction",
            "bank",
        ]
        | UnsetType
        | None = UNSET,
        state: Literal["waiting", "paid", "all"] | UnsetType = UNSET,
        to: date | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[FloatRow]:
        """Return how many days money stayed after the last condition was met, the longest first, and what it waited for."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/floats", book=self.book),
            query={
                "exporter": exporter,
                "payee": payee,
                "order": order,
                "currency": currency,
                "over": over,
                "waited_for": waited_for,
                "state": state,
                "to": to,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[FloatRow])

    def float_totals(
        self,
        *,
        exporter: str | UnsetType | None = UNSET,
        payee: str | UnsetType | None = UNSET,
        currency: str | UnsetType | None = UNSET,
        over: int | UnsetType | None = UNSET,
        state: Literal["waiting", "paid", "all"] | UnsetType = UNSET,
        to: date | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Page[FloatTotal]:
        """Return what money waited for in sum, by currency."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/floats/totals", book=self.book),
            query={
                "exporter": exporter,
                "payee": payee,
                "currency": currency,
                "over": over,
                "state": state,
                "to": to,
                "min_position": min_position,
                "limit": limit,
                "cursor": cursor,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[FloatTotal])

    def month_end(
        self,
        month: str,
        *,
        format: Literal["json", "csv", "pdf"] | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> MonthEnd:
        """Return the reconciliation of a month."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/month-ends/{month}", book=self.book, month=month),
            query={
                "format": format,
                "min_position": min_position,
                "at_position": at_position,
                "known_at": known_at,
                "as_of": as_of,
            },
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, MonthEnd)

    def evidence(
        self, sha256: str, *, min_position: int | UnsetType = UNSET, why: str | UnsetType | None = UNSET
    ) -> bytes:
        """Return a document by the hash of its bytes, as it was handed in."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/evidence/{sha256}", book=self.book, sha256=sha256),
            query={"min_position": min_position, "why": why},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, bytes)

    def agreement(
        self,
        agreement: str,
        *,
        min_position: int | UnsetType = UNSET,
        at_position: int | UnsetType | None = UNSET,
        known_at: str | UnsetType | None = UNSET,
        as_of: str | UnsetType | None = UNSET,
    ) -> Agreement:
        """Return an agreement with a partner."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/agreements/{agreement}", book=self.book, agreement=agreement),
            query={"min_position": min_position, "at_position": at_position, "known_at": known_at, "as_of": as_of},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Agreement)

    def period_close(
        self,
        period: str,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        dry_run: bool | UnsetType = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> PeriodClosed:
        """Check the books, close a month and all before it, and seal what every account stood at."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/periods/{period}/close", book=self.book, period=period),
            query={"dry_run": dry_run},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at},
            keyed=True,
        )
        return self._call(asked, PeriodClosed)

    def periods(
        self,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[PeriodView]:
        """Return every month that was closed or asked about, in order, with its closings, seals and reopenings."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/periods", book=self.book),
            query={"min_position": min_position, "limit": limit, "cursor": cursor},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[PeriodView])

    def period(self, period: str, *, min_position: int | UnsetType = UNSET) -> Period:
        """Return a month with its closings, seals and reopenings."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/periods/{period}", book=self.book, period=period),
            query={"min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Period)

    def verify_period(
        self,
        period: str,
        *,
        min_position: int | UnsetType = UNSET,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType | None = UNSET,
    ) -> Page[SealCheck]:
        """Return for each seal of a month whether the log gives the same figures today."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/periods/{period}/verify", book=self.book, period=period),
            query={"min_position": min_position, "limit": limit, "cursor": cursor},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Page[SealCheck])

    def compare_periods(
        self,
        period: str,
        *,
        with_: str,
        closing: int | UnsetType | None = UNSET,
        with_closing: int | UnsetType | None = UNSET,
        min_position: int | UnsetType = UNSET,
    ) -> Comparison:
        """Return two sealed closings side by side."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/periods/{period}/compare", book=self.book, period=period),
            query={"with": with_, "closing": closing, "with_closing": with_closing, "min_position": min_position},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, Comparison)

    def order_evidence_pack(
        self,
        order: str,
        *,
        party: str | UnsetType | None = UNSET,
        in_clear: bool | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        why: str | UnsetType | None = UNSET,
    ) -> bytes:
        """Return all that proves a trade, as a zip."""
        asked = Asked(
            method="GET",
            path=path_of("/v1/books/{book}/orders/{order}/evidence-pack", book=self.book, order=order),
            query={"party": party, "in_clear": in_clear, "min_position": min_position, "why": why},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, bytes)

    def dispute_evidence_pack(
        self,
        order: str,
        dispute: int,
        *,
        party: str | UnsetType | None = UNSET,
        in_clear: bool | UnsetType = UNSET,
        min_position: int | UnsetType = UNSET,
        why: str | UnsetType | None = UNSET,
    ) -> bytes:
        """Return all that proves a dispute, as a zip."""
        asked = Asked(
            method="GET",
            path=path_of(
                "/v1/books/{book}/orders/{order}/disputes/{dispute}/evidence-pack",
                book=self.book,
                order=order,
                dispute=dispute,
            ),
            query={"party": party, "in_clear": in_clear, "min_position": min_position, "why": why},
            headers={},
            body=None,
            keyed=False,
        )
        return self._call(asked, bytes)

    def preview(
        self,
        *,
        candidates: list[CandidateSaid] | UnsetType = UNSET,
        remedies: Any = UNSET,
        rulebooks: list[str] | UnsetType = UNSET,
        at: str | UnsetType | None = UNSET,
    ) -> PreviewView:
        """Show what candidates would come to, side by side."""
        asked = Asked(
            method="POST",
            path=path_of("/v1/books/{book}/previews", book=self.book),
            query={},
            headers={},
            body={"candidates": candidates, "remedies": remedies, "rulebooks": rulebooks, "at": at},
            keyed=False,
        )
        return self._call(asked, PreviewView)

    def preview_execute(
        self,
        preview: str,
        candidate: int,
        *,
        occurred_at: str | UnsetType | None = UNSET,
        key: str | None = None,
        if_match: str | None = None,
    ) -> Any:
        """Carry a candidate of one's own out exactly as it was shown, or refuse because the dispute has moved on."""
        asked = Asked(
            method="POST",
            path=path_of(
                "/v1/books/{book}/previews/{preview}/{candidate}/execute",
                book=self.book,
                preview=preview,
                candidate=candidate,
            ),
            query={},
            headers={"Idempotency-Key": key, "If-Match": if_match},
            body={"occurred_at": occurred_at},
            keyed=True,
        )
        return self._call(asked, object)
