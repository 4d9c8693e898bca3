"""
The table of commands: under which name and at which path each is said to a book, which fields its path carries.

The name is the operation's, by which permissions are given and a list of commands says what it means. What takes a
document or looks at the books first isn't a row: evidence handed in, a period closed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, NamedTuple

import msgspec

from api.commands.breaks_in_clear import CommentInClear
from api.commands.disputes_in_clear import AnswerInClear, OpenInClear, PostInClear, ProposeInClear
from api.commands.in_clear import ChangeInClear, RegisterInClear
from api.commands.remittances_in_clear import RemitInClear
from api.commands.requests import InPath
from api.http.faults import Fault
from domain import commands
from domain.commands import Command
from domain.period import MONTH
from domain.references import KEY

NUMBER_MAX = 2**31 - 1

ORDER_COMMANDS: dict[str, type[Command]] = {
    "accept": commands.AcceptOrder,
    "cancel": commands.CancelOrder,
    "pay": commands.RecordPayment,
    "dispatch": commands.DispatchGoods,
    "deliver": commands.RecordDelivery,
    "confirm": commands.ConfirmReceipt,
    "lapse-inspection": commands.LapseInspection,
    "extend-inspection": commands.ExtendInspection,
    "freeze": commands.FreezeHold,
    "unfreeze": commands.UnfreezeHold,
    "charge-back": commands.RecordChargeback,
    "close-hold": commands.CloseHold,
    "propose-release": commands.ProposeRelease,
    "approve-release": commands.ApproveRelease,
    "reject-release": commands.RejectRelease,
    "propose-refund": commands.ProposeRefund,
    "approve-refund": commands.ApproveRefund,
    "reject-refund": commands.RejectRefund,
    "take-over": commands.TakeOverOrder,
    "advance": commands.AdvanceGuarantee,
    "repay-advance": commands.RepayAdvance,
    "propose-write-off": commands.ProposeWriteOff,
    "approve-write-off": commands.ApproveWriteOff,
    "reject-write-off": commands.RejectWriteOff,
}
DISPUTE_COMMANDS: dict[str, type[Command]] = {
    "answer": AnswerInClear,
    "withdraw": commands.WithdrawClaim,
    "message": PostInClear,
    "offer": commands.MakeOffer,
    "accept-offer": commands.AcceptOffer,
    "decline-offer": commands.DeclineOffer,
    "escalate": commands.EscalateDispute,
    "assign-mediator": commands.AssignMediator,
    "declare-conflict": commands.DeclareConflict,
    "recuse-mediator": commands.RecuseMediator,
    "request-evidence": commands.RequestEvidence,
    "propose-decision": ProposeInClear,
    "approve-decision": commands.ApproveDecision,
    "return-decision": commands.ReturnDecision,
    "appeal": commands.AppealRuling,
    "waive-appeal": commands.WaiveAppeal,
    "dispatch-return": commands.DispatchReturn,
    "acknowledge-return": commands.AcknowledgeReturn,
    "dispatch-replacement": commands.DispatchReplacement,
    "acknowledge-replacement": commands.AcknowledgeReplacement,
}
AMENDMENT_COMMANDS: dict[str, type[Command]] = {
    "accept": commands.AcceptAmendment,
    "decline": commands.DeclineAmendment,
}
CLOCK_COMMANDS: dict[str, type[Command]] = {
    "expire": commands.ExpireClocks,
    "pause": commands.PauseClock,
    "resume": commands.ResumeClock,
}
AGREEMENT_COMMANDS: dict[str, type[Command]] = {
    "amend": commands.AmendAgreement,
    "end": commands.EndAgreement,
}
PARTY_COMMANDS: dict[str, type[Command]] = {
    "change": ChangeInClear,
    "refer": commands.ReferExporter,
    "screen": commands.ScreenParty,
    "suspend": commands.SuspendParty,
    "reinstate": commands.ReinstateParty,
    "place-legal-hold": commands.PlaceLegalHold,
    "lift-legal-hold": commands.LiftLegalHold,
    "forget": commands.ForgetParty,
}
PAYEE_COMMANDS: dict[str, type[Command]] = {
    "repay": commands.RecordRepayment,
    "declare-unclaimed": commands.DeclareUnclaimed,
    "reclaim": commands.ReclaimUnclaimed,
}
RECEIVABLE_COMMANDS: dict[str, type[Command]] = {
    "link": commands.LinkOrder,
    "allocate": commands.AllocateRemittance,
    "free": commands.FreeRemittance,
    "deduct": commands.DeductFromReceivable,
    "withdraw-deduction": commands.WithdrawDeduction,
    "certify": commands.CertifyRealisation,
    "cancel-certificate": commands.CancelCertificate,
    "extend": commands.ExtendRealisation,
    "close": commands.CloseReceivable,
}
PAYOUT_COMMANDS: dict[str, type[Command]] = {
    "approve": commands.ApprovePayout,
    "cancel": commands.CancelPayout,
    "accept": commands.AcceptPayout,
    "reject": commands.RejectPayout,
}
RULEBOOK_COMMANDS: dict[str, type[Command]] = {
    "approve": commands.ApproveRulebook,
    "publish": commands.PublishRulebook,
}
BREAK_COMMANDS: dict[str, type[Command]] = {
    "assign": commands.AssignBreak,
    "comment": CommentInClear,
    "write-off": commands.ProposeBreakWriteOff,
    "approve-write-off": commands.ApproveBreakWriteOff,
    "reject-write-off": commands.RejectBreakWriteOff,
}
FX_COMMANDS: dict[str, tuple[str, type[Command]]] = {
    "rates-record": ("/rates", commands.RecordRates),
    "rates-correct": ("/rates/corrections", commands.CorrectRates),
    "conversion-record": ("/conversions", commands.RecordConversion),
    "conversion-reverse": ("/conversions/{conversion}/reverse", commands.ReverseConversion),
    "exposure-revalue": ("/exposures/{currency}/revalue", commands.RevalueExposure),
}
"""By name: their paths."""
REOPENING_COMMANDS: dict[str, type[Command]] = {
    "propose-reopening": commands.ProposeReopening,
    "approve-reopening": commands.ApproveReopening,
    "reject-reopening": commands.RejectReopening,
}
"""Each by the last part of its path."""

DISPUTE = "/orders/{order}/disputes/{dispute}"
AMENDMENT = "/orders/{order}/amendments/{amendment}"
RULEBOOK = "/rulebooks/{name}/{version}"

_IN_BRACES = re.compile(r"\{(\w+)\}")


class Sayable(NamedTuple):
    """A command as it is said over HTTP; the path is that below its book."""

    name: str
    path: str
    command: type[Command]
    tag: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the names of what its path carries, as the path has them."""
        return _parts_of(self.path)

    @property
    def in_path(self) -> tuple[str, ...]:
        """Return the fields of the command that its path carries."""
        return ("rulebook",) if self.path.startswith(RULEBOOK) else self.parts

    @property
    def summary(self) -> str:
        """Return what it is, in a sentence."""
        return (self.command.__doc__ or self.name).strip().splitlines()[0]


