"""What commands about shipments and remittances are refused for."""

from datetime import date, timedelta

from msgspec.structs import replace

from domain.commands import (
    AcceptOrder,
    AllocateRemittance,
    ApproveRulebook,
    CancelCertificate,
    CertifyRealisation,
    CloseReceivable,
    DeductFromReceivable,
    DraftRulebook,
    ExtendRealisation,
    FreeRemittance,
    LinkOrder,
    OpenDispute,
    PublishRulebook,
    RecordPayment,
    RecordReceivable,
    RecordRemittance,
    WithdrawDeduction,
)
from domain.commands.disputes import NewClaim
from domain.commitment import Commitment, CommitmentMalformed
from domain.money import AmountOutOfRange, CurrencyUnknown, Money
from domain.receivable_events import Invoice, OrderShare, ReceivableClosed, ReceivableDeducted
from domain.receivable_refusals import (
    CertificateKnown,
    CertificateNotFound,
    CertificateOnlyByBank,
    DeclarationExceeded,
    DeductionNotFound,
    DeductionSourceUnlinked,
    DueNotLater,
    NothingToCertify,
    RealisationCertified,
    RealisationNotFound,
    ReceivableAlreadyClosed,
    ReceivableAlreadyRecorded,
    ReceivableCurrencyDiffers,
    ReceivableExceeded,
    ReceivableMalformed,
    ReceivableOfAnother,
    ReceivableOrderAlreadyLinked,
    ReceivableOrdersExceeded,
    ReceivableStillOpen,
)
from domain.references import ReferenceMalformed
from domain.remittance import (
    RemittanceAlreadyRecorded,
    RemittanceCurrencyDiffers,
    RemittanceExceeded,
    RemittanceMalformed,
)
from domain.rulebook import RulebookNotInForce, RulebookNotInState
from domain.unit_of_work import AggregateNotFound
from tests.books import place_order
from tests.causes.cause import Attempt, Cause, Refused
from tests.given import AT, RULES, SECOND, Given, Happened, agreed, given, on, usd

BILL, REMITTANCE = "receivable:SB-1", "remittance:IRM-1"
INVOICE = Invoice(number="EXP/118", issued_on=date(2026, 11, 1), amount_minor=10_000)
TOMORROW = date(2026, 11, 23)
SHIP = RecordReceivable(
    receivable="SB-1",
    exporter="EXP-1",
    currency="USD",
    invoices=(INVOICE,),
    shipped_on=date(2026, 11, 2),
    orders=(OrderShare(order="PO-1", amount_minor=8_000),),
    customs_value=Money("INR", 835_000),
)
REMIT = RecordRemittance(
    remittance="IRM-1", exporter="EXP-1", amount=usd(9_000), received_on=date(2026, 11, 20), purpose="P0102"
)
MATCH = AllocateRemittance(receivable="SB-1", remittance="IRM-1", amount=usd(6_000))
CERTIFY = CertifyRealisation(receivable="SB-1", certificate="BRC-1", certified_on=date(2026, 11, 22))
DEDUCT = DeductFromReceivable(receivable="SB-1", reason="platform-fee", amount=usd(250), source="dispute:PO-1/1")
CLOSED = on(BILL, ReceivableClosed(closed_by="bank", reference="", realised_minor=0, deducted_minor=0, currency="USD"))
EUR = Money("EUR", 1_000)
PROSE = {"reason": "a long story"}
NO_BILL, NO_REMITTANCE, NO_ORDER = {"kind": "receivable"}, {"kind": "remittance"}, {"kind": "order"}
UNLINKED = {"orders": ()}
NEEDS_ORDER = "without an order there is none to be linked"
ONE_RULEBOOK = "one rulebook is asked for"
SAYS_BOTH = "one field can't say both"
NEW = "a bill that isn't recorded yet isn't closed, has no order, and its orders' amounts are in its currency"


