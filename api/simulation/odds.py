"""
Odds say how often trouble comes in a simulated trade, and how it ends.

Sources as in `world`. What is refused on purpose says so: a simulation in which nobody ever makes a mistake would leave
half of the rules unasked.
"""

from collections.abc import Sequence
from typing import Literal

from domain.claim import ClaimKind, RemedyKind, ReturnedState

# Agreement and payment

PAID_BY_CARD = 0.39
"""DataCo: 38.7 % of the orders are paid by debit; the rest here is telegraphic transfer."""
PAID_IN_PARTS = 0.08
"""Assumed: a step comes in two or three payments."""
PAYMENT_PARTS = (2, 3)
SHORT_TRANSFERS = 0.06
"""Assumed. Reference 7, point 14: a correspondent bank skims a fee..."""
BANK_FEE_DOLLARS = (10, 55)
"""... of 10 to 55 dollars (point 16)."""
SHORT_MADE_UP = 0.7
"""Assumed: the buyer sends the missing rest."""
OVERPAYMENTS = 0.02
"""Assumed."""
PAID_TWICE = 0.25
"""Assumed: of the overpayments, the whole step once more..."""
OVERPAID_DOLLARS = (1, 100)
"""... and otherwise so much too much."""
UNPAID_BALANCES = 0.05
"""Assumed: the balance doesn't come when it is due..."""
BALANCE_PAID_LATE = 0.6
"""... but after the receipt, assumed..."""
PRICE_CUT_TO_WHAT_WAS_PAID = 0.7
"""... and of those that never come, the exporter forgoes so many."""
WRONG_CURRENCY = 0.003
"""Assumed; refused."""

NEVER_ACCEPTED = 0.02
"""Assumed."""
NEVER_PAID = 0.08
"""Assumed; DataCo's 34 % pending are consumers who leave at the till."""
CANCELLED_UNPAID = 0.6
"""Assumed: of those never accepted or paid; the operator tidies the rest up much later."""
CANCELLED_PAID = 0.02
"""DataCo: 2.0 % CANCELED."""
PAID_AFTER_CANCELLATION = 0.1
"""Assumed: a transfer that was on its way; refused."""
CANCELLED_TOO_LATE = 0.01
"""Assumed; refused."""

AMENDED = 0.07
"""Assumed: of the orders, those in which a side asks for a change; reference 1.2 has the steps."""
AMENDED_BY_BUYER = 0.6
AMENDED_QUANTITIES = 0.6
"""Assumed: the rest is another day of dispatch."""
AMENDMENT_ENDS: Sequence[tuple[Literal["accepted", "declined", "taken-back", "left"], float]] = (
    ("accepted", 0.66), ("declined", 0.2), ("taken-back", 0.08), ("left", 0.06),
)  # fmt: skip
"""Assumed."""
AMENDED_PERCENT = (60, 130)
"""Assumed: what becomes of a line's quantity."""
AMENDED_OWN = 0.05
"""Assumed: of the amendments, those that a side accepts in its own name; refused."""

# Performance

LATE_DELIVERIES = 0.56
"""DataCo: 56.1 % of the orders arrive later than scheduled..."""
LATE_DELIVERY_DAYS = (1, 4)
"""... by one to four days."""
EARLY_DISPATCH_DAYS = (0, 6)
"""Assumed: most exporters ship within the last week."""
LATE_DISPATCHES = 0.18
"""Assumed."""
LATE_DISPATCH_DAYS = (1, 12)
"""Assumed."""
NEVER_DISPATCHED = 0.012
"""Assumed: the exporter takes the order and sends nothing."""
PART_SHIPMENTS = 0.10
"""Assumed."""
DISPATCH_PARTS = (2, 3)
UNRECORDED_DELIVERIES = 0.03
"""Assumed: the carrier never tells; the buyer's word, or silence, stands for it."""
EXTENDED = 0.05
"""Assumed: of the inspections, those that a side extends; reference 1.2 has by how much."""
EXTENDED_BY_BUYER = 0.7
EXTENDED_FULLY = 0.5
"""Assumed: of those, by as much as the rules let a side give."""
EXTENSION_DAYS = (3, 15)
EXTENDED_BY_BOTH = 0.3
"""Assumed: of those."""
EXTENDED_TWICE = 0.1
"""Assumed: of those, one side asks again; refused."""
SILENT_BUYERS = 0.3
"""Assumed."""
INSPECTION_PAUSED = 0.01
"""Assumed."""
LAPSED_TOO_EARLY = 0.02
"""Assumed: somebody tries before the window has ended; refused."""
DISPATCHED_TWICE = 0.01
"""Assumed; refused."""
DELIVERED_TWICE = 0.005
"""Assumed: the carrier's message comes again under another id; refused."""

