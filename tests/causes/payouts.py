"""What commands about payouts are refused for."""

from datetime import date

from msgspec.structs import replace

from domain.accounts import AccountUnfit, AccountUnknown
from domain.aggregate import Event
from domain.commands import (
    AcceptPayout,
    ApprovePayout,
    CancelPayout,
    InstructedPayout,
    InstructPayouts,
    PlanPayout,
    PlanRemittance,
    PlanSweep,
    RejectPayout,
)
from domain.commitment import CommitmentMalformed
from domain.money import MINOR_MAX, AmountOutOfRange, CurrencyUnknown, Money
from domain.party_events import PartySuspended
from domain.party_refusals import PartyIsSuspended, PartySanctioned
from domain.payee_account import PayeeCredited, PayeeDebited, PayeeReserved
from domain.payout_events import (
    PayoutApproved,
    PayoutDebited,
    PayoutInstructed,
    PayoutPart,
    PayoutPlanned,
    PayoutReissued,
    PayoutRejected,
)
from domain.payout_file import PayoutFileAlreadyWritten, PayoutFileMalformed, PayoutFileWritten, PayoutUnfit
from domain.payout_refusals import (
    PayoutAlreadyPlanned,
    PayoutAlreadyReissued,
    PayoutApproverKnown,
    PayoutBelowMinimum,
    PayoutExceedsAvailable,
    PayoutNotInState,
    PayoutOfAnother,
    PayoutOffSchedule,
    PayoutPartlyDebited,
    PayoutUnfunded,
)
from domain.references import ReferenceMalformed, payout_file_id, payout_id
from domain.unit_of_work import AggregateNotFound
from tests.causes.cause import Attempt, Cause, Refused
from tests.given import (
    EXPORTER,
    EXPORTER_PAYEE,
    OPERATOR,
    RULEBOOK,
    RULES,
    SECOND,
    Happened,
    given,
    on,
    registered,
    ruled,
    screened,
    usd,
)

BANK, OWN_BANK = "bank:safeguarded:hdfc", "bank:operator:main"
MONDAY = date(2026, 11, 23)
SHA = "5c" * 32
CREDITOR = "3d" * 32
PAYOUT, BEFORE, FILE = payout_id("P-2"), payout_id("P-1"), payout_file_id("M-1")
WEEKLY = replace(RULES, payout_schedule="weekly", payout_day=1, payout_minimum_minor={"USD": 300})
PARTS = (PayoutPart("payable:exporter:EXP-1", 500),)
CREDITED = on(EXPORTER_PAYEE, PayeeCredited(amount_minor=500, source="release:PO-1/1", account="payable:exporter"))
DEBITED = on(EXPORTER_PAYEE, PayeeDebited(amount_minor=201, source="hold:PO-1", account="payable:exporter"))
RESERVED = on(EXPORTER_PAYEE, PayeeReserved(payout=PAYOUT, amounts_minor={"payable:exporter": 500}, last_item=1))
SUSPENDED = on(EXPORTER, PartySuspended(reason="under-review"))
SANCTIONED = on(EXPORTER, screened("hit"))
OTHER_MONEY = {"amount": usd(0)}
OUT_OF_RANGE = Attempt(says={"amount": usd(MINOR_MAX + 1)})
NO_ACCOUNT = "an account that isn't known is of no kind"
PROSE = "not a key"


def plan(*, party: str = "EXP-1", approvals: int = 0, pay_on: date = MONDAY) -> PayoutPlanned:
    """Return a plan to pay a party 5.00 USD."""
    return PayoutPlanned(
        kind="payee",
        party=party,
        currency="USD",
        amount_minor=500,
        parts=PARTS,
        first_item=1,
        last_item=1,
        pays_from=BANK,
        pay_on=pay_on,
        approvals=approvals,
        planned_by=OPERATOR,
    )


def instructed() -> PayoutInstructed:
    """Return how the bank was told to pay it."""
    return PayoutInstructed(
        file="M-1", creditor=CREDITOR, currency="USD", amount_minor=500, parts=PARTS, instructed_by=OPERATOR
    )


def rejected() -> PayoutRejected:
    """Return how the bank refused it."""
    return PayoutRejected(reason="AC04", currency="USD", amount_minor=500, parts=PARTS)