def agreed_by_two() -> Given:
    """Return a book in which PO-1 and PO-2 of EXP-1 are accepted, and EXP-2 has PO-3; a rulebook is only drafted."""
    drafted = DraftRulebook(rulebook="drafted/1", rules=RULES)
    later = DraftRulebook(rulebook="later/1", rules=replace(RULES, claim_days=31))
    two = place_order("PO-2")
    book = given(*agreed()).said(
        drafted, later, two, AcceptOrder(order="PO-2"), replace(two, order="PO-3", exporter="EXP-2")
    )
    book.said(ApproveRulebook(rulebook="later/1"), actor=SECOND)
    return book.said(PublishRulebook(rulebook="later/1", effective_from=date(2027, 1, 1)))


def shipped() -> Given:
    """Return that book once goods left for PO-1, and 90.00 USD came."""
    other = replace(REMIT, remittance="IRM-2", exporter="EXP-2")
    return agreed_by_two().said(SHIP, REMIT, other)


def realised() -> Given:
    """Return that book once 60.00 USD of them are matched to the goods."""
    return shipped().said(MATCH)


def disputed() -> Given:
    """Return the book with something in it that a deduction may come of."""
    paid = RecordPayment(order="PO-1", amount=usd(10_000), account="clearing:card")
    return shipped().said(paid, OpenDispute(order="PO-1", claims=(NewClaim(kind="quality", amount_minor=1_000),)))


def deducted(minor: int) -> tuple[Happened, ...]:
    """Return that so much was deducted."""
    event = ReceivableDeducted(number=1, reason="freight", amount_minor=minor, currency="USD", source="")
    return on(BILL, event)