# Money that stops, goes back, or is taken back

FROZEN = 0.025
"""DataCo: 2.5 % SUSPECTED_FRAUD."""
FREEZE_ENDS: Sequence[tuple[Literal["cleared", "cancelled", "stays"], float]] = (
    ("cleared", 0.6), ("cancelled", 0.25), ("stays", 0.15),
)  # fmt: skip
"""Assumed."""
FROZEN_AND_THEN: Sequence[Literal["disputed", "waits"]] = ("disputed", "waits", "waits", "waits")
"""Assumed: what the buyer does while the money is frozen, dealt in turn."""
FROZEN_IN_DISPUTE_DAYS = (35, 70)
FROZEN_BEFORE_APPROVAL = 0.03
"""Assumed: a warning while a release waits for its second person."""
REFUNDED_BEFORE_RECEIPT = 0.03
REFUNDED_AFTER_RECEIPT = 0.06
"""Together with the disputes Retail's 3,836 credit notes on 19,960 invoices."""
REFUND_PERCENT = (2, 40)
"""Assumed."""
REFUNDED_WHOLLY = 0.25
"""Assumed: of the refunds."""
REFUND_TOO_LARGE = 0.02
"""Assumed: of the refunds, one asks for more than was paid; refused."""
CHARGED_BACK = 0.02
"""Assumed, of what is paid by card: twice where card schemes begin to watch (0.9 %, unverified), to have some."""
CHARGED_BACK_DOUBTFUL = 0.25
"""Assumed, of what is paid by card: where the exporter is new here, or the order comes from another system."""
CHARGED_BACK_BEFORE_RECEIPT = 0.4
"""Assumed: of the chargebacks."""

LEFT_WAITING = 0.03
"""Assumed: nobody has decided the proposal yet."""
RELEASES_REJECTED = 0.06
REFUNDS_REJECTED = 0.2
"""Assumed: of what a second person looks at."""
SELF_APPROVALS = 0.3
"""Assumed: who proposed tries to approve as well; forbidden."""
APPROVED_TWICE = 0.02
"""Assumed: two people press the button; the second finds nothing that waits."""

DEBTS: Sequence[Literal["paid-back", "guaranteed", "left"]] = (
    "paid-back", "guaranteed", "guaranteed", "paid-back", "guaranteed", "left",
)  # fmt: skip
"""Assumed: what becomes of an exporter's debt, dealt in turn. Reference 1.3 "Who pays"."""
GUARANTEED_DEBTS: Sequence[Literal["paid-back", "written-off"]] = ("written-off", "written-off", "paid-back")
WRITE_OFFS: Sequence[Literal["approved", "asked-again"]] = ("approved", "asked-again")
"""Assumed, dealt in turn."""
GUARANTEE_TOO_LARGE = 0.1
"""Assumed; refused."""
CLOSED_BY_HAND = 0.02
"""Assumed: somebody closes a hold that closes by itself, or can't be; refused."""
PAID_AFTER_CLOSING = 0.004
"""Assumed; refused."""

# Disputes

