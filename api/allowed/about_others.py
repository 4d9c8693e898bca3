"""What might be said next about a party, what it is paid, an agreement, a rulebook, an accounting period."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, get_args

from api.allowed.saying import ANY, AT_BANK, HASH, Saying, Sayings
from domain import commands
from domain.agreement import Agreement
from domain.commitment import Commitment
from domain.conversion import Conversion
from domain.money import Money
from domain.party import Party
from domain.payee_account import PayeeAccount, PayeeControl
from domain.payout import Payout
from domain.period import Periods
from domain.references import key_of
from domain.rulebook import Rulebook
from domain.watchlist import Watchlist

_A_DAY = timedelta(days=1)


def sayings_about_party(
    party: Party, *, agreements: Iterable[Agreement], watchlists: Iterable[Watchlist], at: datetime
) -> Sayings:
    """Yield what might be said about a party, of the book's agreements and sanctions lists."""
    key = key_of(party.reference)
    field = next(iter(party.profile), ANY)
    yield Saying(commands.ChangeProfile(party=key, field=field, commitment=Commitment(HASH)))
    for agreement in agreements:
        yield from _referrals(party, agreement, at)
    for known in watchlists:
        looked_up = commands.ScreenParty(
            party=key,
            list_name=key_of(known.reference),
            list_version=known.version,
            list_hash=known.sha256,
            result="clear",
        )
        yield Saying(looked_up, ("list_name",))
    yield Saying(commands.SuspendParty(party=key, reason=ANY))
    yield Saying(commands.ReinstateParty(party=key, reason=ANY))
    yield Saying(commands.PlaceLegalHold(party=key, reason=_unlike(party.legal_holds)))
    for reason in party.legal_holds:
        yield Saying(commands.LiftLegalHold(party=key, reason=reason), ("reason",))
    yield Saying(commands.ForgetParty(party=key))


def _referrals(party: Party, agreement: Agreement, at: datetime) -> Sayings:
    """Yield a referral from today on, and one from when the last that there is has ended."""
    days = {agreement.day_of(at), *(referral.ends_on for referral in party.referrals)}
    for day in sorted(days):
        said = commands.ReferExporter(
            party=key_of(party.reference), agreement=key_of(agreement.reference), starts_on=day
        )
        yield Saying(said, ("agreement",))


def _unlike(reasons: Iterable[str]) -> str:
    known = set(reasons)
    return next(reason for number in range(len(known) + 1) if (reason := f"{ANY}-{number}") not in known)


def sayings_about_payee(payee: PayeeAccount) -> Sayings:
    """Yield what might be said about what a party may be paid in a currency, by control account."""
    said: dict[str, Any] = {"party": payee.party, "amount": Money(payee.currency, 1)}
    for control in get_args(PayeeControl):
        yield Saying(commands.RecordRepayment(**said, owed_on=control, account=AT_BANK), ("owed_on",))
        yield Saying(commands.DeclareUnclaimed(**said, account=control, reason=ANY), ("account",))
        yield Saying(commands.ReclaimUnclaimed(**said, account=control, reason=ANY), ("account",))


def sayings_about_payout(payout: Payout) -> Sayings:
    """Yield what might be said about a payout."""
    key = key_of(payout.reference)
    yield Saying(commands.ApprovePayout(payout=key))
    yield Saying(commands.CancelPayout(payout=key, reason=ANY))
    yield Saying(commands.AcceptPayout(payout=key, answer=ANY))
    yield Saying(commands.RejectPayout(payout=key, reason=ANY))


def sayings_about_agreement(agreement: Agreement, *, at: datetime) -> Sayings:
    """Yield what might be said about an agreement: other terms from the first day that may have them, its end."""
    key, tomorrow = key_of(agreement.reference), agreement.day_of(at) + _A_DAY
    last = agreement.versions[-1]
    starts_on: date = max(tomorrow, last.starts_on + _A_DAY)
    yield Saying(commands.AmendAgreement(agreement=key, starts_on=starts_on, terms=last.terms))
    yield Saying(commands.EndAgreement(agreement=key, ends_on=tomorrow, reason=ANY))


def sayings_about_conversion(conversion: Conversion) -> Sayings:
    """Yield what might be said about money that was converted."""
    yield Saying(commands.ReverseConversion(conversion=key_of(conversion.reference), reason=ANY))


def sayings_about_rulebook(rulebook: Rulebook) -> Sayings:
    """Yield what might be said about a version of a rulebook."""
    key = key_of(rulebook.reference)
    yield Saying(commands.ApproveRulebook(rulebook=key))
    yield Saying(commands.PublishRulebook(rulebook=key))


def sayings_about_period(period: str, periods: Periods | None) -> Sayings:
    """Yield what might be said about a month."""
    yield Saying(commands.ClosePeriod(period=period))
    yield Saying(commands.ProposeReopening(period=period, reason=ANY))
    pending = periods.state_of(period).pending if periods else None
    if pending:
        yield Saying(commands.ApproveReopening(period=period, number=pending.number), ("number",))
        yield Saying(commands.RejectReopening(period=period, number=pending.number, reason=ANY), ("number",))
