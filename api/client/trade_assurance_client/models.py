"""Models: what the API takes and answers, by name. Made by `python -m tests.docs.client`: what is changed here is lost."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from trade_assurance_client.money import Money

__all__ = [
    "Account",
    "AccountBalance",
    "AccountForeseen",
    "AccountRow",
    "Action",
    "Agreement",
    "AgreementRow",
    "AgreementTerms",
    "AgreementTermsSaid",
    "Amendment",
    "AmendmentSaid",
    "AmendmentView",
    "AppealView",
    "Approvers",
    "AttemptRow",
    "AuditRow",
    "AuditStep",
    "Balance",
    "BalanceLine",
    "BreakdownView",
    "CandidateSaid",
    "CandidateView",
    "Check",
    "CheckpointAnswered",
    "ClaimShown",
    "ClaimView",
    "Clock",
    "ClockForeseen",
    "ClosingView",
    "CommandAnswer",
    "CommandProof",
    "CommissionRow",
    "ComparedLine",
    "Comparison",
    "ComparisonShown",
    "CounterfactualShown",
    "CurrencyTerms",
    "CurrencyTermsSaid",
    "DeadLetter",
    "Deadline",
    "DeadlineRow",
    "DecisionShown",
    "DecisionView",
    "DeliveryView",
    "Dispute",
    "DisputeRow",
    "EntryAnswered",
    "EntryForeseen",
    "EventView",
    "EvidenceView",
    "Explanation",
    "Extent",
    "Fault",
    "Figure",
    "Finding",
    "FindingInClearSaid",
    "FourEyesRow",
    "Further",
    "Guarantee",
    "GuaranteeRow",
    "Hold",
    "HoldRow",
    "ItemAnswer",
    "KnownKey",
    "LineChange",
    "LineChangeSaid",
    "LineQuantitySaid",
    "LineSaid",
    "LineView",
    "ListAnswer",
    "LogState",
    "MessageView",
    "Moment",
    "MoneyForeseen",
    "NewClaimSaid",
    "NewWebhookView",
    "OfferShown",
    "OfferView",
    "OpeningBalanceSaid",
    "Order",
    "OrderCommission",
    "OrderRow",
    "Origin",
    "PartForeseen",
    "PartyRow",
    "Payee",
    "PaymentOutRow",
    "PaymentStep",
    "PaymentStepSaid",
    "PaymentStepView",
    "Period",
    "PeriodClosed",
    "PeriodView",
    "PeriodViewsSaid",
    "PolicyState",
    "PostedEntry",
    "PostedLine",
    "Posting",
    "PostingAnswered",
    "PreviewView",
    "Problem",
    "ReadingRow",
    "RealisationWindow",
    "RealisationWindowSaid",
    "Refund",
    "RefundView",
    "Release",
    "ReleaseView",
    "Remedy",
    "ReopeningView",
    "ReplayView",
    "RequestView",
    "ResourceClaimShown",
    "RuleChange",
    "RuleNamed",
    "Rulebook",
    "RulebookRow",
    "RulebookStep",
    "Rules",
    "RulesSaid",
    "Ruling",
    "RulingInClearSaid",
    "Said",
    "SealCheck",
    "SealView",
    "Statement",
    "StatementLine",
    "StatementPage",
    "Term",
    "TermsVersion",
    "Tier",
    "TierSaid",
    "TimelineStep",
    "TotalShown",
    "TrialBalanceLine",
    "WatchlistRow",
    "WebhookView",
    "WitnessProblem",
    "WitnessView",
    "WriteOffView",
    "YearTotal",
]


class Account(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account with all its currencies. meaning: what the control account is for."""

    account: str
    control: str
    kind: Literal["asset", "expense", "income", "liability"]
    meaning: str
    balances: list[AccountBalance]
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class AccountBalance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is on an account in one currency, on its normal side, in minor units."""

    currency: str
    balance: Money


class AccountForeseen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By how much an account moves in all: debits above zero, credits below, in minor units."""

    account: str
    currency: str
    amount: Money


class AccountRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account in a currency. control: its line of the chart; balance: on its normal side."""

    account: str
    control: str
    kind: Literal["asset", "expense", "income", "liability"]
    currency: str
    balance: Money


class Action(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that the caller may say next."""

    action: str
    method: str
    href: str
    with_: dict[str, Any] = msgspec.field(name="with")
    by: Any


class Agreement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agreement: with whom, from when on which terms, and what its years came to."""

    agreement: str
    partner: str
    ends_on: date | None
    year_begins: int
    time_zone: str
    versions: list[TermsVersion]
    totals: list[YearTotal]
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class AgreementRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agreement as a list shows it. versions: how many terms there were, the last from a day on."""

    agreement: str
    partner: str
    starts_on: date
    ends_on: date | None
    time_zone: str
    versions: int
    terms_from: date


class AgreementTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is agreed with a partner. Rates are basis points."""

    rate_bps: int
    basis: Literal["gross", "net", "service_fee"] | msgspec.UnsetType = msgspec.UNSET
    payer: Literal["exporter", "operator"] | msgspec.UnsetType = msgspec.UNSET
    attribution_days: int
    by_currency: dict[str, CurrencyTerms] | msgspec.UnsetType = msgspec.UNSET
    withholding: str | msgspec.UnsetType = msgspec.UNSET
    gst: str | msgspec.UnsetType = msgspec.UNSET
    payer_country: str | msgspec.UnsetType = msgspec.UNSET
    partner_country: str | msgspec.UnsetType = msgspec.UNSET


class AgreementTermsSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is agreed with a partner. Rates are basis points."""

    rate_bps: int
    basis: Literal["gross", "net", "service_fee"] | msgspec.UnsetType = msgspec.UNSET
    payer: Literal["exporter", "operator"] | msgspec.UnsetType = msgspec.UNSET
    attribution_days: int
    by_currency: dict[str, CurrencyTermsSaid] | msgspec.UnsetType = msgspec.UNSET
    withholding: str | msgspec.UnsetType = msgspec.UNSET
    gst: str | msgspec.UnsetType = msgspec.UNSET
    payer_country: str | msgspec.UnsetType = msgspec.UNSET
    partner_country: str | msgspec.UnsetType = msgspec.UNSET


