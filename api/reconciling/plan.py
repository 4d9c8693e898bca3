"""
A plan is what a run of the matching engine comes to in the language of the ledger: matches to make, breaks to raise.

Nothing here asks or changes a book.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from api.reconciling.open_sides import Sides
from domain.bank_entry import TARGETS_MAX
from domain.bank_match import ENTRIES_MAX
from domain.bank_match import REASON_MAX as MATCH_REASON_MAX
from domain.break_events import Candidate
from domain.commands.reconciliation import MatchBankEntries, MatchedEntry, SaidTarget
from domain.handlers.bank_matches import RECEIVED_ON
from domain.matching import Matched, Matching, OpenItem, Policy, Returned, Share, Suggested, Unmatched
from domain.reconciliation_break import CANDIDATES_MAX, ITEMS_MAX, REASON_MAX, Found
from domain.references import KEY, bank_entry_id, kind_of

_RECORDED = re.compile(rf"open_item:(hold:[^@]+)@[0-9]+/{RECEIVED_ON}/[A-Z]{{3}}")

FEE_ACCOUNT = "expense:bank-charges"
"""Where a rule's tolerance books what a bank on the way kept."""


class PlannedMatch(NamedTuple):
    """A match to make, by which rule, booked on which day."""

    command: MatchBankEntries
    booked_on: date


class Plan(NamedTuple):
    """What a run comes to; awaited: how many items may still come."""

    matches: Sequence[PlannedMatch]
    found: Sequence[Found]
    awaited: int


def plan_of(matching: Matching, sides: Sides, policy: Policy) -> Plan:
    """Return what the engine's outcome means for the ledger."""
    return _Planning(sides, policy).plan(matching)


def match_key(entries: Sequence[str], items: Sequence[str]) -> str:
    """
    Return what a rule's match of these is called: the same when they are found again, so that one that a person undid
    isn't made again. A payment that a match recorded is what the buyer was to pay, under another name.
    """
    about = sorted(_RECORDED.sub(r"\1", item) for item in items)
    said = msgspec.json.encode((sorted(entries), about))
    return f"rule-{hashlib.sha256(said).hexdigest()[:32]}"