@cache
def _parts_of(path: str) -> tuple[str, ...]:
    return tuple(_IN_BRACES.findall(path))


@cache
def sayable() -> Mapping[str, Sayable]:
    """Return every command that may be said over HTTP by itself or in a list, by name."""
    return {row.name: row for row in _rows()}


def fields_in_path(row: Sayable, parts: Mapping[str, Any]) -> InPath | list[Fault]:
    """Return what a path carries, by field of the command, or what is wrong with it."""
    if faults := faults_in_path(parts, row.parts):
        return faults
    read = {name: _read(name, parts[name]) for name in row.parts}
    if row.path.startswith(RULEBOOK):
        return {"rulebook": f"{read['name']}/{read['version']}"}
    return {name: value for name, value in read.items() if value is not None}


def faults_in_path(parts: Mapping[str, Any], names: Iterable[str]) -> list[Fault]:
    """Return what is wrong with parts of a path."""
    return [Fault("path", _PROBLEMS[_kind(name)], name=name) for name in names if _read(name, parts[name]) is None]


def schema_of_part(name: str) -> dict[str, Any]:
    """Return what the API's description says of a part of a path."""
    return dict(_SCHEMAS[_kind(name)])


def type_of_part(name: str) -> Any:
    """Return the type that a part of a path has where it stands in JSON."""
    return _TYPES[_kind(name)]


_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_NUMBERS = frozenset({"dispute", "amendment"})

_PROBLEMS = {
    "key": "1 to 64 of letters, digits, point, underscore and hyphen, beginning with a letter or digit",
    "month": "a month, as 2026-10",
    "number": f"a whole number from 1 to {NUMBER_MAX}",
}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "key": {"type": "string", "pattern": f"^{KEY.pattern}$"},
    "month": {"type": "string", "pattern": f"^{MONTH.pattern}$", "examples": ["2026-10"]},
    "number": {"type": "integer", "minimum": 1, "maximum": NUMBER_MAX},
}
_TYPES: dict[str, Any] = {
    "key": Annotated[str, msgspec.Meta(pattern=f"^{KEY.pattern}$")],
    "month": Annotated[str, msgspec.Meta(pattern=f"^{MONTH.pattern}$")],
    "number": Annotated[int, msgspec.Meta(ge=1, le=NUMBER_MAX)],
}