class Amendment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A change that one side asked for, in minor units of the order's currency; what isn't named stays as it is."""

    order: str
    number: int
    currency: str
    by: Literal["buyer", "exporter"]
    lines: list[LineChange]
    step_amounts: list[Money]
    ship_by: date | None
    deliver_by: date | None
    total: Money
    proposed_at: str
    state: Literal["accepted", "declined", "waiting"] | msgspec.UnsetType = msgspec.UNSET
    decided_at: str | msgspec.UnsetType | None = msgspec.UNSET
    decided_by: Literal["buyer", "exporter"] | msgspec.UnsetType | None = msgspec.UNSET
    declined_because: str | msgspec.UnsetType | None = msgspec.UNSET
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class AmendmentSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What would change; what isn't named stays."""

    lines: list[LineChangeSaid] | msgspec.UnsetType = msgspec.UNSET
    step_amounts: list[Money] | msgspec.UnsetType = msgspec.UNSET
    ship_by: date | msgspec.UnsetType | None = msgspec.UNSET
    deliver_by: date | msgspec.UnsetType | None = msgspec.UNSET


class AmendmentView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A change that one side asked for, in minor units of the order's currency; what isn't named stays as it is."""

    order: str
    number: int
    currency: str
    by: Literal["buyer", "exporter"]
    lines: list[LineChange]
    step_amounts: list[Money]
    ship_by: date | None
    deliver_by: date | None
    total: Money
    proposed_at: str
    state: Literal["accepted", "declined", "waiting"] | msgspec.UnsetType = msgspec.UNSET
    decided_at: str | msgspec.UnsetType | None = msgspec.UNSET
    decided_by: Literal["buyer", "exporter"] | msgspec.UnsetType | None = msgspec.UNSET
    declined_because: str | msgspec.UnsetType | None = msgspec.UNSET


class AppealView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What there is of an appeal of a claim that was decided."""

    claim: int
    status: Literal["appealed", "open", "replacing", "returning", "ruled", "settled"]
    decision: int
    appealed_by: Literal["buyer", "exporter"] | None
    waived_by: list[Literal["buyer", "exporter"]]
    until: str | None


class Approvers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who may approve or reject what waits: somebody in one of these roles, but not the person who proposed it."""

    roles: list[str]
    but_not: str


class AttemptRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A command that didn't happen."""

    recorded_at: str
    category: Literal["forbidden", "refused"]
    actor: str | None
    role: str | None
    principal: str
    command_id: str
    command: str | None
    object: str | None
    code: str
    details: dict[str, Any]
    cursor: str


class AuditRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An accepted command."""

    first_position: int
    last_position: int
    recorded_at: str
    occurred_at: str
    actor: str
    role: str
    principal: str
    command_id: str
    command: str | None
    steps: list[AuditStep]


class AuditStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event of a command: policy is the rule by which it followed, empty where the command itself made it."""

    position: int
    topic: str
    object: str
    policy: str
    occurred_at: str


class Balance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an account holds in a currency, on its normal side, in minor units."""

    account: str
    currency: str
    balance: Money


class BalanceLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stands on an account in a currency: debits minus credits, in minor units."""

    account: str
    currency: str
    balance: Money


class BreakdownView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a gross amount falls apart, in minor units: net + fee + tax = gross."""

    gross: Money
    fee: Money
    tax: Money
    net: Money


class CandidateSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that might be said about an order."""

    command: Any
    name: str | msgspec.UnsetType = msgspec.UNSET
    actor: str | msgspec.UnsetType = msgspec.UNSET
    role: str | msgspec.UnsetType = msgspec.UNSET
    rulebook: str | msgspec.UnsetType = msgspec.UNSET


class CandidateView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A candidate and what it would come to."""

    number: int
    name: str
    order: str
    currency: str
    command: str
    actor: str
    role: str
    executable: bool
    refusal: Any
    at_once: PartForeseen
    in_the_end: PartForeseen
    ends_at: str | None


class Check(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that has to be so before a period is closed, whether it is, and what was found."""

    name: str
    passed: bool
    found: str


class CheckpointAnswered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The newest checkpoint that covers the command's events: the root is in hexadecimal digits."""

    origin: str
    size: int
    root: str
    signed_at: str


class ClaimShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A claim by itself, with its offers, its evidence and what the mediator asked for about it."""

    number: int
    kind: Literal["damaged", "late", "not-as-described", "not-shipped", "other", "quality", "quantity"]
    line: int
    quantity: int
    days_late: int
    amount: Money
    comment: str
    status: Literal["appealed", "open", "replacing", "returning", "ruled", "settled"]
    stance: Literal["accepts", "contests", ""]
    answer: str
    set_aside: Money
    charged_back: Money
    remedy: Any
    decision: int
    appealed_by: Literal["buyer", "exporter", ""]
    waived_by: list[Literal["buyer", "exporter"]]
    goods_on_their_way: bool
    paid: Any
    dispute: str
    currency: str
    offers: list[OfferView]
    evidence: list[EvidenceView]
    requests: list[RequestView]


class ClaimView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A claim as it stands, amounts in minor units."""

    number: int
    kind: Literal["damaged", "late", "not-as-described", "not-shipped", "other", "quality", "quantity"]
    line: int
    quantity: int
    days_late: int
    amount: Money
    comment: str
    status: Literal["appealed", "open", "replacing", "returning", "ruled", "settled"]
    stance: Literal["accepts", "contests", ""]
    answer: str
    set_aside: Money
    charged_back: Money
    remedy: Any
    decision: int
    appealed_by: Literal["buyer", "exporter", ""]
    waived_by: list[Literal["buyer", "exporter"]]
    goods_on_their_way: bool
    paid: Any


class Clock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A deadline of a trade, the last by its name."""

    order: str
    clock: str
    kind: Literal[
        "acceptance",
        "answer",
        "appeal",
        "claims",
        "escalation",
        "evidence",
        "inspection",
        "mediation",
        "offer",
        "payment",
        "refund-start",
        "replacement",
        "replacement-acknowledgement",
        "return",
        "return-acknowledgement",
        "review",
        "ship-by",
    ]
    about: str
    cause: str
    silence_of: Literal["buyer", "exporter", "mediator", "operator", "parties"]
    effect: Literal["decides", "reminds"]
    state: Literal["expired", "paused", "running", "stopped"]
    started_at: str
    due_at: str
    paused_at: str | None
    ended_at: str | None
    because: str | None
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class ClockForeseen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What would happen to a clock, when, and when it would end then; nothing where it runs no more or is paused."""

    occurred_at: str
    clock: str
    move: Literal["expired", "extended", "paused", "resumed", "started", "stopped"]
    due_at: str | None