def own(*events: Event, approvals: int = 0) -> tuple[Happened, ...]:
    """Return how the payout P-2 was planned, and what happened to it then."""
    return on(PAYOUT, plan(approvals=approvals), *events)


APPROVED = given(CREDITED, on(EXPORTER, registered()), own(), RESERVED)
TOLD = given(CREDITED, own(), RESERVED, on(PAYOUT, instructed()))
THE_PAYOUT = InstructedPayout(payout="P-2", party="EXP-1", creditor=CREDITOR)
OWN_CAUSES = (
    Cause(ReferenceMalformed, says={"payout": PROSE}),
    Cause(AmountOutOfRange, says=OTHER_MONEY),
    Cause(CurrencyUnknown, says={"amount": Money("XXX", 400)}),
)
PLANNED_ALREADY = Cause(PayoutAlreadyPlanned, after=own())
TOO_MUCH = Cause(PayoutExceedsAvailable, says={"amount": usd(501)})

PAYOUTS = (
    Refused(
        PlanPayout(payout="P-2", party="EXP-1", currency="USD", pays_from=BANK, pay_on=MONDAY, reissues="P-1"),
        given(ruled(WEEKLY), CREDITED, on(EXPORTER, registered()), on(BEFORE, plan(), rejected())),
        Cause(ReferenceMalformed, says={"payout": "P" * 36}),
        Cause(AccountUnknown, says={"pays_from": "petty-cash"}),
        Cause(AccountUnfit, says={"pays_from": "clearing:card"}),
        Cause(AggregateNotFound, says={"currency": "EUR"}, naming={"kind": "payee"}),
        Cause(AggregateNotFound, gone=RULEBOOK, naming={"kind": "rulebook"}),
        Cause(PayoutAlreadyPlanned, after=own()),
        Cause(AggregateNotFound, says={"reissues": "P-7"}, naming={"kind": "payout"}),
        Cause(PayoutOfAnother, says={"reissues": "P-0"}, after=on(payout_id("P-0"), plan(party="EXP-2"), rejected())),
        Cause(PayoutNotInState, without=(PayoutRejected,)),
        Cause(PayoutAlreadyReissued, after=on(BEFORE, PayoutReissued(payout=payout_id("P-9")))),
        Cause(PartyIsSuspended, after=SUSPENDED),
        Cause(PartySanctioned, after=SANCTIONED),
        Cause(PayoutOffSchedule, says={"pay_on": date(2026, 11, 24)}),
        Cause(PayoutBelowMinimum, after=DEBITED),
        apart={
            (2, 3): NO_ACCOUNT,
            (4, 5): "the payee account that isn't there is looked for first",
            (4, 8): "what is reissued is of the payee that is there",
            (7, 8): "two payouts are named",
            (8, 9): "two payouts are named",
            (8, 10): "two payouts are named",
            (9, 10): "what was reissued had been rejected",
            (11, 12): "a suspended party needn't be looked up in lists",
        },
    ),
    Refused(
        PlanSweep(payout="P-2", amount=usd(500), pays_from=BANK, pays_to=OWN_BANK, pay_on=MONDAY, available_minor=500),
        given(),
        *OWN_CAUSES,
        Cause(AccountUnknown, says={"pays_from": "petty-cash"}),
        Cause(AccountUnfit, says={"pays_from": OWN_BANK}),
        Cause(AccountUnknown, says={"pays_to": "petty-cash"}, naming={"account": "petty-cash"}),
        Cause(AccountUnfit, says={"pays_to": BANK}, naming={"account": BANK}),
        PLANNED_ALREADY,
        TOO_MUCH,
        together={(2, 3): Attempt(says={"amount": Money("XXX", 0)}), (2, 9): OUT_OF_RANGE}
        | {(3, 9): Attempt(says={"amount": Money("XXX", 501)})},
        apart={(4, 5): NO_ACCOUNT, (6, 7): NO_ACCOUNT},
    ),
    Refused(
        PlanRemittance(
            payout="P-2", amount=usd(500), pays_from=BANK, tax="tax:gst-output", pay_on=MONDAY, available_minor=500
        ),
        given(),
        *OWN_CAUSES,
        Cause(AccountUnknown, says={"pays_from": "petty-cash"}),
        Cause(AccountUnfit, says={"pays_from": "clearing:card"}),
        Cause(AccountUnknown, says={"tax": "petty-cash"}, naming={"account": "petty-cash"}),
        Cause(AccountUnfit, says={"tax": "tax:gst-input"}, naming={"account": "tax:gst-input"}),
        PLANNED_ALREADY,
        TOO_MUCH,
        together={(2, 3): Attempt(says={"amount": Money("XXX", 0)}), (2, 9): OUT_OF_RANGE}
        | {(3, 9): Attempt(says={"amount": Money("XXX", 501)})},
        apart={(4, 5): NO_ACCOUNT, (6, 7): NO_ACCOUNT},
    ),
    Refused(
        ApprovePayout(payout="P-2"),
        given(CREDITED, own(approvals=2), RESERVED),
        Cause(AggregateNotFound, gone=PAYOUT),
        Cause(
            PayoutNotInState,
            after=on(
                PAYOUT,
                PayoutApproved(approved_by="finance:third", missing=1),
                PayoutApproved(approved_by="finance:fourth", missing=0),
            ),
        ),
        Cause(PayoutApproverKnown, actor=OPERATOR),
        actor=SECOND,
    ),
    Refused(
        CancelPayout(payout="P-2", reason="wrong-account"),
        given(CREDITED, own(), RESERVED),
        Cause(AggregateNotFound, gone=PAYOUT),
        Cause(ReferenceMalformed, says={"reason": PROSE}),
        Cause(PayoutNotInState, after=on(PAYOUT, instructed())),
    ),
    Refused(
        InstructPayouts(
            file="M-1",
            format="pain.001.001.09",
            pays_from=BANK,
            currency="USD",
            pay_on=MONDAY,
            sha256=SHA,
            payouts=(THE_PAYOUT,),
        ),
        APPROVED,
        Cause(ReferenceMalformed, says={"file": "M" * 31}, naming={"field": "file"}),
        Cause(ReferenceMalformed, says={"format": PROSE}, naming={"field": "format"}),
        Cause(CommitmentMalformed, says={"sha256": "short"}, naming={"field": "sha256"}),
        Cause(PayoutFileMalformed, says={"payouts": (THE_PAYOUT, THE_PAYOUT)}),
        Cause(
            PayoutFileAlreadyWritten,
            after=on(
                FILE,
                PayoutFileWritten(
                    format="pain.001.001.09",
                    pays_from=BANK,
                    pay_on=MONDAY,
                    currency="USD",
                    payouts=1,
                    amount_minor=1,
                    sha256=SHA,
                    written_by=OPERATOR,
                ),
            ),
        ),
        Cause(AggregateNotFound, gone=PAYOUT),
        Cause(PayoutUnfit, says={"pays_from": OWN_BANK}, naming={"field": "pays_from"}),
        Cause(
            CommitmentMalformed,
            says={"payouts": (replace(THE_PAYOUT, creditor=""),)},
            naming={"field": "creditor"},
        ),
        Cause(PayoutNotInState, after=on(PAYOUT, instructed())),
        Cause(PartyIsSuspended, after=SUSPENDED),
        Cause(PartySanctioned, after=SANCTIONED),
        Cause(PayoutUnfunded, after=DEBITED),
        together={(4, 8): Attempt(says={"payouts": (replace(THE_PAYOUT, creditor=""), THE_PAYOUT)})},
        apart={(10, 11): "a suspended party needn't be looked up in lists"},
    ),
    Refused(
        AcceptPayout(payout="P-2", answer="ACSP"),
        TOLD,
        Cause(AggregateNotFound, gone=PAYOUT),
        Cause(ReferenceMalformed, says={"answer": PROSE}),
        Cause(PayoutNotInState, after=on(PAYOUT, rejected())),
    ),
    Refused(
        RejectPayout(payout="P-2", reason="AC04"),
        TOLD,
        Cause(AggregateNotFound, gone=PAYOUT),
        Cause(ReferenceMalformed, says={"reason": PROSE}),
        Cause(PayoutNotInState, after=on(PAYOUT, rejected())),
        Cause(
            PayoutPartlyDebited,
            after=on(PAYOUT, PayoutDebited(bank_entry="bank_entry:e1", amount_minor=1, booked_on=MONDAY)),
        ),
        together={
            (3, 4): Attempt(
                after=on(
                    PAYOUT, PayoutDebited(bank_entry="bank_entry:e1", amount_minor=1, booked_on=MONDAY), rejected()
                )
            )
        },
    ),
)