def _kind(name: str) -> str:
    if name in _NUMBERS:
        return "number"
    return "month" if name == "period" else "key"


def _number(said: str) -> int | None:
    number = int(said) if _NUMBER.fullmatch(said) else 0
    return number if 1 <= number <= NUMBER_MAX else None


_READ: dict[str, Callable[[str], str | int | None]] = {
    "key": lambda said: said if KEY.fullmatch(said) else None,
    "month": lambda said: said if MONTH.fullmatch(said) else None,
    "number": _number,
}


def _read(name: str, said: str | int) -> str | int | None:
    """Return a part of a path as its command takes it; one that came as JSON was read there."""
    return said if isinstance(said, int) else _READ[_kind(name)](said)


def _rows() -> Iterator[Sayable]:
    yield Sayable("place", "/orders", commands.PlaceOrder, "commands")
    for verb, command in ORDER_COMMANDS.items():
        yield Sayable(verb, f"/orders/{{order}}/{verb}", command, "commands")
    yield Sayable("dispute-open", "/orders/{order}/disputes", OpenInClear, "disputes")
    for verb, command in DISPUTE_COMMANDS.items():
        yield Sayable(f"dispute-{verb}", f"{DISPUTE}/{verb}", command, "disputes")
    yield Sayable("amend", "/orders/{order}/amendments", commands.ProposeAmendment, "disputes")
    for verb, command in AMENDMENT_COMMANDS.items():
        yield Sayable(f"amendment-{verb}", f"{AMENDMENT}/{verb}", command, "disputes")
    for verb, command in CLOCK_COMMANDS.items():
        yield Sayable(f"clock-{verb}", f"/orders/{{order}}/clocks/{verb}", command, "disputes")
    yield from _rows_of_others()


def _rows_of_others() -> Iterator[Sayable]:
    yield Sayable("agreement-sign", "/agreements", commands.SignAgreement, "agreements")
    for verb, command in AGREEMENT_COMMANDS.items():
        yield Sayable(f"agreement-{verb}", f"/agreements/{{agreement}}/{verb}", command, "agreements")
    yield Sayable("party-register", "/parties", RegisterInClear, "parties")
    for verb, command in PARTY_COMMANDS.items():
        yield Sayable(f"party-{verb}", f"/parties/{{party}}/{verb}", command, "parties")
    yield Sayable("watchlist-record", "/watchlists", commands.RecordWatchlist, "parties")
    yield Sayable("take-balances-over", "/takeovers", commands.RecordOpeningBalances, "money")
    for verb, command in PAYEE_COMMANDS.items():
        yield Sayable(f"payee-{verb}", f"/payees/{{party}}/{verb}", command, "money")
    yield Sayable("payout-plan", "/payouts", commands.PlanPayout, "payouts")
    for verb, command in PAYOUT_COMMANDS.items():
        yield Sayable(f"payout-{verb}", f"/payouts/{{payout}}/{verb}", command, "payouts")
    yield Sayable("bank-account-register", "/bank-accounts", commands.RegisterBankAccount, "reconciliation")
    yield Sayable("match-undo", "/bank-matches/{match}/undo", commands.UndoMatch, "reconciliation")
    reopened = "/settlements/{provider}/{settlement}/reopen"
    yield Sayable("settlement-reopen", reopened, commands.ReopenSettlementLines, "reconciliation")
    for verb, command in BREAK_COMMANDS.items():
        yield Sayable(f"break-{verb}", f"/breaks/{{break_key}}/{verb}", command, "reconciliation")
    yield Sayable("receivable-record", "/receivables", commands.RecordReceivable, "realisation")
    for verb, command in RECEIVABLE_COMMANDS.items():
        yield Sayable(f"receivable-{verb}", f"/receivables/{{receivable}}/{verb}", command, "realisation")
    yield Sayable("remittance-record", "/remittances", RemitInClear, "realisation")
    yield Sayable("rulebook-draft", "/rulebooks", commands.DraftRulebook, "rulebooks")
    for verb, command in RULEBOOK_COMMANDS.items():
        yield Sayable(f"rulebook-{verb}", f"{RULEBOOK}/{verb}", command, "rulebooks")
    for name, (path, command) in FX_COMMANDS.items():
        yield Sayable(name, path, command, "foreign exchange")
    for verb, command in REOPENING_COMMANDS.items():
        yield Sayable(verb, f"/periods/{{period}}/{verb}", command, "periods")