class ClosingView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One closing of a period. stands: whether the period hasn't been reopened since."""

    closing: int
    said: PeriodViewsSaid
    stands: bool
    seal: Any = msgspec.UNSET


class CommandAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of an accepted command: its events at their positions, first and last, and all that follows from them."""

    first_position: int
    position: int
    repeated: bool
    events: list[EventView]
    entries: list[EntryAnswered]
    state: dict[str, dict[str, Any]]
    checkpoint: Any
    links: dict[str, str]
    dry_run: bool | msgspec.UnsetType = msgspec.UNSET


class CommandProof(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The proof of one of a command's events, as the text of a C2SP tlog-proof."""

    position: int
    proof: str


class CommissionRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A month of what one exporter's trade brings a partner, in minor units."""

    partner: str
    exporter: str
    payer: str
    currency: str
    month: date
    accrued: Money
    earned: Money
    gst: Money
    withheld: Money
    clawed_back: Money
    clawed_back_earned: Money
    unearned: Money
    due: Money


class ComparedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A control account in two closings, in minor units, debits less credits; difference: right less left."""

    account: str
    currency: str
    left: Money
    right: Money
    difference: Money


class Comparison(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Two closings side by side; same: whether every account, and not only the control accounts, is the same."""

    left: str
    right: str
    same: bool
    left_accounts: int
    right_accounts: int
    lines: list[ComparedLine]


class ComparisonShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A comparison as it looks outside: what is measured in `minor` is money."""

    position: int
    order: str
    kind: str
    about: str
    measure: Literal["answer", "days", "instant", "minor"]
    real: Any
    would_be: Any
    difference: Any
    rules: list[str]


class CounterfactualShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A range of the log under other rules, as it looks outside."""

    from_position: int
    to_position: int
    held_fixed: list[str]
    orders: int
    differing: int
    totals: list[TotalShown]
    differences: list[ComparisonShown]


class CurrencyTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an agreement says about one currency beyond the rate, in its minor units."""

    tiers: list[Tier] | msgspec.UnsetType = msgspec.UNSET
    cap: Any = msgspec.UNSET
    minimum: Money | msgspec.UnsetType = msgspec.UNSET


class CurrencyTermsSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an agreement says about one currency beyond the rate, in its minor units."""

    tiers: list[TierSaid] | msgspec.UnsetType = msgspec.UNSET
    cap: Any = msgspec.UNSET
    minimum: Any = msgspec.UNSET


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event that wasn't delivered: after so many attempts, and why. next_attempt_at: while it is replayed, when it is tried again."""

    position: int
    attempts: int
    died_at: str
    problem: str
    replay_attempts: int
    next_attempt_at: str | None


class Deadline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Until when something is to be said, and by which clock."""

    at: str
    clock: Literal[
        "acceptance",
        "answer",
        "appeal",
        "claims",
        "escalation",
        "evidence",
        "inspection",
        "mediation",
        "offer",
        "payment",
        "refund-start",
        "replacement",
        "replacement-acknowledgement",
        "return",
        "return-acknowledgement",
        "review",
        "ship-by",
    ]


class DeadlineRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One running clock."""

    order: str
    clock: str
    kind: Literal[
        "acceptance",
        "answer",
        "appeal",
        "claims",
        "escalation",
        "evidence",
        "inspection",
        "mediation",
        "offer",
        "payment",
        "refund-start",
        "replacement",
        "replacement-acknowledgement",
        "return",
        "return-acknowledgement",
        "review",
        "ship-by",
    ]
    about: str
    cause: str
    silence_of: Literal["buyer", "exporter", "mediator", "operator", "parties"]
    effect: Literal["decides", "reminds"]
    days: int
    counted: Literal["date", "days", "working-days"]
    started_at: str
    due_at: str
    paused_at: str | None
    position: int


class DecisionShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decision by itself, in its dispute's currency."""

    number: int
    mediator: str
    appeal: bool
    at_stake: Money
    rulings: list[Ruling]
    evidence: list[int]
    evidence_sha256: str
    proposed_at: str
    state: Literal["given", "overtaken", "pending", "returned"]
    approved_by: str
    given_at: str | None
    currency: str


class DecisionView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decision: its rulings with findings and the evidence that each rests on, and the seal of all that was considered."""

    number: int
    mediator: str
    appeal: bool
    at_stake: Money
    rulings: list[Ruling]
    evidence: list[int]
    evidence_sha256: str
    proposed_at: str
    state: Literal["given", "overtaken", "pending", "returned"]
    approved_by: str
    given_at: str | None


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attempt as shown; number: of the webhook's attempts, the last one highest."""

    number: int
    position: int
    attempt: int
    at: str
    outcome: str
    status: int | None
    problem: str
    milliseconds: int


class Dispute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A dispute with everything that its mediator looks at, amounts in minor units."""

    dispute: str
    order: str
    number: int
    status: Literal["escalated", "negotiating", "settled"]
    buyer: str
    exporter: str
    currency: str
    mediator: str
    mediator_declared: bool
    recused: list[str]
    opened_at: str
    escalated_at: str | None
    escalated_by: Literal["buyer", "clock", "exporter", ""]
    settled_at: str | None
    claimed: Money
    set_aside: Money
    paid: Money
    claims: list[ClaimView]
    offers: list[OfferView]
    requests: list[RequestView]
    evidence: list[EvidenceView]
    messages: list[MessageView]
    decisions: list[DecisionView]
    clocks: list[DeadlineRow]
    texts: Any
    timeline: list[TimelineStep]
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class DisputeRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One dispute as the work list shows it, amounts in minor units."""

    order: str
    number: int
    status: str
    buyer: str
    exporter: str
    currency: str
    mediator: str
    claims: int
    open_claims: int
    pending_decision: int
    claimed: Money
    paid: Money
    opened_at: str
    escalated_at: str | None
    settled_at: str | None
    position: int
    set_aside: Money
    must_act: str | None
    clock: str | None
    due_at: str | None


class EntryAnswered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an event of the command posted."""

    position: int
    topic: str
    about: str
    posting_date: date
    postings: list[PostingAnswered]


class EntryForeseen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry that would be made, of what, because of which policy (empty for the command itself)."""

    occurred_at: str
    topic: str
    about: str
    policy: str
    postings: list[Posting]


