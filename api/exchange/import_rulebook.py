"""The import rulebook is what imported orders are placed under: no fees, no commission, never a second person."""

from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from api.exchange.mapping import IMPORT_RULEBOOK
from api.exchange.order_commands import ROLE
from domain import commands
from domain.errors import Refused
from domain.rulebook import Rules
from ledger.outcomes import CommandIdReused, Rejected, Submission
from ledger.writer import Writer

IMPORT_RULES = Rules(four_eyes_where_unlisted=False)
"""What a file says has happened already: nothing of it waits for an approval, and nobody took a fee."""

PRINCIPAL = "import:rulebook"
"""The same for every mapping, because they share the rulebook."""


@dataclass(eq=False, kw_only=True)
class ImportRulebookTaken(Refused):
    """Somebody else drafted this version of the rulebook in this book: imported orders can't be placed under it."""

    code: ClassVar[str] = "import.rulebook_taken"
    rulebook: str
    refusal: str


def publish_import_rulebook(writer: Writer) -> None:
    """
    Publish the import rulebook, if that hasn't been done before.

    Raises: ImportRulebookTaken, Unavailable.
    """
    said: tuple[tuple[str, str, commands.Command], ...] = (
        ("draft", "import:drafter", commands.DraftRulebook(rulebook=IMPORT_RULEBOOK, rules=IMPORT_RULES)),
        ("approve", "import:approver", commands.ApproveRulebook(rulebook=IMPORT_RULEBOOK)),
        ("publish", "import:drafter", commands.PublishRulebook(rulebook=IMPORT_RULEBOOK)),
    )
    submissions = [
        Submission(command=command, command_id=f"{IMPORT_RULEBOOK}/{verb}", principal=PRINCIPAL, actor=actor, role=ROLE)
        for verb, actor, command in said
    ]
    for future in writer.submit_all(submissions):
        # The same id with another body: an earlier release, whose rules had other fields, published it here.
        with suppress(CommandIdReused):
            outcome = future.result()
            if isinstance(outcome, Rejected):
                raise ImportRulebookTaken(rulebook=IMPORT_RULEBOOK, refusal=outcome.code)