REALISATION = (
    Refused(
        SHIP,
        agreed_by_two(),
        Cause(ReferenceMalformed, says={"receivable": "SB 1"}, naming={"field": "receivable"}),
        Cause(AggregateNotFound, says=UNLINKED | {"rulebook": "nowhere/1"}, naming={"kind": "rulebook"}),
        Cause(RulebookNotInState, says=UNLINKED | {"rulebook": "drafted/1"}),
        Cause(RulebookNotInForce, says=UNLINKED | {"rulebook": "later/1"}),
        Cause(ReferenceMalformed, says={"exporter": "EXP 1"}, naming={"field": "exporter"}),
        Cause(CurrencyUnknown, says={"settled_in": "XXY"}),
        Cause(ReceivableMalformed, says={"shipped_on": TOMORROW}),
        Cause(AmountOutOfRange, says={"customs_value": Money("INR", 0)}),
        Cause(ReceivableAlreadyRecorded, story=shipped()),
        Cause(
            AggregateNotFound,
            says={"orders": (*SHIP.orders, OrderShare(order="PO-9", amount_minor=1))},
            naming=NO_ORDER,
        ),
        Cause(ReceivableAlreadyClosed, unreached=NEW),
        Cause(ReceivableOfAnother, says={"exporter": "EXP-2"}),
        Cause(ReceivableCurrencyDiffers, unreached=NEW),
        Cause(AmountOutOfRange, says={"orders": (OrderShare(order="PO-1", amount_minor=0),)}),
        Cause(ReceivableOrderAlreadyLinked, says={"orders": (*SHIP.orders, *SHIP.orders)}),
        Cause(ReceivableOrdersExceeded, says={"orders": (*SHIP.orders, OrderShare(order="PO-2", amount_minor=2_001))}),
        together={(5, 12): Attempt(says={"exporter": "EXP 1"})},
        apart={
            **{(one, other): ONE_RULEBOOK for one in (2, 3) for other in range(one + 1, 5)},
            **{(one, other): NEEDS_ORDER for one in (2, 3, 4) for other in (10, 14, 15, 16)},
            **{(one, 12): "without an order there is none of another exporter" for one in (2, 3, 4)},
            **dict.fromkeys(((10, 14), (10, 15), (10, 16), (14, 15), (14, 16), (15, 16)), SAYS_BOTH),
            (10, 12): "the first order is of another exporter before a second is looked for",
            **{(12, other): "told at the first order" for other in (14, 15, 16)},
        },
    ),
    Refused(
        LinkOrder(receivable="SB-1", order="PO-2", amount=usd(2_000)),
        shipped(),
        Cause(AggregateNotFound, gone=BILL, naming=NO_BILL),
        Cause(ReceivableAlreadyClosed, after=CLOSED),
        Cause(ReceivableOfAnother, says={"order": "PO-3"}),
        Cause(ReceivableCurrencyDiffers, says={"amount": EUR}),
        Cause(AmountOutOfRange, says={"amount": usd(0)}),
        Cause(ReceivableOrderAlreadyLinked, says={"order": "PO-1"}),
        Cause(ReceivableOrdersExceeded, says={"amount": usd(2_001)}),
        together={
            (4, 5): Attempt(says={"amount": Money("EUR", 0)}),
            (4, 7): Attempt(says={"amount": Money("EUR", 9_999)}),
        },
        apart={
            (3, 6): "another's order can't be linked already",
            (5, 7): "nothing is too little or too much",
        },
    ),
    Refused(
        REMIT,
        agreed_by_two(),
        Cause(ReferenceMalformed, says={"remittance": "IRM 1"}, naming={"field": "remittance"}),
        Cause(AggregateNotFound, says={"rulebook": "nowhere/1"}),
        Cause(RulebookNotInState, says={"rulebook": "drafted/1"}),
        Cause(RulebookNotInForce, says={"rulebook": "later/1"}),
        Cause(ReferenceMalformed, says={"exporter": "EXP 1"}, naming={"field": "exporter"}),
        Cause(CurrencyUnknown, says={"amount": Money("XXY", 1)}),
        Cause(AmountOutOfRange, says={"amount": usd(0)}),
        Cause(RemittanceMalformed, says={"purpose": "0103"}),
        Cause(CommitmentMalformed, says={"remitter": Commitment("Hanse Textil")}),
        Cause(RemittanceAlreadyRecorded, story=shipped()),
        together={(6, 7): Attempt(says={"amount": Money("XXY", 0)})},
        apart={(one, other): ONE_RULEBOOK for one in (2, 3) for other in range(one + 1, 5)},
    ),
    Refused(
        MATCH,
        shipped(),
        Cause(AggregateNotFound, gone=BILL, naming=NO_BILL),
        Cause(RemittanceCurrencyDiffers, says={"amount": Money("EUR", 6_000)}),
        Cause(AmountOutOfRange, says={"amount": usd(0)}),
        Cause(RemittanceExceeded, says={"amount": usd(9_001)}),
        Cause(ReceivableAlreadyClosed, after=CLOSED),
        Cause(ReceivableOfAnother, says={"remittance": "IRM-2"}),
        Cause(ReceivableCurrencyDiffers, says={"realised": EUR}),
        Cause(ReceivableMalformed, says={"realised": usd(5_999)}),
        Cause(AmountOutOfRange, unreached="what is taken of a remittance is above zero, and the same amount"),
        Cause(ReceivableExceeded, after=deducted(4_001)),
        together={
            (2, 3): Attempt(says={"amount": Money("EUR", 0)}),
            (2, 4): Attempt(says={"amount": Money("EUR", 9_999)}),
        },
        apart={(3, 4): "nothing is too little or too much", (7, 8): SAYS_BOTH},
    ),
    Refused(
        FreeRemittance(receivable="SB-1", realisation=1, reason="another-bill"),
        realised(),
        Cause(AggregateNotFound, gone=BILL),
        Cause(ReferenceMalformed, says=PROSE),
        Cause(ReceivableAlreadyClosed, after=CLOSED),
        Cause(RealisationNotFound, says={"realisation": 2}),
        Cause(RealisationCertified, story=realised().said(CERTIFY)),
        apart={(4, 5): "what isn't there isn't certified"},
    ),
    Refused(
        DEDUCT,
        disputed(),
        Cause(AggregateNotFound, gone=BILL, naming=NO_BILL),
        Cause(ReceivableAlreadyClosed, after=CLOSED),
        Cause(ReceivableCurrencyDiffers, says={"amount": EUR}),
        Cause(AmountOutOfRange, says={"amount": usd(0)}),
        Cause(DeductionSourceUnlinked, says={"source": "dispute:PO-2/1"}),
        Cause(ReceivableExceeded, says={"amount": usd(10_001)}),
        Cause(AggregateNotFound, says={"source": "release:PO-1/1"}, naming={"kind": "release"}),
        together={
            (3, 4): Attempt(says={"amount": Money("EUR", 0)}),
            (3, 6): Attempt(says={"amount": Money("EUR", 99_999)}),
        },
        apart={(4, 6): "nothing is too little or too much", (5, 7): SAYS_BOTH},
    ),
    Refused(
        WithdrawDeduction(receivable="SB-1", deduction=1, reason="counted-twice"),
        disputed().said(DEDUCT),
        Cause(AggregateNotFound, gone=BILL),
        Cause(ReferenceMalformed, says=PROSE),
        Cause(ReceivableAlreadyClosed, after=CLOSED),
        Cause(DeductionNotFound, says={"deduction": 2}),
    ),
    Refused(
        CERTIFY,
        realised(),
        Cause(AggregateNotFound, gone=BILL),
        Cause(ReferenceMalformed, says={"certificate": "BRC 1"}),
        Cause(ReceivableMalformed, says={"certified_on": TOMORROW}),
        Cause(CertificateKnown, story=realised().said(CERTIFY)),
        Cause(RealisationNotFound, says={"realisations": (2,)}),
        Cause(
            RealisationCertified,
            story=realised().said(replace(CERTIFY, certificate="BRC-0")),
            says={"realisations": (1,)},
        ),
        Cause(NothingToCertify, story=shipped()),
        together={
            (4, 6): Attempt(story=realised().said(CERTIFY), says={"realisations": (1,)}),
            (5, 6): Attempt(
                story=realised().said(replace(CERTIFY, certificate="BRC-0")), says={"realisations": (2, 1)}
            ),
        },
        apart={
            (4, 7): "one that is known certifies something",
            (6, 7): "one that is certified is there",
        },
    ),
    Refused(
        CancelCertificate(receivable="SB-1", certificate="BRC-1", by="exporter", reason="wrong-bill"),
        realised().said(CERTIFY),
        Cause(AggregateNotFound, gone=BILL),
        Cause(ReferenceMalformed, says=PROSE),
        Cause(CertificateNotFound, says={"certificate": "BRC-2"}),
        Cause(CertificateOnlyByBank, at=AT + timedelta(days=121)),
        apart={(3, 4): "what isn't there has no last day"},
    ),
    Refused(
        ExtendRealisation(receivable="SB-1", due_on=date(2028, 12, 31), reference="AD/EXT/17"),
        shipped(),
        Cause(AggregateNotFound, gone=BILL),
        Cause(ReceivableMalformed, says={"reference": ""}),
        Cause(ReceivableAlreadyClosed, after=CLOSED),
        Cause(DueNotLater, says={"due_on": date(2028, 2, 2)}),
    ),
    Refused(
        CloseReceivable(receivable="SB-1", by="declaration"),
        realised().said(replace(DEDUCT, amount=usd(4_000), source="")),
        Cause(AggregateNotFound, gone=BILL),
        Cause(ReceivableMalformed, says={"reference": " "}),
        Cause(ReceivableAlreadyClosed, after=CLOSED),
        Cause(ReceivableStillOpen, story=realised()),
        Cause(
            DeclarationExceeded,
            story=agreed_by_two().said(
                replace(SHIP, customs_value=Money("INR", 100_000_001)),
                replace(DEDUCT, amount=usd(10_000), source=""),
            ),
        ),
        together={
            (4, 5): Attempt(story=agreed_by_two().said(replace(SHIP, customs_value=Money("INR", 100_000_001)))),
        },
    ),
)