class EventView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event with its envelope: where it stands, when it happened and was recorded, by whom, and why."""

    position: int
    originator_id: str
    version: int
    topic: str
    occurred_at: str
    recorded_at: str
    posting_date: date
    actor: str
    role: str
    principal: str
    command_id: str
    policy: str
    event: Any


class EvidenceView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of evidence; late: it stands outside what the first decision may rest on. The name is a commitment."""

    number: int
    claim: int
    by: Literal["buyer", "exporter"]
    request: int
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    submitted_at: str
    late: bool


class Explanation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked, the moment that was looked at, and the figures: of an account, one in each currency."""

    what: str
    position: int
    as_of: date | None
    figures: list[Figure]


class Extent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From which moment to which a statement goes, and in which order."""

    by: Literal["posting-date", "recording"]
    opening: Moment
    closing: Moment


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault: of the path, the query and the headers by `name`, of the body by `pointer` (RFC 6901)."""

    in_: Literal["body", "header", "path", "query"] = msgspec.field(name="in")
    problem: str
    name: str | msgspec.UnsetType = msgspec.UNSET
    pointer: str | msgspec.UnsetType = msgspec.UNSET


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An amount and what it is the sum of, in minor units of its currency; on the normal side of an account."""

    kind: Literal["account", "component", "parts", "posting", "reference", "rest", "side", "span"]
    label: str
    amount: Money
    currency: str
    how: str | msgspec.UnsetType = msgspec.UNSET
    terms: list[Term] | msgspec.UnsetType = msgspec.UNSET
    rule: str | msgspec.UnsetType = msgspec.UNSET
    event: Any = msgspec.UNSET
    command: Any = msgspec.UNSET
    entry: list[Posting] | msgspec.UnsetType = msgspec.UNSET
    postings: int | msgspec.UnsetType = msgspec.UNSET
    more: bool | msgspec.UnsetType = msgspec.UNSET
    further: Any = msgspec.UNSET
    children: list[Figure] | msgspec.UnsetType = msgspec.UNSET


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sentence of a decision, as a commitment, and the numbers of the evidence that it rests on."""

    text: str
    evidence: list[int]


class FindingInClearSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sentence of a decision, in clear, and the numbers of the evidence that it rests on."""

    text: str
    evidence: list[int] | msgspec.UnsetType = msgspec.UNSET


class FourEyesRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A proposal and what became of it."""

    proposal: str
    what: Literal["decision", "refund", "release", "reopening", "rulebook", "write-off"]
    reference: str
    currency: str | None
    amount: Any
    position: int
    proposed_at: str
    proposed_by: str
    stands: Literal["approved", "overtaken", "rejected", "waiting"]
    decided_position: int | None
    decided_at: str | None
    decided_by: str | None
    policy: str | None
    two_people: bool | None


class Further(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to ask to see a figure unfold further, at the same moment."""

    what: str
    currency: str
    at_position: int
    as_of: date | msgspec.UnsetType | None = msgspec.UNSET
    within: str | msgspec.UnsetType = msgspec.UNSET
    after: str | msgspec.UnsetType = msgspec.UNSET


