"""Models: what the API takes and answers, by name. Made by `python -m tests.docs.client`: what is changed here is lost."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from trade_assurance_client.money import Money

__all__ = [
    "Account",
    "AccountAgreement",
    "AccountBalance",
    "AccountForeseen",
    "AccountRow",
    "Action",
    "Advice",
    "AdviceLine",
    "Agreement",
    "AgreementRow",
    "AgreementTerms",
    "AgreementTermsSaid",
    "Amendment",
    "AmendmentSaid",
    "AmendmentView",
    "Answer",
    "AnswerProblem",
    "AnswerRun",
    "AnswersTaken",
    "AppealView",
    "Approvers",
    "AttemptRow",
    "AuditRow",
    "AuditStep",
    "Balance",
    "BalanceLine",
    "BankAccountView",
    "BankCover",
    "BankEntryView",
    "BankLine",
    "BankProof",
    "BankProofView",
    "BankStatementView",
    "BreakShown",
    "BreakSum",
    "BreakView",
    "BreakdownView",
    "Candidate",
    "CandidateSaid",
    "CandidateView",
    "Certificate",
    "ChainDeduction",
    "ChainOrder",
    "ChainRealisation",
    "Changed",
    "Check",
    "CheckpointAnswered",
    "ClaimShown",
    "ClaimView",
    "Clock",
    "ClockForeseen",
    "Closing",
    "ClosingView",
    "CommandAnswer",
    "CommandProof",
    "CommentView",
    "CommissionLine",
    "CommissionRow",
    "CommissionStatement",
    "CommissionStatements",
    "ComparedLine",
    "Comparison",
    "ComparisonShown",
    "Conversion",
    "ConversionView",
    "CounterfactualShown",
    "CurrencyProof",
    "CurrencyTerms",
    "CurrencyTermsSaid",
    "DeadLetter",
    "Deadline",
    "DeadlineRow",
    "Deal",
    "DealSaid",
    "DecisionShown",
    "DecisionView",
    "DeductedFor",
    "DeliveryView",
    "Dispute",
    "DisputeRow",
    "EntryAnswered",
    "EntryForeseen",
    "EntrySaidSaid",
    "EventView",
    "EvidenceView",
    "Explanation",
    "ExposureRow",
    "Extension",
    "Extent",
    "Fault",
    "Figure",
    "FileWritten",
    "Finding",
    "FindingInClearSaid",
    "FloatRow",
    "FloatTotal",
    "Flow",
    "FourEyesRow",
    "Further",
    "Guarantee",
    "GuaranteeRow",
    "Hold",
    "HoldRow",
    "ImportedFile",
    "ImportedSettlementView",
    "ImportedSettlements",
    "ImportedView",
    "InstructRun",
    "Invoice",
    "InvoiceSaid",
    "ItemAnswer",
    "KnownKey",
    "LeftOut",
    "Leg",
    "LineChange",
    "LineChangeSaid",
    "LineQuantitySaid",
    "LineSaid",
    "LineTarget",
    "LineView",
    "ListAnswer",
    "LogState",
    "MatchShown",
    "MatchView",
    "MatchedBill",
    "MessageView",
    "Moment",
    "MoneyForeseen",
    "MonthAccount",
    "MonthEnd",
    "Movement",
    "NewClaimSaid",
    "NewWebhookView",
    "OfferShown",
    "OfferView",
    "OpenBreaks",
    "OpenItemView",
    "OpeningBalanceSaid",
    "Order",
    "OrderCommission",
    "OrderRow",
    "OrderShareSaid",
    "Origin",
    "PaidThrough",
    "PartForeseen",
    "PartSaidSaid",
    "PartyRow",
    "Payee",
    "PayeeRow",
    "PaymentOutRow",
    "PaymentStep",
    "PaymentStepSaid",
    "PaymentStepView",
    "Payout",
    "PayoutFile",
    "PayoutFileView",
    "PayoutItem",
    "PayoutPart",
    "PayoutRow",
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
    "ProblemView",
    "Quarter",
    "RateView",
    "RatesRow",
    "RatesUsed",
    "ReadingRow",
    "RealisationStatement",
    "RealisationWindow",
    "RealisationWindowSaid",
    "Receivable",
    "ReceivableRow",
    "ReconciliationReport",
    "Refund",
    "RefundView",
    "Release",
    "ReleaseView",
    "Remedy",
    "Remittance",
    "RemittanceRow",
    "ReopeningView",
    "ReplayView",
    "RequestView",
    "ResourceClaimShown",
    "ReversalView",
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
    "Settlement",
    "SettlementLineView",
    "SettlementView",
    "Standing",
    "Statement",
    "StatementBill",
    "StatementLine",
    "StatementPage",
    "StatementRemittance",
    "StatementTotal",
    "Target",
    "TargetSaidSaid",
    "TaxCertificate",
    "TaxLine",
    "TaxTotal",
    "Term",
    "TermsVersion",
    "ThreeWayLine",
    "ThreeWayRow",
    "Tier",
    "TierSaid",
    "TimelineStep",
    "TotalShown",
    "TrialBalanceLine",
    "Waited",
    "WatchlistRow",
    "WebhookView",
    "WithheldTaxRemittance",
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


class AccountAgreement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a bank's own balance and the ledger's agree, in minor units of the currency."""

    bank_account: str
    account: str
    currency: str
    closed_on: date | None
    closing: Any
    ledger: Money
    not_at_bank: Money
    unmatched: Money
    unmatched_entries: int
    difference: Any


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


