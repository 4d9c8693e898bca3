"""Terms files: what is agreed with a partner, written down; a slip of the pen is named."""

import pytest

from api.exchange.terms_file import TermsFileMalformed, read_terms
from domain.agreement_terms import AgreementTerms, CurrencyTerms, Tier

FILE = b"""
rate_bps = 300
basis = "net"
payer = "exporter"
attribution_days = 365

[by_currency.USD]
cap_minor = 5_000_000
minimum_minor = 100
tiers = [{ from_minor = 10_000_000, rate_bps = 250 }, { from_minor = 20_000_000, rate_bps = 200 }]
"""


def test_a_file_says_the_terms_and_leaves_the_rest_at_its_default() -> None:
    tiers = (Tier(from_minor=10_000_000, rate_bps=250), Tier(from_minor=20_000_000, rate_bps=200))
    in_usd = CurrencyTerms(tiers=tiers, cap_minor=5_000_000, minimum_minor=100)
    assert read_terms(FILE) == AgreementTerms(
        rate_bps=300, basis="net", payer="exporter", attribution_days=365, by_currency={"USD": in_usd}
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"rate_bps = ", "Invalid value"),
        (b"\xff", "utf-8"),
        (b"attribution_days = 365", "missing required field `rate_bps`"),
        (b"rate_bps = 1.5\nattribution_days = 365", "rate_bps"),
        (FILE + b"minimum = 5", "not a term: by_currency.USD.minimum"),
        (FILE.replace(b"from_minor = 20", b"form_minor = 1, from_minor = 20"), "not a term: by_currency.USD.tiers"),
        (FILE.replace(b"rate_bps = 300", b"rate_bps = 300\nrate = 3"), "not a term: rate"),
        (FILE.replace(b'"net"', b'"everything"'), "basis"),
    ],
)
def test_what_is_no_term_is_named(content: bytes, problem: str) -> None:
    with pytest.raises(TermsFileMalformed, match=problem):
        read_terms(content)
