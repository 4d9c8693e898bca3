"""An import rulebook is what imported orders are placed under: one for all mappings without rules of their own."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import ClassVar

from api.exchange.mapping import IMPORT_RULEBOOK, Mapping
from api.exchange.order_commands import ROLE
from domain import commands
from domain.errors import Refused
from ledger.outcomes import CommandIdReused, Outcome, Rejected, Submission
from ledger.writer import Writer

PRINCIPAL = "import:rulebook"
"""The same for every mapping, because those without rules of their own share a rulebook."""


@dataclass(eq=False, kw_only=True)
class ImportRulebookTaken(Refused):
    """In this book the rulebook is somebody else's, or has other rules: give a mapping with its own another name."""

    code: ClassVar[str] = "import.rulebook_taken"
    rulebook: str
    refusal: str


def publish_import_rulebook(writer: Writer, mapping: Mapping) -> None:
    """
    Publish the rulebook that a mapping's orders are placed under, if it is the importer's and not published yet.

    Raises: ImportRulebookTaken, Unavailable.
    """
    rulebook = mapping.placed_under
    if rulebook != IMPORT_RULEBOOK and not mapping.rules:
        return
    said: tuple[tuple[str, str, commands.Command], ...] = (
        ("draft", "import:drafter", commands.DraftRulebook(rulebook=rulebook, rules=mapping.order_rules())),
        ("approve", "import:approver", commands.ApproveRulebook(rulebook=rulebook)),
        ("publish", "import:drafter", commands.PublishRulebook(rulebook=rulebook)),
    )
    submissions = [
        Submission(command=command, command_id=f"{rulebook}/{verb}", principal=PRINCIPAL, actor=actor, role=ROLE)
        for verb, actor, command in said
    ]
    for future in writer.submit_all(submissions):
        _check_published(rulebook, future)


def _check_published(rulebook: str, future: Future[Outcome]) -> None:
    try:
        outcome = future.result()
    except CommandIdReused as reused:
        # Of the shared one, an earlier release published other rules, and its orders are the same commands.
        if rulebook != IMPORT_RULEBOOK:
            raise ImportRulebookTaken(rulebook=rulebook, refusal=reused.code) from None
    else:
        if isinstance(outcome, Rejected):
            raise ImportRulebookTaken(rulebook=rulebook, refusal=outcome.code)