DISPUTED_UNPAID = 0.002
"""Assumed: a buyer who hasn't paid opens a dispute; refused."""
DISPUTED_BEFORE_RECEIPT = 0.025
DISPUTED_AFTER_RECEIPT = 0.075
"""See the refunds."""
DISPUTED_DOUBTFUL = 0.25
"""Assumed: after the receipt, as the chargebacks."""
DISPUTED_TOO_LATE = 0.01
"""Assumed: after the time for claims; refused."""
DISPUTED_TWICE = 0.1
"""Assumed: of the disputes, those in which the buyer opens another beside it; refused."""
DISPUTED_AGAIN = 0.1
"""Assumed: once a dispute is settled, another follows."""
CLAIM_COUNTS: Sequence[tuple[int, float]] = ((1, 0.62), (2, 0.26), (3, 0.12))
"""Assumed."""
CLAIM_KINDS: Sequence[tuple[ClaimKind, float]] = (
    ("quality", 0.32), ("quantity", 0.2), ("damaged", 0.18), ("not-as-described", 0.2), ("other", 0.1),
)  # fmt: skip
"""Reference 1.3 names the kinds; shares assumed. Late and not-shipped come where goods were late or not shipped."""
LATE_CLAIMED = 0.6
"""Assumed: of the disputes about goods that came late."""
CLAIMED_WHOLE_ORDER = 0.15
CLAIMED_WHOLE_LINE = 0.3
CLAIMED_PERCENT = (5, 60)
"""Assumed: of a line's quantity."""
CLAIMED_TOO_MUCH = 0.3
"""Assumed: who was paid back already claims it again; refused."""
SHOWN = 0.7
"""Assumed: the buyer brings evidence at once."""
INSPECTED = 0.12
"""Assumed: an inspector's report is brought."""
WRITTEN = 0.15
"""Assumed: somebody writes, at every turn."""
ANSWERS: Sequence[tuple[Literal["accepts", "contests", "silent"], float]] = (
    ("accepts", 0.14), ("contests", 0.66), ("silent", 0.2),
)  # fmt: skip
"""Assumed."""
OFFERED = 0.5
"""Assumed: of the open claims, those that the exporter makes an offer for."""
OFFER_ENDS: Sequence[tuple[Literal["accepted", "declined", "countered", "own", "taken-back", "left"], float]] = (
    ("accepted", 0.4), ("declined", 0.2), ("countered", 0.2), ("own", 0.02), ("taken-back", 0.03), ("left", 0.15),
)  # fmt: skip
"""Assumed; a side that accepts its own offer is refused."""
COUNTER_ENDS: Sequence[tuple[Literal["accepted", "declined", "left"], float]] = (
    ("accepted", 0.4), ("declined", 0.4), ("left", 0.2),
)  # fmt: skip
"""Assumed."""
WITHDRAWN = 0.07
"""Assumed."""
ESCALATED_TOO_EARLY = 0.05
"""Assumed; refused."""
ESCALATIONS: Sequence[tuple[Literal["buyer", "exporter", "clock"], float]] = (
    ("buyer", 0.4),
    ("exporter", 0.07),
    ("clock", 0.53),
)
"""Assumed."""
CLOCK_PAUSED = 0.06
"""Assumed: of the disputes, those in which somebody must wait for a laboratory, a strike or a flood."""
PAUSE_DAYS = (1, 9)
CONFLICTS = 0.06
RECUSED = 0.03
"""Assumed."""
MEDIATOR_IS_PARTY = 0.01
"""Assumed: somebody gives the dispute to one of its sides; forbidden."""
ASSIGNED_TWICE = 0.02
"""Assumed; refused."""
SAME_MEDIATOR_AGAIN = 0.15
"""Assumed: an appeal is given to who decided before; forbidden."""
EVIDENCE_ASKED = 0.5
EVIDENCE_OF_BUYER = 0.5
EVIDENCE_ENDS: Sequence[tuple[Literal["in-time", "late", "never"], float]] = (
    ("in-time", 0.7), ("late", 0.15), ("never", 0.15),
)  # fmt: skip
"""Assumed."""
DECIDED_IN_PARTS = 0.2
"""Assumed: of the decisions about several claims, those that leave one for later."""
REMEDIES: Sequence[tuple[RemedyKind, float]] = (
    ("none", 0.22), ("partial-refund", 0.36), ("refund", 0.14), ("return-and-refund", 0.12), ("replacement", 0.09),
    ("replacement-and-refund", 0.07),
)  # fmt: skip
"""Reference 9 names the kinds; shares assumed."""
REMEDY_PERCENT = (10, 90)
"""Assumed: of what was claimed, where a remedy gives back a part."""
OUTSIDE_EVIDENCE = 0.02
"""Assumed: a finding rests on what the mediator was never shown; refused."""
SECOND_LOOKS: Sequence[Literal["approved", "returned"]] = ("approved", "approved", "approved", "returned")
"""Assumed, dealt in turn."""
DECISIONS_SELF_APPROVED = 0.1
"""Assumed: who wrote the decision tries to approve it as well; forbidden."""
SHOWN_TOO_LATE = 0.15
"""Assumed: evidence comes while the decision waits for its second mediator."""
APPEALED = 0.14
APPEALED_BY_BUYER = 0.6
APPEALED_WITHOUT_EVIDENCE = 0.2
"""Assumed: of the appeals, those that bring nothing new; refused."""
ACCEPTED_BY_BOTH = 0.35
"""Assumed: of the decisions, those that both sides accept before the appeal's time is over."""
RETURNS: Sequence[Literal["sent", "lapses"]] = ("sent", "sent", "sent", "sent", "lapses")
"""Assumed, dealt in turn."""
RETURN_STATES: Sequence[ReturnedState] = (
    "received", "received", "received", "received", "received", "not-received", "damaged", "empty-or-different",
    "missing-items",
)  # fmt: skip
"""Reference 2.6 names the states; shares assumed, dealt in turn."""
REPLACEMENTS: Sequence[Literal["sent", "lapses"]] = ("sent", "sent", "sent", "lapses")
REPLACED: Sequence[Literal["accepted", "refused"]] = ("accepted", "accepted", "accepted", "refused")
"""Assumed, dealt in turn."""
SILENT_ABOUT_GOODS = 0.2
"""Assumed: who got goods back, or replaced, says nothing about them."""
CHARGED_BACK_IN_DISPUTE = 0.05
"""Assumed, of what is paid by card."""

