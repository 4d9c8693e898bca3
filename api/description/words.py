"""The words of the document that belong to no single operation: what it opens with, its tags, its titles."""

from typing import Any

ABOUT = """\
Money held for trades between businesses, as a log of events that nobody can change unnoticed.

Everything is said to one book. A change is a `POST` with an `Idempotency-Key` of your own: say it again with the same
key as often as you like, it takes place once. Amounts are `{"minor", "currency"}`, times RFC 3339 in UTC. Problems are
RFC 9457; their `code` is stable. The examples are real: a story that is told again whenever this API is tested.
"""

_TAGS = {
    "commands": "What is said to orders and their money.",
    "reads": "Orders, histories, balances, the journal and the log.",
    "parties": "Who takes part, and the sanctions lists they are looked up in.",
    "rulebooks": "The rules: windows, fees and thresholds, in versions.",
    "disputes": "Trades in trouble: disputes, evidence, amendments and clocks.",
    "previews": "What a decision or an offer would come to, before anybody says it.",
    "money": "What parties may be paid or owe, guarantees, and what is taken over.",
    "payouts": "Whom to pay and what was paid: plans, approvals, files for the bank, advices.",
    "realisation": "What exports are to bring home: shipping bills, remittances, certificates, and by when.",
    "tax": "Tax on commission: what certificates tell.",
    "treasury": "Where money is: orders, ledger and bank beside each other, proofs, the float, a month's report.",
    "reconciliation": "The bank beside the ledger: its statements, what is matched, and what isn't explained yet.",
    "foreign exchange": "Rates, money that was converted, and what is open in foreign currencies.",
    "periods": "Accounting months: closed, sealed, reopened, compared.",
    "audit": "Who did, tried and saw what.",
    "log": "The proof log: checkpoints, tiles and proofs, as C2SP has them.",
    "evidence": "All that proves a trade, in one file.",
    "agreements": "What partners are paid, and for whom.",
    "explanations": "Why a figure is what it is.",
    "work lists": "What waits for whom: disputes, deadlines, commissions.",
    "probes": "Asked by machines, without a token.",
    "streams": "The log as it grows, as server-sent events.",
    "webhooks": "Where events are sent, signed.",
}

TAGS: list[dict[str, Any]] = [{"name": name, "description": about} for name, about in _TAGS.items()]
TITLE_CHARACTERS_MAX = 120


def title_of(operation: dict[str, Any]) -> str:
    """Return an operation's title: the first sentence that is said of it, without its end."""
    said = str(operation.get("summary") or "")
    if len(said.split()) < 3 and operation.get("description"):  # noqa: PLR2004 - made from a name by the framework
        said = operation["description"]
    first = said.strip().replace("\n", " ").split(". ")[0].split("; ")[0].split(": ")[0]
    return " ".join(first.rstrip(".").split())[:TITLE_CHARACTERS_MAX]
