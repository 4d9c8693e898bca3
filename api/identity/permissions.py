"""
A permission is which roles may come to an operation's door at all, and of whose things.

One table for all of HTTP, by the operation's name. What isn't in it nobody may. What a rule of the domain refuses, as a
buyer who speaks for the exporter or one person who approves alone, isn't said here a second time.
"""

from typing import Literal, NamedTuple

from api.identity.caller import Caller, Role
from api.identity.refusals import RoleForbidden

Own = Literal[
    "order",
    "trade",
    "hold",
    "guarantee",
    "commission",
    "dispute",
    "party",
    "payee",
    "payout",
    "agreement",
    "account",
    "receivable",
    "remittance",
    "figure",
    "list",
]
"""
By what a request is bound to what is the caller's party's: by the order in its path, as the thing itself (order), as
what a command is about (trade), as what its hold, guarantee, commission or dispute belongs to; by the party, the
agreement, the account, the shipping bill, the remittance, the payout or the figure in its path; or as a list, which the
route searches for what is theirs.
"""


class Permission(NamedTuple):
    """
    Who may.

    whole: of the whole book; own: of what is their party's, and how the request is bound to it.
    """

    whole: frozenset[Role]
    own: frozenset[Role] = frozenset()
    by: Own | None = None

    @property
    def roles(self) -> frozenset[Role]:
        """Return every role that may come."""
        return self.whole | self.own


def check_permitted(caller: Caller, operation: str) -> Own | None:
    """
    Check that a caller may come to an operation's door; return by what it is then bound to what is theirs, if it is.

    Raises: RoleForbidden.
    """
    permission = PERMISSIONS.get(operation)
    if permission is None or caller.role not in permission.roles:
        raise RoleForbidden(role=caller.role, operation=operation)
    return permission.by if caller.role in permission.own else None


def _whole(*roles: Role) -> Permission:
    return Permission(frozenset(roles))


def _own(whole: Permission, by: Own, *roles: Role) -> Permission:
    return Permission(whole.whole, frozenset(roles), by)


OPEN = frozenset({"health", "ready"})
"""Asked by machines that hold no token, as what starts and restarts a server; they tell nothing of any book."""

_EVERYBODY = Permission(
    frozenset({"operator", "finance", "mediator", "auditor", "buyer", "exporter", "partner"}),
)
_STAFF = _whole("operator", "finance", "mediator", "auditor")
_BOOKS = _whole("operator", "finance", "auditor")
_AUDIT = _whole("operator", "auditor")
_OPERATOR = _whole("operator")
_MONEY = _whole("operator", "finance")
_MEDIATION = _whole("operator", "mediator")

