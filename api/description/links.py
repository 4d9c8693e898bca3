"""Links of the document: from what was answered, to what may be asked or said with it."""

from itertools import pairwise
from typing import Any

from msgspec import Struct, field

IN_PATH = "$request.path."
BOOK = {"book": f"{IN_PATH}book"}
SAME_ORDER = {"order": f"{IN_PATH}order"}
PLACED = {"order": "$request.body#/order"}
SAME_DISPUTE = SAME_ORDER | {"dispute": f"{IN_PATH}dispute"}
OPENED = SAME_ORDER | {"dispute": "1"}


class Link(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What may be asked or said next: an operation, and where its parameters are found."""

    operation_id: str
    parameters: dict[str, Any] = field(default_factory=dict)


def _links(parameters: dict[str, Any], *operations: str) -> dict[str, Link]:
    return {each: Link(operation_id=each, parameters=BOOK | parameters) for each in operations}


def _chain(parameters: dict[str, Any], *operations: str) -> dict[str, dict[str, Link]]:
    """Return links from each operation to the one that usually follows, about the same thing."""
    pairs = pairwise(operations)
    return {before: _links(parameters, after) for before, after in pairs}


_AFTER_ORDER = ("order", "timeline", "order-evidence-pack", "accept", "cancel", "amend")

LINKS: dict[str, dict[str, Link]] = {
    **_chain(SAME_ORDER, "accept", "pay", "dispatch", "deliver", "confirm", "timeline"),
    **_chain(SAME_ORDER, "freeze", "unfreeze", "charge-back", "order"),
    **_chain(SAME_ORDER, "propose-refund", "approve-refund", "order"),
    **_chain(SAME_ORDER, "propose-release", "approve-release", "order"),
    **_chain(SAME_DISPUTE, "dispute-answer", "dispute-message", "dispute-offer", "dispute-accept-offer"),
    **_chain(
        SAME_DISPUTE,
        "dispute-escalate",
        "dispute-assign-mediator",
        "dispute-declare-conflict",
        "dispute-propose-decision",
        "dispute-waive-appeal",
    ),
    "place": _links(PLACED, *_AFTER_ORDER),
    "dispute-open": _links(OPENED, "dispute-answer", "dispute-offer", "dispute-escalate", "dispute-withdraw"),
    "party-register": _links(
        {"party": "$request.body#/party"}, "party", "party-screen", "party-change", "party-suspend", "party-forget"
    ),
    "party-suspend": _links({"party": f"{IN_PATH}party"}, "party-reinstate"),
    "party-place-legal-hold": _links({"party": f"{IN_PATH}party"}, "party-lift-legal-hold"),
    "agreement-sign": _links(
        {"agreement": "$request.body#/agreement"}, "agreement", "agreement-amend", "agreement-end"
    ),
    "amend": _links(SAME_ORDER | {"amendment": 1}, "amendment-accept", "amendment-decline"),
    "preview": _links({"preview": "$response.body#/preview", "candidate": 1}, "preview-execute"),
}
"""By operation."""
