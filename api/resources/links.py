"""Links are the addresses of what belongs to a thing, by the word for it: only those where the caller may come."""

from collections.abc import Mapping
from typing import NamedTuple

from api.identity.caller import Caller
from api.identity.permissions import PERMISSIONS

Links = dict[str, str]


class Link(NamedTuple):
    """
    An operation that reads, and its address below a book, with the parts of the thing's name to be filled in.

    to_sides: whether it is also there for those who see only what is theirs.
    """

    operation: str
    path: str
    to_sides: bool = True

    def is_for(self, caller: Caller) -> bool:
        """Return whether a caller may come there."""
        permission = PERMISSIONS[self.operation]
        return caller.role in (permission.roles if self.to_sides else permission.whole)


_ORDER = "/orders/{order}"
_DISPUTE = f"{_ORDER}/disputes/{{number}}"

_TRADE: Mapping[str, Link] = {
    "order": Link("order", _ORDER),
    "hold": Link("hold", "/holds/{order}"),
    "releases": Link("order-releases", f"{_ORDER}/releases"),
    "refunds": Link("order-refunds", f"{_ORDER}/refunds"),
}
"""What belongs to everything about an order's money."""

LINKS: Mapping[str, Mapping[str, Link]] = {
    "order": {
        "self": Link("order", _ORDER),
        "timeline": Link("timeline", f"{_ORDER}/timeline"),
        "hold": _TRADE["hold"],
        "releases": _TRADE["releases"],
        "refunds": _TRADE["refunds"],
        "amendments": Link("amendments", f"{_ORDER}/amendments"),
        "disputes": Link("disputes", "/disputes?stage=all&order={order}"),
        "deadlines": Link("deadlines", "/deadlines?order={order}"),
        "guarantee": Link("guarantee", f"{_ORDER}/guarantee"),
        "commission": Link("commission", "/commissions/{order}"),
        "explanation": Link("explain", "/explain/order:{order}"),
        "evidence_pack": Link("order-evidence-pack", f"{_ORDER}/evidence-pack"),
    },
    "hold": {
        "self": Link("hold", "/holds/{order}"),
        "order": _TRADE["order"],
        "releases": _TRADE["releases"],
        "refunds": _TRADE["refunds"],
        "statement": Link("account-statement", "/accounts/hold:{order}/statement"),
        "explanation": Link("explain", "/explain/hold:{order}"),
    },
    "release": {
        "self": Link("release", f"{_ORDER}/releases/{{number}}"),
        **_TRADE,
        "explanation": Link("explain", "/explain/release:{order}/{number}"),
    },
    "refund": {
        "self": Link("refund", f"{_ORDER}/refunds/{{number}}"),
        **_TRADE,
        "explanation": Link("explain", "/explain/refund:{order}/{number}"),
    },
    "amendment": {"self": Link("amendment", f"{_ORDER}/amendments/{{number}}"), "order": _TRADE["order"]},
    "guarantee": {
        "self": Link("guarantee", f"{_ORDER}/guarantee"),
        "order": _TRADE["order"],
        "hold": _TRADE["hold"],
        "explanation": Link("explain", "/explain/guarantee:{order}"),
    },
    "commission": {
        "self": Link("commission", "/commissions/{order}"),
        "order": _TRADE["order"],
        "agreement": Link("agreement", "/agreements/{agreement}"),
        "explanation": Link("explain", "/explain/commission:{order}", to_sides=False),
    },
    "clock": {"self": Link("deadline", f"{_ORDER}/clocks/{{clock}}"), "order": _TRADE["order"]},
    "dispute": {
        "self": Link("dispute", _DISPUTE),
        "order": _TRADE["order"],
        "timeline": Link("dispute-timeline", f"{_DISPUTE}/timeline"),
        "claims": Link("dispute-claims", f"{_DISPUTE}/claims"),
        "evidence": Link("dispute-evidence-list", f"{_DISPUTE}/evidence"),
        "offers": Link("dispute-offers", f"{_DISPUTE}/offers"),
        "decisions": Link("dispute-decisions", f"{_DISPUTE}/decisions"),
        "appeals": Link("dispute-appeals", f"{_DISPUTE}/appeals"),
        "deadlines": Link("deadlines", "/deadlines?order={order}"),
        "evidence_pack": Link("dispute-evidence-pack", f"{_DISPUTE}/evidence-pack"),
    },
    "claim": {"self": Link("dispute-claim", f"{_DISPUTE}/claims/{{claim}}"), "dispute": Link("dispute", _DISPUTE)},
    "party": {
        "self": Link("party", "/parties/{party}"),
        "bought": Link("orders", "/orders?buyer={party}"),
        "sold": Link("orders", "/orders?exporter={party}"),
    },
    "payee": {
        "self": Link("payee", "/payees/{party}/{currency}"),
        "party": Link("party", "/parties/{party}"),
        "explanation": Link("explain", "/explain/payee:{party}/{currency}"),
    },
    "payout": {
        "self": Link("payout", "/payouts/{payout}"),
        "advice": Link("payout-advice", "/payouts/{payout}/advice?format=csv"),
    },
    "payout_to": {
        "self": Link("payout", "/payouts/{payout}"),
        "advice": Link("payout-advice", "/payouts/{payout}/advice?format=csv"),
        "party": Link("party", "/parties/{party}"),
        "payee": Link("payee", "/payees/{party}/{currency}"),
    },
    "payout_file": {
        "self": Link("payout-file", "/payout-files/{file}"),
        "content": Link("payout-file-content", "/payout-files/{file}/content"),
        "payouts": Link("payouts", "/payouts?file={file}"),
    },
    "agreement": {
        "self": Link("agreement", "/agreements/{agreement}"),
        "party": Link("party", "/parties/{partner}"),
        "commissions": Link("commissions", "/commissions?partner={partner}"),
    },
    "receivable": {
        "self": Link("receivable", "/receivables/{receivable}"),
        "party": Link("party", "/parties/{exporter}"),
        "remittances": Link("remittances", "/remittances?exporter={exporter}&left=true"),
    },
    "remittance": {
        "self": Link("remittance", "/remittances/{remittance}"),
        "party": Link("party", "/parties/{exporter}"),
    },
    "match": {
        "self": Link("bank-match", "/bank-matches/{match}"),
        "entries": Link("bank-entries", "/bank-entries?matched=true"),
    },
    "settlement": {
        "self": Link("settlement", "/settlements/{provider}/{settlement}"),
        "lines": Link("settlement-lines", "/settlements/{provider}/{settlement}/lines"),
    },
    "break": {
        "self": Link("break", "/breaks/{break_key}"),
        "breaks": Link("breaks", "/breaks"),
    },
    "conversion": {
        "self": Link("conversion", "/conversions/{conversion}"),
        "exposures": Link("exposures", "/exposures"),
    },
    "account": {
        "self": Link("account", "/accounts/{account}"),
        "statement": Link("account-statement", "/accounts/{account}/statement"),
        "explanation": Link("explain", "/explain/{account}"),
    },
    "rulebook": {"self": Link("rulebook", "/rulebooks/{rulebook}")},
    "period": {
        "self": Link("period", "/periods/{period}"),
        "verification": Link("verify-period", "/periods/{period}/verify"),
    },
}
"""By the kind of thing, by the word for what belongs to it."""


def links_of(kind: str, caller: Caller, book: str, **parts: str | int) -> Links:
    """
    Return what belongs to a thing, as absolute paths.

    kind: a key of LINKS; parts: what its name is made of, as `order` and `number`.
    """
    return {
        word: f"/v1/books/{book}{link.path.format(**parts)}"
        for word, link in LINKS[kind].items()
        if link.is_for(caller)
    }
