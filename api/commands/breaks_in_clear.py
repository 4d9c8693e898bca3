"""What is said of a break in clear: comments. A text is its author's, and goes when they are forgotten."""

from api.commands.in_clear import InClear, Keep
from domain import commands
from domain.commands import Command
from domain.commands.reconciliation import BreakCommand


class CommentInClear(InClear, BreakCommand, frozen=True, kw_only=True, tag="CommentBreak"):
    """Write something about a break, in clear."""

    comment: str

    def committed(self, keep: Keep) -> Command:
        """Return the comment as what stands for it."""
        comment = keep(owner=keep.author, field="comment", value=self.comment)
        return commands.CommentBreak(break_key=self.break_key, comment=comment)
