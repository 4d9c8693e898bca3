"""What other systems say and ask: lists of commands, streams, webhooks."""

from tests.examples.telling import OPERATOR, Teller
from tests.examples.trades import ordered

URL = "https://erp.example/ledger"


def integrate(teller: Teller) -> None:
    """Say what another system says in a day."""
    _in_bulk(teller)
    _webhooks(teller)
    _stream(teller)


def _in_bulk(teller: Teller) -> None:
    place = {"command": "place", "idempotency_key": "erp-1", "body": ordered("PO-5001", 30_000)}
    accept = {"command": "accept", "idempotency_key": "erp-2", "path": {"order": "PO-5001"}}
    said = {"atomic": True, "commands": [place, accept]}
    teller.wait(minutes=1)
    teller.ask("bulk", by=OPERATOR, body=said, about="An order and its acceptance, both or neither")


def _webhooks(teller: Teller) -> None:
    asked = {"url": URL, "topics": ["hold", "payee.credited"], "description": "ERP"}
    made = teller.say("webhook-create", asked, about="Events about holds, and who may be paid")
    webhook = made["webhook"]
    teller.ask("webhooks", by=OPERATOR)
    teller.ask("webhook", by=OPERATOR, webhook=webhook)
    teller.ask("webhook-deliveries", by=OPERATOR, webhook=webhook)
    teller.ask("webhook-dead-letters", by=OPERATOR, webhook=webhook)
    teller.say("webhook-pause", webhook=webhook)
    teller.say("webhook-resume", webhook=webhook)
    teller.say("webhook-rotate", webhook=webhook)
    teller.say("webhook-skip", webhook=webhook)
    teller.say("webhook-replay", webhook=webhook, about="All that couldn't be delivered")
    teller.say("webhook-end", webhook=webhook)


def _stream(teller: Teller) -> None:
    query = {"after": 20, "order": "PO-1001", "topic": "order.accepted", "follow": False}
    teller.ask("event-stream", query=query, about="Events of one kind about one order, up to the log's end")