# Parties

REFERRED_TWICE = 0.03
"""Assumed: a second partner claims an exporter; refused."""
TOO_EARLY_UNDER_LATER_RULES = 0.1
"""Assumed: of the orders after the publication of rules and before they take effect; refused."""
UNCLAIMED_RECLAIMED = 0.6
"""Assumed: of what couldn't be paid to anybody, so much is asked for in the end."""

# The bank. What happens to one in so many goes by turns, so that no seed is without it.

UNKNOWN_LINE = 4
"""Assumed: of so many statements, one has a line that nobody expects, where it is of buyers' money."""
CARD_PAYMENT_SHORT = 9
"""Assumed: of so many sums paid out by the provider of cards, one is short."""
SETTLEMENT_DIFFERS = 11
"""Assumed: of so many settlements of that provider, one doesn't come to what its lines do."""
MATCHED_AGAIN = {"one": 17, "out": 19, "back": 3, "settlement": 10}
"""Assumed: of so many matches of transfers, payouts, returns and card payments, one is taken back, and made again."""
PAYOUT_CANCELLED, PAYOUT_REJECTED, PAYOUT_RETURNED = 31, 41, 37
"""Assumed: of so many payouts, one is given up, refused by the bank, or comes back."""
PAYOUT_SELF_APPROVED = 23
"""Assumed: of so many payouts, one meets who planned it and tries to approve it as well; refused."""
PAYOUT_DOLLARS_MIN = 20
"""Assumed: less is carried forward."""

# Talk

SENT_TWICE = 0.002
"""Assumed, of all commands: an answer was lost, so the caller sends the same command id again."""