class _Planning:
    def __init__(self, sides: Sides, policy: Policy) -> None:
        self._sides = sides
        self._policy = policy
        self._expected: Mapping[str, OpenItem] = {item.item: item for item in sides.expected}
        self._keys = {account.account: account.bank_account for account in sides.accounts}

    def plan(self, matching: Matching) -> Plan:
        matches: list[PlannedMatch] = []
        found: list[Found] = []
        for matched in matching.matched:
            self._take(matches, found, self.of_matched(matched), matched)
        for returned in matching.returned:
            self._take(matches, found, self.of_returned(returned), returned)
        found += [self.of_suggested(suggested) for suggested in matching.suggested]
        late = 0
        for unmatched in matching.unmatched:
            said = self.of_unmatched(unmatched)
            found += [said] if said else []
            late += said is None
        return Plan(matches, found, len(matching.awaited) + late)

    def _take(
        self,
        matches: list[PlannedMatch],
        found: list[Found],
        match: PlannedMatch | None,
        outcome: Matched | Returned,
    ) -> None:
        if match:
            matches.append(match)
        else:
            found += self.not_made(outcome, "what agrees can't be recorded as one match")

    def of_matched(self, matched: Matched) -> PlannedMatch | None:
        entries = [share.reference for share in matched.entries]
        items = [share.reference for share in matched.items]
        shares = _allotted(matched)
        if shares is None or len(entries) > ENTRIES_MAX or any(len(each) > TARGETS_MAX for each in shares):
            return None
        said = tuple(
            MatchedEntry(entry=entry, targets=tuple(self._target(share) for share in of_entry))
            for entry, of_entry in zip(entries, shares, strict=True)
        )
        return self._match(match_key(entries, items), said, matched.rule, matched.reason)

    def of_returned(self, returned: Returned) -> PlannedMatch | None:
        if kind_of(returned.item) != "payout":
            return None
        detail = self._sides.details.get(returned.entry)
        reason = detail.return_reason if detail and KEY.fullmatch(detail.return_reason) else ""
        less_minor = returned.difference.amount_minor if returned.difference else 0
        row = self._sides.rows[returned.entry]
        targets = [SaidTarget(item=returned.item, amount_minor=row.amount_minor - less_minor, reason=reason)]
        if less_minor:
            targets.append(SaidTarget(account=FEE_ACCOUNT, amount_minor=less_minor))
        said = (MatchedEntry(entry=returned.entry, targets=tuple(targets)),)
        return self._match(match_key([returned.entry], [f"return:{returned.item}"]), said, "return", returned.reason)

    def not_made(self, outcome: Matched | Returned, why: str) -> list[Found]:
        """Return the differences that a match leaves which isn't made, with what it would have been."""
        if isinstance(outcome, Returned):
            entries, less_minor = [outcome.entry], 0
            items: tuple[str, ...] = (outcome.item,)
        else:
            entries = [share.reference for share in outcome.entries]
            items = tuple(share.reference for share in outcome.items)
            less_minor = outcome.difference.amount_minor if outcome.difference else 0
        candidate = Candidate(
            items=items[:ITEMS_MAX], score=1_000, reason=_sentence(outcome.reason), difference_minor=less_minor
        )
        return [self._of_entry(entry, "ambiguous", (candidate,), why) for entry in entries]

    def of_suggested(self, suggested: Suggested) -> Found:
        candidates = tuple(
            Candidate(
                items=each.items[:ITEMS_MAX],
                score=each.score,
                reason=_sentence(each.reason),
                difference_minor=each.difference_minor,
            )
            for each in suggested.candidates[:CANDIDATES_MAX]
        )
        return self._of_entry(suggested.entry, suggested.kind, candidates, suggested.reason)

    def of_unmatched(self, unmatched: Unmatched) -> Found | None:
        """Return the difference; nothing of an item whose bank hasn't spoken yet, or of a payment only awaited."""
        about = tuple(filter(None, ((unmatched.item if unmatched.entry else ""), *unmatched.about)))[:ITEMS_MAX]
        candidates = (Candidate(items=about, score=0, reason=_sentence(unmatched.reason)),) if about else ()
        if unmatched.entry:
            return self._of_entry(unmatched.entry, unmatched.kind, candidates, unmatched.reason)
        item = self._expected[unmatched.item]
        if item.kind == "expected" or not self._is_overdue(item):
            return None
        row = self._sides.items.get(item.item)
        return Found(
            subject=item.item,
            kind=unmatched.kind,
            currency=item.currency,
            amount_minor=item.amount_minor,
            of_minor=row.of_minor if row else 0,
            bank_account=self._keys.get(item.account, ""),
            since=item.expected_on,
            candidates=candidates,
            reason=_sentence(unmatched.reason),
        )

    def _is_overdue(self, item: OpenItem) -> bool:
        """Return whether the banks that would show an item have spoken of its day and the days of grace after it."""
        told = self._sides.told_until
        if item.account:
            days = [told[item.account]] if item.account in told else []
        else:
            days = [
                told[each.account]
                for each in self._sides.accounts
                if each.currency == item.currency and each.account in told
            ]
        return bool(days) and (min(days) - item.expected_on).days > self._policy.days_after

    def _of_entry(self, entry: str, kind: object, candidates: tuple[Candidate, ...], reason: str) -> Found:
        row = self._sides.rows[entry]
        return Found(
            subject=bank_entry_id(entry),
            kind=kind,  # type: ignore[arg-type]  # the engine's kinds are some of a break's
            currency=row.currency,
            amount_minor=row.amount_minor,
            bank_account=row.bank_account,
            since=row.booking_date,
            candidates=candidates,
            reason=_sentence(reason),
        )

    def _target(self, share: Share) -> SaidTarget:
        if not share.reference:
            return SaidTarget(account=FEE_ACCOUNT, amount_minor=share.amount_minor)
        row = self._sides.items.get(share.reference)
        return SaidTarget(
            item=share.reference,
            amount_minor=share.amount_minor,
            of_minor=row.of_minor if row else 0,
            step=self._sides.steps.get(share.reference, 1),
        )

    def _match(self, key: str, said: tuple[MatchedEntry, ...], rule: str, reason: str) -> PlannedMatch:
        command = MatchBankEntries(match=key, entries=said, rule=rule, reason=_sentence(reason)[:MATCH_REASON_MAX])
        return PlannedMatch(command, max(self._sides.rows[each.entry].booking_date for each in said))


def _allotted(matched: Matched) -> list[list[Share]] | None:
    """
    Return which part of which item, and of the difference, each entry is; nothing where they go both ways, so that
    nobody can tell.

    The difference is the last entry's, under no reference.
    """
    less_minor = matched.difference.amount_minor if matched.difference else 0
    rest = [Share("", less_minor)] if less_minor else []
    if len(matched.entries) == 1:
        return [[*matched.items, *rest]]
    needed = [share.amount_minor for share in matched.entries]
    needed[-1] -= less_minor
    ways = {amount_minor > 0 for amount_minor in (*needed, *(share.amount_minor for share in matched.items))}
    if len(ways) > 1 or 0 in needed:
        return None
    poured = _pour(needed, matched.items)
    poured[-1] += rest
    return poured


def _pour(needed: Sequence[int], items: Sequence[Share]) -> list[list[Share]]:
    """
    Return for each amount the parts of items that fill it; all go one way, and their sums agree.

    What is of one amount belongs together; the rest is poured in order.
    """
    left = list(items)
    filled: list[list[Share]] = []
    for amount_minor in needed:
        alike = next((share for share in left if share.amount_minor == amount_minor), None)
        filled.append([alike] if alike else [])
        if alike:
            left.remove(alike)
    return [taken or _taken(amount_minor, left) for amount_minor, taken in zip(needed, filled, strict=True)]


def _taken(amount_minor: int, left: list[Share]) -> list[Share]:
    """Return parts of what is left that come to an amount, and take them from there."""
    taken: list[Share] = []
    while amount_minor:
        first = left.pop(0)
        part_minor = first.amount_minor if abs(first.amount_minor) <= abs(amount_minor) else amount_minor
        taken.append(Share(first.reference, part_minor))
        amount_minor -= part_minor
        if rest_minor := first.amount_minor - part_minor:
            left.insert(0, Share(first.reference, rest_minor))
    return taken


def _sentence(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)[:REASON_MAX]