class Guarantee(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the operator advanced for an order, and what became of it, in minor units of the order's currency."""

    order: str
    currency: str
    advanced: Money
    repaid: Money
    written_off: Money
    outstanding: Money
    pending: list[WriteOffView]
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class GuaranteeRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A guarantee as a list shows it, in minor units of its order's currency."""

    order: str
    exporter: str
    currency: str
    advanced: Money
    repaid: Money
    written_off: Money
    outstanding: Money


class Hold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The money of one order, in minor units of its currency."""

    order: str
    buyer: str
    exporter: str
    currency: str
    status: Literal["closed", "open"]
    received: Money
    held: Money
    disputed: Money
    frozen: Money
    free: Money
    due: Money
    conceded: Money
    waiting_releases: Money
    waiting_refunds: Money
    released: BreakdownView
    recovered: BreakdownView
    refunded: Money
    charged_back: Money
    charged_to_exporter: Money
    charged_to_buyer: Money
    steps: list[PaymentStepView]
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class HoldRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order's money as the list of holds has it, in minor units; position: of the trade's last event."""

    order: str
    buyer: str
    exporter: str
    currency: str
    received: Money
    held: Money
    disputed: Money
    frozen: Money
    released: Money
    recovered: Money
    refunded: Money
    charged_back: Money
    position: int


class ItemAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one command of a list: the status that it would have had by itself, and its answer or problem."""

    index: int
    status: int
    answer: CommandAnswer | msgspec.UnsetType = msgspec.UNSET
    problem: Problem | msgspec.UnsetType = msgspec.UNSET


class KnownKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A verifier key that signs, or once did."""

    key_: str = msgspec.field(name="key")
    last_size: int | msgspec.UnsetType | None = msgspec.UNSET
    leaked: bool | msgspec.UnsetType = msgspec.UNSET


class LineChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one line of an order becomes; the amount is for the whole quantity, in minor units."""

    line: int
    quantity: int
    amount: Money


class LineChangeSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one line of an order becomes; the amount is for the whole quantity, in minor units."""

    line: int
    quantity: int
    amount: Money


class LineQuantitySaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much of one line goes with a dispatch."""

    line: int
    quantity: int


class LineSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One position of an order. The number counts from 1; the amount is for the whole quantity, in minor units."""

    number: int
    sku: str
    quantity: int
    amount: Money


class LineView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of an order, the amount for its whole quantity in minor units; undispatched: what hasn't left yet."""

    number: int
    sku: str
    quantity: int
    undispatched: int
    currency: str
    amount: Money


class ListAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a list of commands."""

    atomic: bool
    recorded: int
    position: int
    items: list[ItemAnswer]
    dry_run: bool | msgspec.UnsetType = msgspec.UNSET


class LogState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a book's log is, and what others can know of it."""

    origin: str
    size: int
    signed_size: int
    root: str
    signed_at: str | None
    cosigned_by: list[str]
    policy: bool
    witnessed_size: int
    keys: list[KnownKey]


class MessageView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody wrote to the others. The text is a commitment."""

    number: int
    by: str
    text: str
    posted_at: str


class Moment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much of a book an answer takes into account."""

    position: int | msgspec.UnsetType = msgspec.UNSET
    as_of: date | msgspec.UnsetType | None = msgspec.UNSET


class MoneyForeseen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a future brings to whom, in minor units."""

    buyer_refunded: Money | msgspec.UnsetType = msgspec.UNSET
    charged_back: Money | msgspec.UnsetType = msgspec.UNSET
    exporter_released: Money | msgspec.UnsetType = msgspec.UNSET
    exporter_recovered: Money | msgspec.UnsetType = msgspec.UNSET
    service_fee: Money | msgspec.UnsetType = msgspec.UNSET
    service_fee_tax: Money | msgspec.UnsetType = msgspec.UNSET
    commission_accrued: Money | msgspec.UnsetType = msgspec.UNSET
    commission_clawed_back: Money | msgspec.UnsetType = msgspec.UNSET
    commission_earned: Money | msgspec.UnsetType = msgspec.UNSET
    commission_tax: Money | msgspec.UnsetType = msgspec.UNSET
    tax_withheld: Money | msgspec.UnsetType = msgspec.UNSET


class NewClaimSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A claim to be made."""

    kind: Literal["damaged", "late", "not-as-described", "not-shipped", "other", "quality", "quantity"]
    line: int | msgspec.UnsetType = msgspec.UNSET
    quantity: int | msgspec.UnsetType | None = msgspec.UNSET
    amount: Any = msgspec.UNSET
    comment: str | msgspec.UnsetType = msgspec.UNSET


class NewWebhookView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A webhook and its secret, which is told this once; empty where it was told before."""

    webhook: str
    url: str
    description: str
    topics: list[str]
    order: str
    party: str
    reader_role: str
    reader_party: str
    status: Literal["active", "ended", "paused"]
    reason: str
    created_at: str
    created_by: str
    position: int
    attempts: int
    failing_since: str | None
    next_attempt_at: str | None
    problem: str
    former_secret_until: str | None
    links: dict[str, str]
    secret: str


class OfferShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An offer by itself, in its dispute's currency."""

    number: int
    claim: int
    by: Literal["buyer", "exporter"]
    remedy: Remedy
    made_at: str
    state: Literal["accepted", "declined", "expired", "off-the-table", "open"]
    currency: str


class OfferView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An offer and what became of it; off the table: overtaken by another one, or by the end of its claim."""

    number: int
    claim: int
    by: Literal["buyer", "exporter"]
    remedy: Remedy
    made_at: str
    state: Literal["accepted", "declined", "expired", "off-the-table", "open"]


class OpeningBalanceSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A balance in its currency."""

    account: str
    amount: Money
    currency: str


class Order(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order with its terms, amounts in minor units."""

    order: str
    buyer: str
    exporter: str
    currency: str
    status: str
    transport_mode: str
    ship_by: date
    rulebook: str
    total: Money
    received: Money
    held: Money
    disputed: Money
    frozen: Money
    released: Money
    recovered: Money
    refunded: Money
    charged_back: Money
    placed_at: str
    position: int
    deliver_by: date | None
    line_count: int
    steps: list[PaymentStep]
    receipt: Literal["confirmed", "lapsed"] | None
    received_at: str | None
    claims_ended: bool
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class OrderCommission(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One order's commission, in minor units: accrued = clawed back + earned + unearned."""

    order: str
    agreement: str
    partner: str
    exporter: str
    payer: Literal["exporter", "operator"]
    terms_from: date
    currency: str
    released: Money
    recovered: Money
    basis: Money
    accrued: Money
    earned: Money
    unearned: Money
    clawed_back: Money
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class OrderRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One order as the work list shows it."""

    order: str
    buyer: str
    exporter: str
    currency: str
    status: str
    transport_mode: str
    ship_by: date
    rulebook: str
    total: Money
    received: Money
    held: Money
    disputed: Money
    frozen: Money
    released: Money
    recovered: Money
    refunded: Money
    charged_back: Money
    placed_at: str
    position: int


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The event that an amount is from."""

    position: int
    topic: str
    reference: str
    posting_date: date
    occurred_at: str
    recorded_at: str


class PartForeseen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stretch of a future: its money, its entries in order, and what happens to clocks."""

    money: MoneyForeseen
    accounts: list[AccountForeseen]
    entries: list[EntryForeseen]
    clocks: list[ClockForeseen]


class PartyRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A party and how it stands."""

    party: str
    roles: list[Literal["buyer", "exporter", "inspector", "mediator", "partner"]]
    country: str
    is_suspended: bool
    hits: list[str]
    outdated: list[str]
    legal_holds: list[str]
    is_forgotten: bool


class Payee(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a party may be paid in one currency, below zero what it owes, in minor units."""

    party: str
    currency: str
    balance: Money
    by_account: dict[str, Money]
    unclaimed_by_account: dict[str, Money]
    covered: Money
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class PaymentOutRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A release or refund as a list shows it."""

    order: str
    number: int
    buyer: str
    exporter: str
    currency: str
    amount: Money
    stands: Literal["approved", "rejected", "waiting"]
    proposed_at: str
    proposed_by: str
    decided_at: str | None
    decided_by: str | None
    by_rule: bool | None
    position: int


class PaymentStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the payments agreed for an order, as a deposit or a balance, and what makes it due."""

    name: str
    amount: Money
    trigger: Literal["acceptance", "delivery", "dispatch"] | msgspec.UnsetType = msgspec.UNSET


class PaymentStepSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the payments agreed for an order, as a deposit or a balance, and what makes it due."""

    name: str
    amount: Money
    trigger: Literal["acceptance", "delivery", "dispatch"] | msgspec.UnsetType = msgspec.UNSET


class PaymentStepView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the payments agreed for an order, and what came in for it, in minor units."""

    number: int
    name: str
    trigger: Literal["acceptance", "delivery", "dispatch"]
    amount: Money
    paid: Money


class Period(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A period and its trail."""

    period: str
    first_day: date
    last_day: date
    state: Literal["closed", "open", "sealed"]
    closings: list[ClosingView] | msgspec.UnsetType = msgspec.UNSET
    reopenings: list[ReopeningView] | msgspec.UnsetType = msgspec.UNSET
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class PeriodClosed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a closing, the checks before it (none where it was closed already), and the month."""

    first_position: int
    position: int
    repeated: bool
    events: list[EventView]
    entries: list[EntryAnswered]
    state: dict[str, dict[str, Any]]
    checkpoint: Any
    links: dict[str, str]
    dry_run: bool | msgspec.UnsetType = msgspec.UNSET
    checks: list[Check]
    period: PeriodView


class PeriodView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A period and its trail."""

    period: str
    first_day: date
    last_day: date
    state: Literal["closed", "open", "sealed"]
    closings: list[ClosingView] | msgspec.UnsetType = msgspec.UNSET
    reopenings: list[ReopeningView] | msgspec.UnsetType = msgspec.UNSET


class PeriodViewsSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who said something, and when."""

    position: int
    actor: str
    role: str
    occurred_at: str
    recorded_at: str


class PolicyState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far the cosignatures of a book's log go."""

    book: str
    origin: str | None
    size: int | None
    quorum: str
    quorum_size: int | None
    met: bool
    witnesses: list[WitnessView]


class PostedEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry as it stands in the journal."""

    position: int
    originator_id: str
    topic: str
    posting_date: date
    occurred_at: str
    recorded_at: str
    postings: list[PostedLine]


class PostedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One posting: its amount and its account's balance after it, both debits minus credits."""

    account: str
    currency: str
    amount: Money
    balance: Money


class Posting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One account's movement, in minor units of the currency: debits above zero, credits below."""

    account: str
    currency: str
    amount: Money


class PostingAnswered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One account's movement: debits above zero, credits below."""

    account: str
    amount: Money


class PreviewView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A preview: `trade-ledger execute --preview ID --candidate NUMBER` carries one of its candidates out."""

    preview: str
    at: str
    candidates: list[CandidateView]


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong: `code` is stable, `details` are typed, `retryable` says whether the same key may help."""

    type: str
    title: str
    status: int
    code: str
    retryable: bool
    details: dict[str, Any]
    faults: list[Fault] | msgspec.UnsetType = msgspec.UNSET
    rule: Any = msgspec.UNSET
    request: str | msgspec.UnsetType = msgspec.UNSET


class ReadingRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that somebody saw."""

    number: int
    read_at: str
    actor: str
    role: str
    what: Literal["evidence", "value"]
    reference: str
    field: str
    digest: str
    why: str


class RealisationWindow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """In how many months export value must come home, for goods shipped from a day on until the next row's day."""

    shipped_from: date | msgspec.UnsetType | None = msgspec.UNSET
    months: int
    rupee_months: int
    advance_months: int


class RealisationWindowSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """In how many months export value must come home, for goods shipped from a day on until the next row's day."""

    shipped_from: date | msgspec.UnsetType | None = msgspec.UNSET
    months: int
    rupee_months: int
    advance_months: int


class Refund(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money on its way back to the buyer, in minor units."""

    order: str
    number: int
    currency: str
    state: Literal["approved", "executed", "rejected", "waiting"]
    proposed_at: str
    proposed_by: str
    approvers: Any
    approved_at: str | msgspec.UnsetType | None = msgspec.UNSET
    approved_by: str | msgspec.UnsetType | None = msgspec.UNSET
    by_rule: bool | msgspec.UnsetType = msgspec.UNSET
    executed_at: str | msgspec.UnsetType | None = msgspec.UNSET
    rejected_at: str | msgspec.UnsetType | None = msgspec.UNSET
    rejected_by: str | msgspec.UnsetType | None = msgspec.UNSET
    rejected_because: str | msgspec.UnsetType | None = msgspec.UNSET
    reason: str
    amount: Money
    recovered: Money
    recovered_fee: Money
    recovered_tax: Money
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class RefundView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money on its way back to the buyer, in minor units."""

    order: str
    number: int
    currency: str
    state: Literal["approved", "executed", "rejected", "waiting"]
    proposed_at: str
    proposed_by: str
    approvers: Any
    approved_at: str | msgspec.UnsetType | None = msgspec.UNSET
    approved_by: str | msgspec.UnsetType | None = msgspec.UNSET
    by_rule: bool | msgspec.UnsetType = msgspec.UNSET
    executed_at: str | msgspec.UnsetType | None = msgspec.UNSET
    rejected_at: str | msgspec.UnsetType | None = msgspec.UNSET
    rejected_by: str | msgspec.UnsetType | None = msgspec.UNSET
    rejected_because: str | msgspec.UnsetType | None = msgspec.UNSET
    reason: str
    amount: Money
    recovered: Money
    recovered_fee: Money
    recovered_tax: Money


class Release(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money on its way from a hold to the exporter, in minor units: net + fee + tax = gross."""

    order: str
    number: int
    currency: str
    state: Literal["approved", "executed", "rejected", "waiting"]
    proposed_at: str
    proposed_by: str
    approvers: Any
    approved_at: str | msgspec.UnsetType | None = msgspec.UNSET
    approved_by: str | msgspec.UnsetType | None = msgspec.UNSET
    by_rule: bool | msgspec.UnsetType = msgspec.UNSET
    executed_at: str | msgspec.UnsetType | None = msgspec.UNSET
    rejected_at: str | msgspec.UnsetType | None = msgspec.UNSET
    rejected_by: str | msgspec.UnsetType | None = msgspec.UNSET
    rejected_because: str | msgspec.UnsetType | None = msgspec.UNSET
    gross: Money
    fee: Money
    tax: Money
    net: Money
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class ReleaseView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money on its way from a hold to the exporter, in minor units: net + fee + tax = gross."""

    order: str
    number: int
    currency: str
    state: Literal["approved", "executed", "rejected", "waiting"]
    proposed_at: str
    proposed_by: str
    approvers: Any
    approved_at: str | msgspec.UnsetType | None = msgspec.UNSET
    approved_by: str | msgspec.UnsetType | None = msgspec.UNSET
    by_rule: bool | msgspec.UnsetType = msgspec.UNSET
    executed_at: str | msgspec.UnsetType | None = msgspec.UNSET
    rejected_at: str | msgspec.UnsetType | None = msgspec.UNSET
    rejected_by: str | msgspec.UnsetType | None = msgspec.UNSET
    rejected_because: str | msgspec.UnsetType | None = msgspec.UNSET
    gross: Money
    fee: Money
    tax: Money
    net: Money


class Remedy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What makes a claim good: a kind, and how much money of it goes back to the buyer, in minor units."""

    kind: Literal["none", "partial-refund", "refund", "replacement", "replacement-and-refund", "return-and-refund"]
    amount: Money


class ReopeningView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A proposal to reopen a period, and what a second person said to it."""

    number: int
    reason: str
    proposed: PeriodViewsSaid
    state: Literal["approved", "rejected", "waiting"] | msgspec.UnsetType = msgspec.UNSET
    decided: Any = msgspec.UNSET
    rejected_because: str | msgspec.UnsetType | None = msgspec.UNSET


class ReplayView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many dead letters are tried again from now on."""

    replayed: int


class RequestView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a mediator asked one side for. over: what answers it now is late."""

    number: int
    claim: int
    of: Literal["buyer", "exporter"]
    what: str
    asked_at: str
    answered: bool
    over: bool


class ResourceClaimShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A claim by itself, with its offers, its evidence and what the mediator asked for about it."""

    number: int
    kind: Literal["damaged", "late", "not-as-described", "not-shipped", "other", "quality", "quantity"]
    line: int
    quantity: int
    days_late: int
    amount: Money
    comment: str
    status: Literal["appealed", "open", "replacing", "returning", "ruled", "settled"]
    stance: Literal["accepts", "contests", ""]
    answer: str
    set_aside: Money
    charged_back: Money
    remedy: Any
    decision: int
    appealed_by: Literal["buyer", "exporter", ""]
    waived_by: list[Literal["buyer", "exporter"]]
    goods_on_their_way: bool
    paid: Any
    dispute: str
    currency: str
    offers: list[OfferView]
    evidence: list[EvidenceView]
    requests: list[RequestView]
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class RuleChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A field that differs. Nothing stands where a version doesn't list the entry."""

    field: str
    before: int | str | list[int | str] | None
    after: int | str | list[int | str] | None


class RuleNamed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which rule of which version of the rules refused: a field of the rulebook's rules."""

    name: str
    rulebook: str


class Rulebook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of a rulebook with all its rules."""

    rulebook: str
    status: Literal["approved", "drafted", "published"]
    effective_from: date | None
    steps: list[RulebookStep]
    rules: Rules
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class RulebookRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of a rulebook: how far it is, and by whom. `effective_from`: nothing where that is at once."""

    rulebook: str
    status: Literal["approved", "drafted", "published"]
    effective_from: date | None
    steps: list[RulebookStep]


class RulebookStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of a version on its way to being published."""

    position: int
    topic: str
    occurred_at: str
    actor: str


class Rules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every number and switch of the marketplace's policy."""

    inspection_days: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    extension_days: int | msgspec.UnsetType = msgspec.UNSET
    extension_days_max: int | msgspec.UnsetType = msgspec.UNSET
    claim_days: int | msgspec.UnsetType = msgspec.UNSET
    negotiation_days: int | msgspec.UnsetType = msgspec.UNSET
    escalation_from_day: int | msgspec.UnsetType = msgspec.UNSET
    automatic_escalation_day: int | msgspec.UnsetType = msgspec.UNSET
    mediator_working_days: int | msgspec.UnsetType = msgspec.UNSET
    review_working_days: int | msgspec.UnsetType = msgspec.UNSET
    refund_start_working_days: int | msgspec.UnsetType = msgspec.UNSET
    appeal_days: int | msgspec.UnsetType = msgspec.UNSET
    offer_days: int | msgspec.UnsetType = msgspec.UNSET
    service_fee_bps: int | msgspec.UnsetType = msgspec.UNSET
    service_fee_tax_bps: int | msgspec.UnsetType = msgspec.UNSET
    four_eyes_from: dict[str, Money] | msgspec.UnsetType = msgspec.UNSET
    four_eyes_where_unlisted: bool | msgspec.UnsetType = msgspec.UNSET
    evidence_days: int | msgspec.UnsetType = msgspec.UNSET
    appeal_needs_new_evidence: bool | msgspec.UnsetType = msgspec.UNSET
    return_days: int | msgspec.UnsetType = msgspec.UNSET
    acknowledgement_days: int | msgspec.UnsetType = msgspec.UNSET
    replacement_days: int | msgspec.UnsetType = msgspec.UNSET
    acceptance_days: int | msgspec.UnsetType = msgspec.UNSET
    payment_days: int | msgspec.UnsetType = msgspec.UNSET
    late_remedy: Literal["coupon", "damages", "none"] | msgspec.UnsetType = msgspec.UNSET
    late_damages_bps_per_day: int | msgspec.UnsetType = msgspec.UNSET
    late_damages_bps_max: int | msgspec.UnsetType = msgspec.UNSET
    late_coupon: dict[str, Money] | msgspec.UnsetType = msgspec.UNSET
    guarantee: dict[str, Money] | msgspec.UnsetType = msgspec.UNSET
    registered_parties_only: bool | msgspec.UnsetType = msgspec.UNSET
    screening_lists: list[str] | msgspec.UnsetType = msgspec.UNSET
    retention_days: int | msgspec.UnsetType = msgspec.UNSET
    time_zone: str | msgspec.UnsetType = msgspec.UNSET
    holidays_of: str | msgspec.UnsetType = msgspec.UNSET
    payout_approvals: int | msgspec.UnsetType = msgspec.UNSET
    break_ageing_days: list[int] | msgspec.UnsetType = msgspec.UNSET
    realisation_months: list[RealisationWindow] | msgspec.UnsetType = msgspec.UNSET
    pa_cb_warn: dict[str, Money] | msgspec.UnsetType = msgspec.UNSET
    pa_cb_basis: Literal["transaction", "unit"] | msgspec.UnsetType = msgspec.UNSET


class RulesSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every number and switch of the marketplace's policy."""

    inspection_days: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    extension_days: int | msgspec.UnsetType = msgspec.UNSET
    extension_days_max: int | msgspec.UnsetType = msgspec.UNSET
    claim_days: int | msgspec.UnsetType = msgspec.UNSET
    negotiation_days: int | msgspec.UnsetType = msgspec.UNSET
    escalation_from_day: int | msgspec.UnsetType = msgspec.UNSET
    automatic_escalation_day: int | msgspec.UnsetType = msgspec.UNSET
    mediator_working_days: int | msgspec.UnsetType = msgspec.UNSET
    review_working_days: int | msgspec.UnsetType = msgspec.UNSET
    refund_start_working_days: int | msgspec.UnsetType = msgspec.UNSET
    appeal_days: int | msgspec.UnsetType = msgspec.UNSET
    offer_days: int | msgspec.UnsetType = msgspec.UNSET
    service_fee_bps: int | msgspec.UnsetType = msgspec.UNSET
    service_fee_tax_bps: int | msgspec.UnsetType = msgspec.UNSET
    four_eyes_from: dict[str, Money] | msgspec.UnsetType = msgspec.UNSET
    four_eyes_where_unlisted: bool | msgspec.UnsetType = msgspec.UNSET
    evidence_days: int | msgspec.UnsetType = msgspec.UNSET
    appeal_needs_new_evidence: bool | msgspec.UnsetType = msgspec.UNSET
    return_days: int | msgspec.UnsetType = msgspec.UNSET
    acknowledgement_days: int | msgspec.UnsetType = msgspec.UNSET
    replacement_days: int | msgspec.UnsetType = msgspec.UNSET
    acceptance_days: int | msgspec.UnsetType = msgspec.UNSET
    payment_days: int | msgspec.UnsetType = msgspec.UNSET
    late_remedy: Literal["coupon", "damages", "none"] | msgspec.UnsetType = msgspec.UNSET
    late_damages_bps_per_day: int | msgspec.UnsetType = msgspec.UNSET
    late_damages_bps_max: int | msgspec.UnsetType = msgspec.UNSET
    late_coupon: dict[str, Money] | msgspec.UnsetType = msgspec.UNSET
    guarantee: dict[str, Money] | msgspec.UnsetType = msgspec.UNSET
    registered_parties_only: bool | msgspec.UnsetType = msgspec.UNSET
    screening_lists: list[str] | msgspec.UnsetType = msgspec.UNSET
    retention_days: int | msgspec.UnsetType = msgspec.UNSET
    time_zone: str | msgspec.UnsetType = msgspec.UNSET
    holidays_of: str | msgspec.UnsetType = msgspec.UNSET
    payout_approvals: int | msgspec.UnsetType = msgspec.UNSET
    break_ageing_days: list[int] | msgspec.UnsetType = msgspec.UNSET
    realisation_months: list[RealisationWindowSaid] | msgspec.UnsetType = msgspec.UNSET
    pa_cb_warn: dict[str, Money] | msgspec.UnsetType = msgspec.UNSET
    pa_cb_basis: Literal["transaction", "unit"] | msgspec.UnsetType = msgspec.UNSET


class Ruling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a decision says about one claim. The reason is a code."""

    claim: int
    remedy: Remedy
    reason: str
    findings: list[Finding]


class RulingInClearSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a mediator would decide about one claim; without an amount, what the remedy's kind says."""

    claim: int
    remedy: Literal["none", "partial-refund", "refund", "replacement", "replacement-and-refund", "return-and-refund"]
    amount: Any = msgspec.UNSET
    reason: str
    findings: list[FindingInClearSaid]


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The command that an event is from, who said it, and the policy by which the event followed, if by one."""

    command_id: str
    principal: str
    actor: str
    role: str
    policy: str


class SealCheck(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A seal and what the log gives today."""

    closing: str
    position: int
    holds: bool
    accounts_sha256: str
    first_difference: str | None


class SealView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The figures of a closing, in minor units, debits less credits."""

    said: PeriodViewsSaid
    position: int
    trial_balance: list[BalanceLine]
    accounts: int
    accounts_sha256: str


class Statement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a statement says beside its lines; balances in minor units, on the account's normal side."""

    book: str
    account: str
    currency: str
    extent: Extent
    recorded_at: str
    opening_balance: Money
    closing_balance: Money


class StatementLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One posting: a debit or a credit in minor units, and the balance before and after it in the statement's order."""

    currency: str
    posting_date: date
    occurred_at: str
    recorded_at: str
    position: int
    line: int
    event: str
    about: str
    counter_accounts: list[str]
    debit: Money
    credit: Money
    balance_before: Money
    balance_after: Money
    late: bool


class StatementPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account's statements and a page of their lines, one currency after the other."""

    statements: list[Statement]
    items: list[StatementLine]
    next: str | None
    position: int


class Term(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A term of an amount's arithmetic, as an exact number of minor units: `19250`, or `-1/2` of one."""

    what: str
    exact_minor: str


class TermsVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Terms and the first day of the orders that they are for."""

    starts_on: date
    terms: AgreementTerms


class Tier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The rate for what lies above an amount of one year's basis, up to the next tier; below the first, the terms'."""

    from_: Money = msgspec.field(name="from")
    rate_bps: int


class TierSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The rate for what lies above an amount of one year's basis, up to the next tier; below the first, the terms'."""

    from_: Money = msgspec.field(name="from")
    rate_bps: int


class TimelineStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened in a trade, and the money it moved; debits above zero, credits below, in minor units."""

    position: int
    occurred_at: str
    recorded_at: str
    actor: str
    role: str
    topic: str
    policy: str
    about: str
    event: Any
    postings: list[Posting]


class TotalShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All comparisons of one kind, and of amounts in one currency, as they look outside."""

    kind: str
    measure: Literal["answer", "days", "instant", "minor"]
    compared: int
    differing: int
    real: Any
    would_be: Any
    difference: Any


class TrialBalanceLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account's balance in a currency, in minor units, in the column where it stands."""

    account: str
    currency: str
    debit: Money
    credit: Money


class WatchlistRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sanctions list in its present version."""

    list_name: str
    version: str
    sha256: str


class WebhookView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A webhook. position: up to which everything that is for it was delivered, or is among the dead letters."""

    webhook: str
    url: str
    description: str
    topics: list[str]
    order: str
    party: str
    reader_role: str
    reader_party: str
    status: Literal["active", "ended", "paused"]
    reason: str
    created_at: str
    created_by: str
    position: int
    attempts: int
    failing_since: str | None
    next_attempt_at: str | None
    problem: str
    former_secret_until: str | None
    links: dict[str, str]


class WitnessProblem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a witness doesn't cosign, by code and in its own or our words, and since when that is so."""

    code: str
    said: str
    since: str


class WitnessView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A witness of the policy: the size up to which it cosigned a log, and its problem, if it has one."""

    name: str
    key_: str = msgspec.field(name="key")
    cosigned_size: int | None
    cosigned_at: str | None
    problem: Any


class WriteOffView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A write-off that waits for a second person."""

    number: int
    amount: Money
    proposed_by: str


class YearTotal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One year of an agreement in one currency, in minor units, less what was taken back."""

    year: date
    currency: str
    basis: Money | msgspec.UnsetType = msgspec.UNSET
    commission: Money | msgspec.UnsetType = msgspec.UNSET
    earned: Money | msgspec.UnsetType = msgspec.UNSET
    withheld_base: Money | msgspec.UnsetType = msgspec.UNSET
    withheld: Money | msgspec.UnsetType = msgspec.UNSET