class Advice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a payee is told of a payout, in minor units of its currency; the totals are the sums of the lines."""

    payout: str
    party: str
    currency: str
    amount: Money
    status: Literal["accepted", "approved", "cancelled", "debited", "instructed", "planned", "rejected", "returned"]
    pay_on: date
    reissues: str
    gross: Money
    fee: Money
    tax: Money
    commission: Money
    lines: list[AdviceLine]


class AdviceLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An item of a payout, in minor units: gross + fee + tax + commission = net; what lowers the payout is below zero."""

    number: int
    what: str
    order: str
    source: str
    gross: Money
    fee: Money
    tax: Money
    commission: Money
    net: Money
    posted_on: date
    position: int


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


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a bank's answer says of a payout, and what became of it here."""

    payout: str
    code: str
    reason: str
    became: Literal["accepted", "known", "refused", "rejected", "unsaid", "waits"]
    refusal: str | msgspec.UnsetType = msgspec.UNSET


class AnswerProblem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What couldn't be read or isn't known here. line: of the answer, 0 where none is meant."""

    line: int
    problem: str


class AnswerRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one answer: the file that it is about, what it says of each payout, what couldn't be used."""

    file: str
    answers: list[Answer]
    problems: list[AnswerProblem]


class AnswersTaken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a bank's answers, one for each file of payouts that it answers."""

    answered: list[AnswerRun]


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


class BankAccountView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account at a bank. account: what it is in the ledger; identifiers: what its bank calls it."""

    bank_account: str
    account: str
    currency: str
    identifiers: list[str]
    name: str
    bic: str | None
    country: str | None
    position: int


class BankCover(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether what banks say covers what is owed to clients in a currency, in minor units."""

    currency: str
    bank: Any
    clearing: Money
    liabilities: Money
    receivables: Money
    operators_commission: Money
    covered: bool | None


