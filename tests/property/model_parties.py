"""How the naive model knows parties, sanctions lists, agreements and the commission of orders."""

from datetime import date, datetime, timedelta
from fractions import Fraction

from domain import commands
from domain.errors import Malformed, NotFound
from domain.rules import Rules
from tests.property.model_state import (
    ModelAgreement,
    ModelCommission,
    ModelOrder,
    ModelParty,
    ModelTerms,
    No,
    Who,
    need,
    rounded,
)

DAY = timedelta(days=1)
LISTED = "a1" * 32
"""What every version of every list hashes to here."""


class Parties:
    """Everything the model knows, and what it does with parties and agreements."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.orders: dict[str, ModelOrder] = {}
        self.parties: dict[str, ModelParty] = {}
        self.lists: dict[str, str] = {}
        self.agreements: dict[str, ModelAgreement] = {}

    # Standing

    def blocked(self, party: str) -> bool:
        """Return whether a party may not be paid."""
        return party in self.parties and self.parties[party].blocked

    def has_hit(self, *parties: str) -> bool:
        """Return whether one of them was found on a list."""
        return any(party in self.parties and self.parties[party].has_hit for party in parties)

    def check_may_trade(self, buyer: str, exporter: str) -> None:
        """Refuse an order of two who may not trade."""
        need(buyer != exporter, Malformed)
        for name, role in ((buyer, "buyer"), (exporter, "exporter")):
            party = self.parties.get(name)
            if self.rules.registered_parties_only:
                need(party and role in party.roles)
            self.check_standing(name)
            for name_of_list in self.rules.screening_lists:
                need(name_of_list in self.lists, NotFound)
                need(party and party.screened.get(name_of_list) == (self.lists[name_of_list], "clear"))

    def check_standing(self, name: str) -> None:
        """Refuse who is gone or blocked."""
        party = self.parties.get(name)
        need(not party or not (party.forgotten or party.blocked))

    def open_trade(self, key: str, order: ModelOrder) -> None:
        """Let both sides have one trade more."""
        for name in (order.buyer, order.exporter):
            if name in self.parties and not self.parties[name].forgotten:
                self.parties[name].trades.add(key)

    def close_trade(self, key: str, order: ModelOrder, who: Who) -> None:
        """Let both sides have one trade less."""
        for name in (order.buyer, order.exporter):
            party = self.parties.get(name)
            if party and key in party.trades:
                party.trades.remove(key)
                party.last_closed_at = max(who.at, party.last_closed_at or who.at)

    # Commands about parties

    def obey_on_party(self, command: commands.PartyCommand, who: Who) -> None:
        """Register a party, or do what is said about one."""
        if isinstance(command, commands.RegisterParty):
            need(command.roles and len(set(command.roles)) == len(command.roles), Malformed)
            need(command.country == "IN", Malformed)
            need(command.party not in self.parties)
            self.parties[command.party] = ModelParty(command.roles, who.at, fields=set(command.profile))
            return
        need(command.party in self.parties, NotFound)
        if isinstance(command, commands.SuspendParty | commands.ReinstateParty | commands.ScreenParty):
            for key in sorted(self.parties[command.party].trades):
                self.pass_clocks(key, self.orders[key], who.at)
        self._obey_on_party_known(self.parties[command.party], command, who)

    def _obey_on_party_known(self, party: ModelParty, command: commands.PartyCommand, who: Who) -> None:
        match command:
            case commands.ChangeProfile():
                need(not party.forgotten)
                party.fields.add(command.field)
            case commands.ReferExporter():
                self._refer(command.party, party, command)
            case commands.SuspendParty():
                need(not party.forgotten and not party.suspended)
                party.suspended = True
            case commands.ReinstateParty():
                need(not party.forgotten and party.suspended)
                party.suspended = False
                self.pay_what_waited(command.party, who)
            case commands.ScreenParty():
                self._screen(party, command, who)
            case commands.PlaceLegalHold():
                need(not party.forgotten and command.reason not in party.legal_holds)
                party.legal_holds.add(command.reason)
            case commands.LiftLegalHold():
                need(command.reason in party.legal_holds, NotFound)
                party.legal_holds.remove(command.reason)
            case commands.ForgetParty():
                need(not (party.forgotten or party.legal_holds or party.trades))
                kept = timedelta(days=self.rules.retention_days)
                need(who.at >= (party.last_closed_at or party.registered_at) + kept)
                party.forgotten, party.fields = True, set()
            case _:
                raise AssertionError(command)

    def _screen(self, party: ModelParty, command: commands.ScreenParty, who: Who) -> None:
        need(command.list_name in self.lists, NotFound)
        need((command.list_version, command.list_hash) == (self.lists[command.list_name], LISTED))
        need(not party.forgotten)
        before = party.screened.get(command.list_name, ("", ""))
        party.screened[command.list_name] = (command.list_version, command.result)
        if command.result == "hit":
            for key in party.trades:
                self.orders[key].frozen += self.orders[key].held
                self.orders[key].held = 0
        elif before[1] == "hit":
            self.pay_what_waited(command.party, who)

    def pay_what_waited(self, party: str, who: Who) -> None:
        """Pay a party what became due while it couldn't be paid."""
        for key in sorted(self.parties[party].trades):
            if self.orders[key].exporter == party and not self.blocked(party):
                self.settle(self.orders[key], who)

    def settle(self, order: ModelOrder, who: Who) -> None:
        """Release what is due of an order, refund what is in excess."""
        raise NotImplementedError

    def pass_clocks(self, key: str, order: ModelOrder, at: datetime) -> bool:
        """Let an order's clocks that are due pass."""
        raise NotImplementedError

    def record_watchlist(self, command: commands.RecordWatchlist) -> None:
        """Take a new version of a list."""
        need(self.lists.get(command.list_name) != command.version)
        self.lists[command.list_name] = command.version

    # Agreements

    def obey_on_agreement(self, command: commands.AgreementCommand, who: Who) -> None:
        """Sign, amend or end an agreement."""
        today = who.at.date()
        if isinstance(command, commands.SignAgreement):
            need(command.ends_on is None or command.ends_on > command.starts_on, Malformed)
            need(command.agreement not in self.agreements)
            terms = _terms(command)
            self.agreements[command.agreement] = ModelAgreement(command.partner, command.ends_on, [terms])
            return
        need(command.agreement in self.agreements, NotFound)
        agreed = self.agreements[command.agreement]
        if isinstance(command, commands.AmendAgreement):
            need(not agreed.ends_on or command.starts_on < agreed.ends_on)
            need(command.starts_on > max(today, agreed.terms[-1].starts_on))
            agreed.terms.append(_terms(command))
        else:
            assert isinstance(command, commands.EndAgreement)
            need(not agreed.ends_on or command.ends_on < agreed.ends_on)
            need(command.ends_on > today)
            agreed.ends_on = command.ends_on

    def _refer(self, name: str, party: ModelParty, command: commands.ReferExporter) -> None:
        need(command.agreement in self.agreements, NotFound)
        agreed = self.agreements[command.agreement]
        version = _version_on(agreed, command.starts_on)
        need(version is not None)
        assert version is not None
        need(not party.forgotten and "exporter" in party.roles)
        need(agreed.partner != name, Malformed)
        ends_on = command.starts_on + version[1].days * DAY
        need(all(ends_on <= starts or ends <= command.starts_on for starts, ends, _ in party.referrals))
        party.referrals.append((command.starts_on, ends_on, command.agreement))

    # Commission

    def accrue(self, order: ModelOrder, gross: int, who: Who) -> None:
        """Let commission accrue on a release."""
        commission = order.commission or self._begun(order)
        if commission is None:
            return
        order.commission = commission
        agreed = self.agreements[commission.agreement]
        terms = agreed.terms[commission.terms]
        year = agreed.years.setdefault(who.at.year, [0, 0])
        commission.released += gross
        commission.basis += gross
        rated = rounded(Fraction(commission.basis * terms.rate_bps, 10_000))
        target = max(commission.target, rated, min(terms.minimum, commission.basis))
        wanted, commission.target = target - commission.target, target
        given = wanted if terms.cap is None else min(wanted, max(0, terms.cap - year[1]))
        commission.accrued += given
        for counted in (year, commission.years.setdefault(who.at.year, [0, 0])):
            counted[0] += gross
            counted[1] += given

    def claw_back(self, order: ModelOrder, gross: int) -> None:
        """Take commission back with released money."""
        commission = order.commission
        if commission is None or commission.recovered >= commission.released:
            return
        commission.recovered += min(gross, commission.released - commission.recovered)
        share = Fraction(commission.recovered, commission.released)
        back = max(0, rounded(commission.accrued * share) - commission.clawed)
        basis = max(0, rounded(commission.basis * share) - commission.basis_back)
        commission.earned -= max(0, back - commission.unearned)
        commission.clawed += back
        commission.basis_back += basis
        for year in sorted(commission.years, reverse=True):
            for which, left in enumerate((basis, back)):
                taken = min(left, commission.years[year][which])
                commission.years[year][which] -= taken
                self.agreements[commission.agreement].years[year][which] -= taken
                basis, back = (basis - taken, back) if which == 0 else (basis, back - taken)

    def earn(self, order: ModelOrder) -> None:
        """Let what has accrued become due."""
        if order.commission:
            order.commission.earned += order.commission.unearned

    def _begun(self, order: ModelOrder) -> ModelCommission | None:
        party = self.parties.get(order.exporter)
        day = order.placed_at.date()
        for starts_on, ends_on, agreement in party.referrals if party else ():
            if starts_on <= day < ends_on:
                version = _version_on(self.agreements[agreement], day)
                return ModelCommission(agreement, version[0]) if version else None
        return None


def _terms(command: commands.SignAgreement | commands.AmendAgreement) -> ModelTerms:
    said = command.terms
    agreed = said.by_currency.get("USD")
    cap, minimum = (agreed.cap_minor, agreed.minimum_minor) if agreed else (None, 0)
    if not 0 <= said.rate_bps <= 10_000:
        raise No(Malformed)
    return ModelTerms(command.starts_on, said.rate_bps, cap, minimum, said.attribution_days)


def _version_on(agreed: ModelAgreement, day: date) -> tuple[int, ModelTerms] | None:
    if agreed.ends_on and day >= agreed.ends_on:
        return None
    known = [(number, terms) for number, terms in enumerate(agreed.terms) if terms.starts_on <= day]
    return known[-1] if known else None