PERMISSIONS: dict[str, Permission] = {
    # What is signed is for everybody to check, and shows hashes only: entries are asked for separately, by auditors.
    "log": _EVERYBODY,
    "checkpoint": _EVERYBODY,
    "witnesses": _EVERYBODY,
    "tile": _EVERYBODY,
    "inclusion-proof": _EVERYBODY,
    "consistency-proof": _EVERYBODY,
    "command-proofs": _STAFF,
    # Trades.
    "orders": _own(_STAFF, "list", "buyer", "exporter"),
    "order": _own(_STAFF, "order", "buyer", "exporter"),
    "timeline": _own(_STAFF, "order", "buyer", "exporter"),
    "order-evidence-pack": _own(_STAFF, "order", "buyer", "exporter"),
    "lines": _own(_STAFF, "order", "buyer", "exporter"),
    "amendments": _own(_STAFF, "order", "buyer", "exporter"),
    "amendment": _own(_STAFF, "order", "buyer", "exporter"),
    "deadline": _own(_STAFF, "order", "buyer", "exporter"),
    "holds": _own(_STAFF, "list", "buyer", "exporter"),
    "hold": _own(_STAFF, "hold", "buyer", "exporter"),
    "releases": _own(_STAFF, "list", "buyer", "exporter"),
    "order-releases": _own(_STAFF, "order", "buyer", "exporter"),
    "release": _own(_STAFF, "order", "buyer", "exporter"),
    "refunds": _own(_STAFF, "list", "buyer", "exporter"),
    "order-refunds": _own(_STAFF, "order", "buyer", "exporter"),
    "refund": _own(_STAFF, "order", "buyer", "exporter"),
    "guarantees": _own(_STAFF, "list", "exporter"),
    "guarantee": _own(_STAFF, "guarantee", "exporter"),
    "deadlines": _own(_STAFF, "list", "buyer", "exporter"),
    "disputes": _own(_STAFF, "list", "buyer", "exporter"),
    "dispute": _own(_STAFF, "dispute", "buyer", "exporter"),
    "dispute-timeline": _own(_STAFF, "dispute", "buyer", "exporter"),
    "dispute-claims": _own(_STAFF, "dispute", "buyer", "exporter"),
    "dispute-claim": _own(_STAFF, "dispute", "buyer", "exporter"),
    "dispute-evidence-list": _own(_STAFF, "dispute", "buyer", "exporter"),
    "dispute-offers": _own(_STAFF, "dispute", "buyer", "exporter"),
    "dispute-decisions": _own(_STAFF, "dispute", "buyer", "exporter"),
    "dispute-appeals": _own(_STAFF, "dispute", "buyer", "exporter"),
    "dispute-evidence-pack": _own(_STAFF, "dispute", "buyer", "exporter"),
    "evidence": _STAFF,
    # Money.
    "balances": _own(_BOOKS, "list", "buyer", "exporter", "partner"),
    "accounts": _own(_BOOKS, "list", "buyer", "exporter", "partner"),
    "account": _own(_BOOKS, "account", "buyer", "exporter", "partner"),
    "account-statement": _own(_BOOKS, "account", "buyer", "exporter", "partner"),
    "explain": _own(_STAFF, "figure", "buyer", "exporter", "partner"),
    "payee": _own(_BOOKS, "payee", "buyer", "exporter", "partner"),
    "payees": _BOOKS,
    "payouts": _own(_BOOKS, "list", "buyer", "exporter", "partner"),
    "payout": _own(_BOOKS, "payout", "buyer", "exporter", "partner"),
    "payout-advice": _own(_BOOKS, "payout", "buyer", "exporter", "partner"),
    "payout-files": _BOOKS,
    "payout-file": _BOOKS,
    "commissions": _own(_BOOKS, "list", "partner"),
    "commission": _own(_BOOKS, "commission", "partner"),
    "commission-statement": _own(_BOOKS, "party", "partner"),
    "commission-evidence-pack": _own(_BOOKS, "party", "partner"),
    "tax-certificates": _own(_BOOKS, "list", "partner"),
    "agreements": _own(_BOOKS, "list", "partner"),
    "agreement": _own(_BOOKS, "agreement", "partner"),
    "receivables": _own(_BOOKS, "list", "exporter"),
    "receivable": _own(_BOOKS, "receivable", "exporter"),
    "remittances": _own(_BOOKS, "list", "exporter"),
    "remittance": _own(_BOOKS, "remittance", "exporter"),
    "realisation-statement": _own(_BOOKS, "party", "exporter"),
    "trial-balance": _BOOKS,
    "journal": _BOOKS,
    "rates": _STAFF,
    "rate": _STAFF,
    "conversions": _BOOKS,
    "conversion": _BOOKS,
    "exposures": _BOOKS,
    "three-way": _BOOKS,
    "three-way-lines": _BOOKS,
    "proof-of-holds": _BOOKS,
    "bank-proof": _BOOKS,
    "bank-proof-lines": _BOOKS,
    "floats": _BOOKS,
    "float-totals": _BOOKS,
    "month-end": _BOOKS,
    "periods": _BOOKS,
    "period": _BOOKS,
    "verify-period": _BOOKS,
    "compare-periods": _BOOKS,
    # Who and what there is in a book, and who did what.
    "events": _BOOKS,
    "event-stream": _own(_BOOKS, "list", "buyer", "exporter", "partner"),
    # Who outside is told of them.
    "webhooks": _AUDIT,
    "webhook": _AUDIT,
    "webhook-deliveries": _AUDIT,
    "webhook-dead-letters": _AUDIT,
    "webhook-create": _OPERATOR,
    "webhook-pause": _OPERATOR,
    "webhook-resume": _OPERATOR,
    "webhook-rotate": _OPERATOR,
    "webhook-end": _OPERATOR,
    "webhook-skip": _OPERATOR,
    "webhook-replay": _OPERATOR,
    "parties": _STAFF,
    "party": _own(_STAFF, "party", "buyer", "exporter", "partner"),
    "watchlists": _BOOKS,
    "rulebooks": _STAFF,
    "rulebook": _STAFF,
    "rulebook-diff": _STAFF,
    "counterfactual": _STAFF,
    "audit": _AUDIT,
    "audit-four-eyes": _AUDIT,
    "audit-refused": _AUDIT,
    "audit-reads": _AUDIT,
    # A list is let in for its commands, each of which has to pass by its own name.
    "bulk": _own(_whole("operator", "finance", "mediator"), "list", "buyer", "exporter"),
    # What is said to an order. Whoever places one names a key and a stranger, and learns whether there are such.
    "place": _OPERATOR,
    "take-over": _OPERATOR,
    "cancel": _OPERATOR,
    "deliver": _OPERATOR,
    "lapse-inspection": _OPERATOR,
    "accept": _own(_OPERATOR, "trade", "exporter"),
    "dispatch": _own(_OPERATOR, "trade", "exporter"),
    "confirm": _own(_OPERATOR, "trade", "buyer"),
    "extend-inspection": _own(_OPERATOR, "trade", "buyer", "exporter"),
    "amend": _own(_OPERATOR, "trade", "buyer", "exporter"),
    "amendment-accept": _own(_OPERATOR, "trade", "buyer", "exporter"),
    "amendment-decline": _own(_OPERATOR, "trade", "buyer", "exporter"),
    "clock-expire": _OPERATOR,
    "clock-pause": _MEDIATION,
    "clock-resume": _MEDIATION,
    # What is said about its money.
    "pay": _MONEY,
    "freeze": _MONEY,
    "unfreeze": _MONEY,
    "charge-back": _MONEY,
    "close-hold": _MONEY,
    "propose-release": _MONEY,
    "approve-release": _MONEY,
    "reject-release": _MONEY,
    "propose-refund": _MONEY,
    "approve-refund": _MONEY,
    "reject-refund": _MONEY,
    "advance": _MONEY,
    "repay-advance": _MONEY,
    "propose-write-off": _MONEY,
    "approve-write-off": _MONEY,
    "reject-write-off": _MONEY,
    "payee-repay": _MONEY,
    "payee-declare-unclaimed": _MONEY,
    "payee-reclaim": _MONEY,
    "bank-accounts": _BOOKS,
    "bank-statements": _BOOKS,
    "bank-entries": _BOOKS,
    "open-items": _BOOKS,
    "bank-matches": _BOOKS,
    "bank-match": _BOOKS,
    "reconciliation": _BOOKS,
    "breaks": _BOOKS,
    "break": _BOOKS,
    "settlements": _BOOKS,
    "settlement": _BOOKS,
    "settlement-lines": _BOOKS,
    "settlement-import": _MONEY,
    "settlement-clear": _MONEY,
    "settlement-reopen": _MONEY,
    "bank-account-register": _MONEY,
    "bank-statement-import": _MONEY,
    "reconcile": _MONEY,
    "match-make": _MONEY,
    "match-undo": _MONEY,
    "break-assign": _MONEY,
    "break-comment": _MONEY,
    "break-write-off": _MONEY,
    "break-approve-write-off": _MONEY,
    "break-reject-write-off": _MONEY,
    "payout-plan": _MONEY,
    "payout-sweep": _MONEY,
    "payout-remit": _MONEY,
    "payout-approve": _MONEY,
    "payout-cancel": _MONEY,
    "payout-accept": _MONEY,
    "payout-reject": _MONEY,
    "payout-instruct": _MONEY,
    "payout-answer": _MONEY,
    "payout-file-content": _BOOKS,
    "take-balances-over": _MONEY,
    "receivable-record": _MONEY,
    "receivable-link": _MONEY,
    "receivable-allocate": _MONEY,
    "receivable-free": _MONEY,
    "receivable-deduct": _MONEY,
    "receivable-withdraw-deduction": _MONEY,
    "receivable-certify": _MONEY,
    "receivable-cancel-certificate": _MONEY,
    "receivable-extend": _MONEY,
    "receivable-close": _MONEY,
    "remittance-record": _MONEY,
    "rates-record": _MONEY,
    "rates-correct": _MONEY,
    "conversion-record": _MONEY,
    "conversion-reverse": _MONEY,
    "exposure-revalue": _MONEY,
    "period-close": _MONEY,
    "propose-reopening": _MONEY,
    "approve-reopening": _MONEY,
    "reject-reopening": _MONEY,
    # What is said to a dispute.
    "dispute-open": _own(_OPERATOR, "trade", "buyer"),
    "dispute-withdraw": _own(_OPERATOR, "trade", "buyer"),
    "dispute-answer": _own(_OPERATOR, "trade", "exporter"),
    "dispute-message": _own(_MEDIATION, "trade", "buyer", "exporter"),
    "dispute-evidence": _own(_OPERATOR, "trade", "buyer", "exporter"),
    "dispute-offer": _own(_OPERATOR, "trade", "buyer", "exporter"),
    "dispute-accept-offer": _own(_OPERATOR, "trade", "buyer", "exporter"),
    "dispute-decline-offer": _own(_OPERATOR, "trade", "buyer", "exporter"),
    "dispute-escalate": _own(_OPERATOR, "trade", "buyer", "exporter"),
    "dispute-appeal": _own(_OPERATOR, "trade", "buyer", "exporter"),
    "dispute-waive-appeal": _own(_OPERATOR, "trade", "buyer", "exporter"),
    "dispute-dispatch-return": _own(_OPERATOR, "trade", "buyer"),
    "dispute-acknowledge-return": _own(_OPERATOR, "trade", "exporter"),
    "dispute-dispatch-replacement": _own(_OPERATOR, "trade", "exporter"),
    "dispute-acknowledge-replacement": _own(_OPERATOR, "trade", "buyer"),
    "dispute-assign-mediator": _OPERATOR,
    "dispute-declare-conflict": _MEDIATION,
    "dispute-recuse-mediator": _MEDIATION,
    "dispute-request-evidence": _MEDIATION,
    "dispute-propose-decision": _MEDIATION,
    "dispute-approve-decision": _MEDIATION,
    "dispute-return-decision": _MEDIATION,
    "preview": _MEDIATION,
    "preview-execute": _MEDIATION,
    # What is said of parties, partners and rules.
    "party-register": _OPERATOR,
    "party-change": _OPERATOR,
    "party-refer": _OPERATOR,
    "party-screen": _OPERATOR,
    "party-suspend": _OPERATOR,
    "party-reinstate": _OPERATOR,
    "party-place-legal-hold": _OPERATOR,
    "party-lift-legal-hold": _OPERATOR,
    "party-forget": _OPERATOR,
    "watchlist-record": _OPERATOR,
    "agreement-sign": _OPERATOR,
    "agreement-amend": _OPERATOR,
    "agreement-end": _OPERATOR,
    "rulebook-draft": _OPERATOR,
    "rulebook-approve": _OPERATOR,
    "rulebook-publish": _OPERATOR,
}
"""By operation."""