class BankEntryView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of a statement, in minor units of the currency, negative where money left."""

    entry: str
    bank_account: str
    account: str
    currency: str
    amount: Money
    value_date: date
    booking_date: date
    ordinal: int
    statement: str
    code: str
    is_reversal: bool
    detail: str
    match: str | None
    targets: list[Target]
    position: int


class BankLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By how much, in minor units, the bank has more than the ledger because of one thing; below zero, less."""

    kind: Literal["another-day", "not-on-statement", "opening", "statement", "unmatched"]
    account: str
    bank_account: str | msgspec.UnsetType = msgspec.UNSET
    currency: str
    day: date
    amount: Money
    reference: str
    position: int
    match: str | msgspec.UnsetType = msgspec.UNSET
    broken: str | msgspec.UnsetType = msgspec.UNSET
    broken_as: (
        Literal[
            "ambiguous",
            "amount",
            "date",
            "duplicate",
            "fee",
            "fx",
            "gap",
            "missing_in_bank",
            "missing_in_ledger",
            "refund_out_of_period",
            "unbalanced_statement",
            "wrong_account",
            "",
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class BankProof(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account at a bank, in minor units: closing = ledger + explained + unexplained."""

    account: str
    currency: str
    closings: list[Closing]
    closing: Any
    ledger: Money
    explained: Money
    unexplained: Any
    lines: int
    agrees: bool


class BankProofView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What banks' statements close with against the ledger, account by account, and against what clients are owed."""

    accounts: list[BankProof]
    covers: list[BankCover]


class BankStatementView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A statement as it was taken in, in minor units of its account's currency."""

    statement: str
    bank_account: str
    currency: str
    number: str
    format: str
    file_sha256: str
    from_on: date | None
    to_on: date | None
    opening: Any
    closing: Any
    entries: int
    new_entries: int
    difference: Any
    gap: Any
    position: int


class BreakShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A break with what was said about it, and what the bank wrote, where that is asked for in clear."""

    break_key: str
    number: int
    subject: str
    kind: Literal[
        "ambiguous",
        "amount",
        "date",
        "duplicate",
        "fee",
        "fx",
        "gap",
        "missing_in_bank",
        "missing_in_ledger",
        "refund_out_of_period",
        "unbalanced_statement",
        "wrong_account",
    ]
    status: str
    currency: str
    amount: Money
    bank_account: str | None
    since: date
    age_days: int
    age: str
    owner: str | None
    reason: str
    candidates: list[Candidate]
    comments: int
    write_off: int | None
    how: str | None
    explained_by: str | None
    raised_at: str
    closed_at: str | None
    raised_position: int
    position: int
    remarks: list[CommentView]
    bank_says: Any
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class BreakSum(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many breaks of a kind, a currency and an age are open, and what they come to."""

    kind: Literal[
        "ambiguous",
        "amount",
        "date",
        "duplicate",
        "fee",
        "fx",
        "gap",
        "missing_in_bank",
        "missing_in_ledger",
        "refund_out_of_period",
        "unbalanced_statement",
        "wrong_account",
    ]
    currency: str
    age: str
    breaks: int
    amount: Money


class BreakView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A difference between bank and ledger, in minor units of the currency, with the sign that it has at the bank."""

    break_key: str
    number: int
    subject: str
    kind: Literal[
        "ambiguous",
        "amount",
        "date",
        "duplicate",
        "fee",
        "fx",
        "gap",
        "missing_in_bank",
        "missing_in_ledger",
        "refund_out_of_period",
        "unbalanced_statement",
        "wrong_account",
    ]
    status: str
    currency: str
    amount: Money
    bank_account: str | None
    since: date
    age_days: int
    age: str
    owner: str | None
    reason: str
    candidates: list[Candidate]
    comments: int
    write_off: int | None
    how: str | None
    explained_by: str | None
    raised_at: str
    closed_at: str | None
    raised_position: int
    position: int


class BreakdownView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a gross amount falls apart, in minor units: net + fee + tax = gross."""

    gross: Money
    fee: Money
    tax: Money
    net: Money


class Candidate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the subject may be: the references of items or entries; score: 0 to 1,000; difference_minor: what would be left over, in minor units of the break's currency."""

    items: list[str]
    score: int
    reason: str
    difference: Money | msgspec.UnsetType = msgspec.UNSET


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


class Certificate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An e-BRC. cancelled_by: empty while it counts."""

    certificate: str
    certified_on: date
    amount: Money
    cancelled_by: Literal["bank", "exporter"] | msgspec.UnsetType | None = msgspec.UNSET


class ChainDeduction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of the value won't come, why, and of what that comes."""

    number: int
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
    ]
    currency: str
    amount: Money
    source: str


class ChainOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order of the shipment, and what became of its money here, in minor units of the order's currency."""

    order: str
    buyer: str
    currency: str
    shipped: Money
    total: Money
    received: Money
    kept: Money
    paid_out: Money
    refunded: Money
    releases: list[ReleaseView]
    payouts: list[PaidThrough]


class ChainRealisation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money of a remittance that is matched, and the certificate that says so."""

    number: int
    remittance: str
    received_on: date
    purpose: str
    currency: str
    amount: Money
    used: Money
    certificate: str


class Changed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A text that stands in the file otherwise than it was given."""

    payout: str
    field: str
    before: str
    after: str
    is_lost: bool


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


class Closing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a statement says that an account at a bank closed; nothing where no statement is known."""

    bank_account: str
    statement: str
    on: date | None
    closing: Any


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


class CommentView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody wrote about a break; text: nothing where it isn't asked for in clear, or erased."""

    number: int
    commented_by: str
    commented_at: str
    text: str | None


class CommissionLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an event moved, in minor units. order: empty where it is of none; exporter: whose trade it is of."""

    position: int
    posted_on: date
    topic: str
    order: str
    exporter: str
    accrued: Money
    due: Money


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


class CommissionStatement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A partner's statement in one currency, in minor units; opening + the lines = closing, of both."""

    partner: str
    currency: str
    first_on: date | None
    last_on: date | None
    opening_accrued: Money
    opening_due: Money
    closing_accrued: Money
    closing_due: Money
    lines: list[CommissionLine]


class CommissionStatements(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a partner is told: a statement for each currency in which anything was ever posted to it."""

    partner: str
    statements: list[CommissionStatement]


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


class Conversion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money that was converted."""

    conversion: str
    sold: Leg
    bought: Leg
    deal: Deal
    dealt_by: Any
    benchmark: RatesUsed
    would_have_bought: Money
    currency: str
    sold_value: Money
    bought_value: Money
    margin: Money
    difference: Money
    occurred_at: str
    posting_date: date
    position: int
    reversal: Any
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class ConversionView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money that was converted."""

    conversion: str
    sold: Leg
    bought: Leg
    deal: Deal
    dealt_by: Any
    benchmark: RatesUsed
    would_have_bought: Money
    currency: str
    sold_value: Money
    bought_value: Money
    margin: Money
    difference: Money
    occurred_at: str
    posting_date: date
    position: int
    reversal: Any


class CounterfactualShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A range of the log under other rules, as it looks outside."""

    from_position: int
    to_position: int
    held_fixed: list[str]
    orders: int
    differing: int
    totals: list[TotalShown]
    differences: list[ComparisonShown]


class CurrencyProof(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The proof in one currency, in minor units."""

    currency: str
    orders_held: Money
    accounts_held: Money
    orders_disputed: Money
    accounts_disputed: Money
    orders_frozen: Money
    accounts_frozen: Money
    assets: Money
    liabilities: Money
    receivables: Money
    operators_commission: Money
    not_yet_swept: Money


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


class Deal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """At which rate money was converted."""

    source: str
    rate: str | msgspec.UnsetType = msgspec.UNSET
    of: str | msgspec.UnsetType = msgspec.UNSET


class DealSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """At which rate money was converted."""

    source: str
    rate: str | msgspec.UnsetType = msgspec.UNSET
    of: str | msgspec.UnsetType = msgspec.UNSET


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


class DeductedFor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was deducted in a quarter for one reason, less what was withdrawn."""

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
    ]
    amount: Money


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


class EntrySaidSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of a statement, by its key, and what it is: its parts come to its amount."""

    entry: str
    targets: list[TargetSaidSaid]


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


class ExposureRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What conversions left open in a foreign currency, below zero where more was sold than bought."""

    open: Money
    currency: str
    carried: Money
    gained: Money
    moved_on: date | None


class Extension(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """More time that the bank gave."""

    due_on: date
    reference: str


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


class FileWritten(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that tells a bank of payouts, in minor units. path: where it is, empty where it wasn't written to a folder."""

    file: str
    format: str
    pays_from: str
    currency: str
    pay_on: date
    payouts: int
    amount: Money
    sha256: str
    path: str | msgspec.UnsetType = msgspec.UNSET
    changed: list[Changed] | msgspec.UnsetType = msgspec.UNSET


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sentence of a decision, as a commitment, and the numbers of the evidence that it rests on."""

    text: str
    evidence: list[int]


class FindingInClearSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sentence of a decision, in clear, and the numbers of the evidence that it rests on."""

    text: str
    evidence: list[int] | msgspec.UnsetType = msgspec.UNSET


class FloatRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some of an order's money on its way to a payee; days = the sum of those in waited."""

    order: str
    exporter: str
    payee: str
    kind: Literal["commission", "refund", "release"]
    part: str
    currency: str
    amount: Money
    due_on: date
    credited_on: date | None
    payout: str
    paid_on: date | None
    days: int
    minor_days: int
    waited: list[Waited]
    waits_for: (
        Literal[
            "approval",
            "bank",
            "bank-details",
            "debt",
            "dispute",
            "freeze",
            "instruction",
            "minimum",
            "planning",
            "release",
            "schedule",
            "suspension",
        ]
        | None
    )


class FloatTotal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was waited for in one currency: by how many parts, for how many days of them together and at most."""

    currency: str
    waited_for: Literal[
        "approval",
        "bank",
        "bank-details",
        "debt",
        "dispute",
        "freeze",
        "instruction",
        "minimum",
        "planning",
        "release",
        "schedule",
        "suspension",
    ]
    parts: int
    amount: Money
    days: int
    days_max: int
    minor_days: int


class Flow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the platform says of one kind of event: how many, and how much they moved."""

    kind: Literal[
        "charged-back", "elsewhere", "paid-back", "paid-out", "received", "recovered", "refunded", "released", "repaid"
    ]
    events: int
    amount: Money


class FourEyesRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A proposal and what became of it."""

    proposal: str
    what: Literal["break-write-off", "decision", "payout", "refund", "release", "reopening", "rulebook", "write-off"]
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


class ImportedFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a bank's file: how it was read, and each statement in it."""

    format: str
    sha256: str
    statements: list[ImportedView]


class ImportedSettlementView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a settlement in a file, in minor units of the currency."""

    settlement: str | None
    reference: str
    currency: str
    settled_on: date | None
    net: Any
    lines_net: Money
    balanced: bool | None
    recorded: bool
    differs: bool
    lines: int
    open_lines: int
    refused: str | None
    problems: list[ProblemView]


class ImportedSettlements(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a provider's file: each settlement in it."""

    provider: str
    sha256: str
    settlements: list[ImportedSettlementView]


class ImportedView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a statement in a file, in minor units of the currency; see BankStatementView."""

    bank_account: str
    statement: str
    number: str
    currency: str
    opening: Any
    closing: Any
    balanced: bool | None
    difference: Any
    gap: Any
    recorded: bool
    new: int
    known: int
    problems: list[ProblemView]


class InstructRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of it."""

    files: list[FileWritten]
    left_out: list[LeftOut]


class Invoice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One invoice of a shipment, by its own number; in minor units of the receivable's currency."""

    number: str
    issued_on: date
    amount: Money


class InvoiceSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One invoice of a shipment, by its own number; in minor units of the receivable's currency."""

    number: str
    issued_on: date
    amount: Money


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


class LeftOut(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payout that no file tells the bank of yet: a code, and the reason in words."""

    payout: str
    party: str
    code: str
    reason: str


class Leg(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One side of a conversion: what left an account, or arrived there, in minor units above zero."""

    side: Literal["bought", "sold"]
    account: str
    currency: str
    amount: Money


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


class LineTarget(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What some of a line is: a posting on the provider's account, a payout, or a booking."""

    line: int
    item: str | msgspec.UnsetType = msgspec.UNSET
    account: str
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


class MatchShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A match with its lines as they stand now."""

    match: str
    entries: list[str]
    rule: str
    certain: bool
    score: int
    reason: str
    made_by: str
    made_at: str
    undone_by: str | None
    undone_at: str | None
    undone_for: str | None
    position: int
    lines: list[BankEntryView]
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class MatchView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A match: by which rule, why, who made it; and who undid it for which reason, where somebody did."""

    match: str
    entries: list[str]
    rule: str
    certain: bool
    score: int
    reason: str
    made_by: str
    made_at: str
    undone_by: str | None
    undone_at: str | None
    undone_for: str | None
    position: int


class MatchedBill(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A shipping bill to which money of a remittance is matched, as its realisation of a number."""

    receivable: str
    realisation: int
    amount: Money


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


class MonthAccount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account at a bank in the month, in minor units: opening + movements + missing = closing."""

    account: str
    currency: str
    opening: Any
    movements: list[Movement]
    missing: Any
    proof: BankProof
    lines: list[BankLine]


class MonthEnd(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The reconciliation of a month."""

    book: str
    month: str
    first_day: date
    last_day: date
    position: int
    root: str
    accounts: list[MonthAccount]
    breaks: list[OpenBreaks]
    in_transit: list[PayoutRow]
    flows: list[ThreeWayRow]
    holds: list[CurrencyProof]
    covers: list[BankCover]


class Movement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a bank booked of one kind in the month, in minor units."""

    kind: str
    parts: int
    amount: Money


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


class OpenBreaks(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many breaks of a kind and age are open at the end of the month, and what they come to in minor units."""

    kind: Literal[
        "ambiguous",
        "amount",
        "date",
        "duplicate",
        "fee",
        "fx",
        "gap",
        "missing_in_bank",
        "missing_in_ledger",
        "refund_out_of_period",
        "unbalanced_statement",
        "wrong_account",
    ]
    age: str
    currency: str
    breaks: int
    amount: Money


class OpenItemView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A posting on a bank or clearing account, in minor units of the currency, with the sign that it has at the bank."""

    item: str
    account: str
    currency: str
    of: Money
    settled: Money
    open: Money
    originator: str
    topic: str
    reference: str
    posted_on: date
    position: int


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


class OrderShareSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much of a shipment's value belongs to an order, in minor units of the receivable's currency."""

    order: str
    amount: Money


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The event that an amount is from."""

    position: int
    topic: str
    reference: str
    posting_date: date
    occurred_at: str
    recorded_at: str


class PaidThrough(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payout that took an item of a payee account, in minor units."""

    source: str
    payout: Money
    currency: str
    amount: Money
    status: Literal["accepted", "approved", "cancelled", "debited", "instructed", "planned", "rejected", "returned"]
    pay_on: date
    debited: Money


class PartForeseen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stretch of a future: its money, its entries in order, and what happens to clocks."""

    money: MoneyForeseen
    accounts: list[AccountForeseen]
    entries: list[EntryForeseen]
    clocks: list[ClockForeseen]


class PartSaidSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What some of a line is."""

    line: int
    item: str | msgspec.UnsetType = msgspec.UNSET
    amount: Money
    account: str | msgspec.UnsetType = msgspec.UNSET


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


class PayeeRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payee account, in minor units; below zero the party owes."""

    party: str
    currency: str
    balance: Money
    reserved: Money
    available: Money
    items: int
    taken: int


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


class Payout(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payout with what it takes from which account, and the items that it is made of; in minor units of its currency."""

    payout: str
    kind: Literal["payee", "remittance", "sweep"]
    party: str
    currency: str
    amount: Money
    status: Literal["accepted", "approved", "cancelled", "debited", "instructed", "planned", "rejected", "returned"]
    pays_from: str
    pays_to: str
    pay_on: date
    approvals: int
    approved_by: list[str]
    planned_by: str
    planned_at: str
    file: str
    instructed_at: str | None
    debited: Money
    debited_on: date | None
    returned_on: date | None
    reason: str
    reissues: str
    reissued_as: str
    parts: list[PayoutPart]
    made_of: list[PayoutItem]
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class PayoutFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that told a bank of payouts, in minor units."""

    file: str
    format: str
    pays_from: str
    pay_on: date
    currency: str
    payouts: int
    amount: Money
    sha256: str
    written_by: str
    written_at: str
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class PayoutFileView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that told a bank of payouts, in minor units."""

    file: str
    format: str
    pays_from: str
    pay_on: date
    currency: str
    payouts: int
    amount: Money
    sha256: str
    written_by: str
    written_at: str


class PayoutItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a payout is made of, in minor units of its currency: why, and on which account."""

    number: int
    source: str
    account: str
    amount: Money
    currency: str
    topic: str
    position: int
    occurred_at: str


class PayoutPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a payout takes from one account, in minor units; below zero what the payee owes there and is kept back."""

    account: str
    amount: Money


class PayoutRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payout, in minor units of its currency."""

    payout: str
    kind: Literal["payee", "remittance", "sweep"]
    party: str
    currency: str
    amount: Money
    status: Literal["accepted", "approved", "cancelled", "debited", "instructed", "planned", "rejected", "returned"]
    pays_from: str
    pays_to: str
    pay_on: date
    approvals: int
    approved_by: list[str]
    planned_by: str
    planned_at: str
    first_item: int
    last_item: int
    file: str
    instructed_at: str | None
    debited: Money
    debited_on: date | None
    returned_on: date | None
    reason: str
    reissues: str
    reissued_as: str
    planned: int
    position: int


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


class ProblemView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What couldn't be read: on which line of the file, and why."""

    line: int
    reason: str


class Quarter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Three months of a calendar year, as 2026-Q4 from October on."""

    name: str
    first_day: date
    last_day: date


class RateView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many units of one currency another is worth."""

    one: str
    other: str
    on: date
    exact: str
    decimal: str
    used: RatesUsed


class RatesRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A source's rates of a day: units of each currency for one of the base. corrections: how many there were."""

    source: str
    day: date
    base: str
    rates: dict[str, str]
    corrections: int


class RatesUsed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The rates of one source and day by which something was reckoned, the base left out."""

    source: str
    day: date
    base: str
    rates: dict[str, str]


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


class RealisationStatement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of an exporter's shipments in a quarter, by the days of posting, as known at a position."""

    book: str
    exporter: str
    quarter: Quarter
    position: int
    bills: list[StatementBill]
    remittances: list[StatementRemittance]
    totals: list[StatementTotal]


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


class Receivable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A shipping bill's value, in minor units of the invoices' currency: invoiced = realised + deducted + open."""

    receivable: str
    exporter: str
    currency: str
    settled_in: str
    port: str
    shipped_on: date
    first_due_on: date
    due_on: date
    due_at: str
    rulebook: str
    value: Money
    invoices: list[Invoice]
    orders: list[ChainOrder]
    realisations: list[ChainRealisation]
    certificates: list[Certificate]
    deductions: list[ChainDeduction]
    extensions: list[Extension]
    invoiced: Money
    realised: Money
    deducted: Money
    open: Money
    certified: Money
    declarable: bool
    closable: bool
    closed_by: Literal["bank", "declaration"] | None
    closed_reference: str
    warnings: list[
        Literal[
            "a-year-overdue",
            "advance-code-after-shipment",
            "aggregator-cap",
            "overdue",
            "realised-not-certified",
            "settled-in-other-currency",
            "shipped-after-advance-lapsed",
        ]
    ]
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class ReceivableRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a shipping bill's value, in minor units: invoiced = realised + deducted + open."""

    receivable: str
    exporter: str
    currency: str
    settled_in: str
    shipped_on: date
    due_on: date
    due_at: str
    orders: list[str]
    invoiced: Money
    realised: Money
    deducted: Money
    open: Money
    certified: Money
    declarable: bool
    closed_by: Literal["bank", "declaration"] | None
    position: int
    closable: bool | msgspec.UnsetType = msgspec.UNSET
    overdue_days: int | msgspec.UnsetType = msgspec.UNSET


class ReconciliationReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run came to."""

    entries: int
    items: int
    matched: dict[str, int]
    undone: int
    refused: int
    breaks: dict[str, int]
    raised: int
    reclassified: int
    resolved: int
    awaited: int
    settlement_lines: int | msgspec.UnsetType = msgspec.UNSET
    dry_run: bool | msgspec.UnsetType = msgspec.UNSET


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


class Remittance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money from abroad, in minor units: amount = allocated + left."""

    remittance: str
    exporter: str
    currency: str
    amount: Money
    allocated: Money
    left: Money
    received_on: date
    purpose: str
    ad_code: str
    ship_by: date | None
    rulebook: str
    remitter: str | None
    sent_by: str | None
    receivables: list[MatchedBill]
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class RemittanceRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money from abroad, in minor units: amount = allocated + left."""

    remittance: str
    exporter: str
    currency: str
    amount: Money
    allocated: Money
    left: Money
    received_on: date
    purpose: str
    ad_code: str
    ship_by: date | None
    receivables: list[str]
    position: int


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


class ReversalView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That a conversion was taken back: why, by whom, and what that gained on what was open then."""

    reason: str
    reversed_by: str
    position: int
    occurred_at: str
    currency: str
    margin: Money
    difference: Money


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
    own_declaration: dict[str, Money] | msgspec.UnsetType = msgspec.UNSET
    certificate_cancel_days: int | msgspec.UnsetType = msgspec.UNSET
    payout_minimum: dict[str, Money] | msgspec.UnsetType = msgspec.UNSET
    payout_schedule: Literal["daily", "monthly", "weekly"] | msgspec.UnsetType = msgspec.UNSET
    payout_day: int | msgspec.UnsetType = msgspec.UNSET


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
    own_declaration: dict[str, Money] | msgspec.UnsetType = msgspec.UNSET
    certificate_cancel_days: int | msgspec.UnsetType = msgspec.UNSET
    payout_minimum: dict[str, Money] | msgspec.UnsetType = msgspec.UNSET
    payout_schedule: Literal["daily", "monthly", "weekly"] | msgspec.UnsetType = msgspec.UNSET
    payout_day: int | msgspec.UnsetType = msgspec.UNSET


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


class Settlement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a payment provider pays out in one sum, in minor units of the currency."""

    settlement: str
    currency: str
    settled_on: date | None
    bank_reference: str | None
    account: str
    item: str
    mapping: str
    file_sha256: str
    lines: int
    unread: int
    open_lines: int
    gross: Money
    fee: Money
    tax: Money
    net: Money
    difference: Money
    position: int
    version: int | None
    links: dict[str, str]
    allowed: list[Action]


class SettlementLineView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of a settlement, in minor units of the currency; line 0 is what the settlement differs by."""

    number: int
    kind: str
    reference: str | None
    payment_reference: str | None
    occurred_on: date | None
    currency: str
    gross: Money
    fee: Money
    tax: Money
    net: Money
    to_explain: Money
    targets: list[LineTarget]
    reopened: bool


class SettlementView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a payment provider pays out in one sum, in minor units of the currency."""

    settlement: str
    currency: str
    settled_on: date | None
    bank_reference: str | None
    account: str
    item: str
    mapping: str
    file_sha256: str
    lines: int
    unread: int
    open_lines: int
    gross: Money
    fee: Money
    tax: Money
    net: Money
    difference: Money
    position: int


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How bank and ledger agree: account by account, and the open breaks by kind and age."""

    accounts: list[AccountAgreement]
    breaks: list[BreakSum]
    ageing_days: list[int]
    position: int


class Statement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a statement says beside its lines; balances in minor units, on the account's normal side."""

    book: str
    account: str
    currency: str
    extent: Extent
    recorded_at: str
    opening_balance: Money
    closing_balance: Money


class StatementBill(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A shipping bill in a quarter: brought forward + shipped - realised - deducted = open, in minor units."""

    receivable: str
    invoices: list[str]
    orders: list[str]
    shipped_on: date
    due_on: date
    currency: str
    brought_forward: Money
    shipped: Money
    realised: Money
    deducted: Money
    open: Money
    deducted_for: list[DeductedFor]
    remittances: list[str]
    certificates: list[str]
    declarable: bool
    closed_by: Literal["bank", "declaration"] | None


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


class StatementRemittance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money from abroad by the end of a quarter, in minor units: amount = allocated + left."""

    remittance: str
    received_on: date
    purpose: str
    currency: str
    amount: Money
    allocated: Money
    left: Money


class StatementTotal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all bills of a currency come to, in minor units."""

    currency: str
    bills: int
    brought_forward: Money
    shipped: Money
    realised: Money
    deducted: Money
    open: Money


class Target(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What some of an entry is: an open item, a payout, or nothing that was open, but a booking."""

    item: str | msgspec.UnsetType = msgspec.UNSET
    account: str
    amount: Money


class TargetSaidSaid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What some of a line is."""

    item: str | msgspec.UnsetType = msgspec.UNSET
    amount: Money
    account: str | msgspec.UnsetType = msgspec.UNSET
    step: int | msgspec.UnsetType = msgspec.UNSET
    reason: str | msgspec.UnsetType = msgspec.UNSET


class TaxCertificate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one payer withheld from one partner's commission in a quarter, and which GST it bore."""

    partner: str
    payer: Literal["exporter", "operator"]
    exporter: str
    currency: str
    quarter: str
    first_day: date
    last_day: date
    totals: list[TaxTotal]
    lines: list[TaxLine]
    remittances: list[WithheldTaxRemittance]


class TaxLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tax on one earning, or what of it was given back: then base and tax are below zero. levy: which of the two taxes."""

    levy: Literal["gst", "withheld"]
    kind: Literal["deducted", "given_back"]
    on: date
    deducted_on: date
    code: str
    section: str
    rate_bps: int
    base: Money
    tax: Money
    order: str
    earning: int
    reference: str
    position: int
    posting_date: date


class TaxTotal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What lines of one tax, code and rate come to: deducted, given back (below zero), and both together."""

    levy: Literal["gst", "withheld"]
    code: str
    section: str
    rate_bps: int
    lines: int
    base: Money
    deducted: Money
    base_back: Money
    given_back: Money
    net: Money
    first_on: date
    last_on: date


class Term(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A term of an amount's arithmetic, as an exact number of minor units: `19250`, or `-1/2` of one."""

    what: str
    exact_minor: str


class TermsVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Terms and the first day of the orders that they are for."""

    starts_on: date
    terms: AgreementTerms


class ThreeWayLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing by which bank and platform differ, in minor units: what all lines of a row sum to is its difference."""

    day: date
    currency: str
    side: Literal["bank", "in-clearing", "in-transit", "not-in-platform"]
    kind: str
    amount: Money
    reference: str
    item: str | msgspec.UnsetType = msgspec.UNSET
    position: int
    broken: str | msgspec.UnsetType = msgspec.UNSET
    broken_as: str | msgspec.UnsetType = msgspec.UNSET


class ThreeWayRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A day in one currency, or several days as one; see the equation above."""

    first_day: date
    last_day: date
    currency: str
    flows: list[Flow]
    platform: Money
    ledger: Money
    ledger_bank: Money
    bank: Money
    entries: int
    difference: Money
    not_in_platform: Money
    in_clearing: Money
    in_transit: Money
    between: Money
    unexplained: Money
    lines: int


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


class Waited(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """For how many days something was waited for."""

    waited_for: Literal[
        "approval",
        "bank",
        "bank-details",
        "debt",
        "dispute",
        "freeze",
        "instruction",
        "minimum",
        "planning",
        "release",
        "schedule",
        "suspension",
    ]
    days: int


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


class WithheldTaxRemittance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a payout took from a code's account for the authority, for all partners; below zero where it came back."""

    payout: str
    code: str
    posting_date: date
    position: int
    amount: Money


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
