"""A typed client of the trade-assurance ledger."""

from trade_assurance_client.ledger import AsyncLedger, Ledger
from trade_assurance_client.money import Money
from trade_assurance_client.problems import Fault, ProblemAnswered, Rule
from trade_assurance_client.retrying import Retries
from trade_assurance_client.streaming import StreamedEvent
from trade_assurance_client.webhooks import WebhookRefused, verified_event

__all__ = [
    "AsyncLedger",
    "Fault",
    "Ledger",
    "Money",
    "ProblemAnswered",
    "Retries",
    "Rule",
    "StreamedEvent",
    "WebhookRefused",
    "verified_event",
]
