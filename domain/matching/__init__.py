"""The matching engine: what the bank says with what the ledger expects, confirmed, suggested, or told as a break."""

from domain.matching.matching import match
from domain.matching.outcome import (
    BreakKind,
    Candidate,
    Difference,
    DifferenceKind,
    Matched,
    Matching,
    Returned,
    Share,
    Suggested,
    Unmatched,
)
from domain.matching.policy import RULES, Policy, Rule
from domain.matching.sides import OpenEntry, OpenItem, SettledItem

__all__ = [
    "RULES",
    "BreakKind",
    "Candidate",
    "Difference",
    "DifferenceKind",
    "Matched",
    "Matching",
    "OpenEntry",
    "OpenItem",
    "Policy",
    "Returned",
    "Rule",
    "SettledItem",
    "Share",
    "Suggested",
    "Unmatched",
    "match",
]
