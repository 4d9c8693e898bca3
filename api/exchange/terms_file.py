"""
A terms file says in TOML what is agreed with a partner: amounts in minor units, rates in basis points.

    rate_bps = 300
    attribution_days = 365

    [by_currency.USD]
    cap_minor = 5_000_000
    tiers = [{ from_minor = 10_000_000, rate_bps = 250 }]
"""

import tomllib
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from domain.agreement_terms import AgreementTerms
from domain.errors import Malformed


@dataclass(eq=False, kw_only=True)
class TermsFileMalformed(Malformed):
    """The file isn't TOML, lacks a term, names what isn't one, or gives one a value of another kind."""

    code: ClassVar[str] = "agreement.file_malformed"
    problem: str


def read_terms(content: bytes) -> AgreementTerms:
    """
    Return the terms that a file says.

    Raises: TermsFileMalformed.
    """
    try:
        said = tomllib.loads(content.decode())
        terms = msgspec.convert(said, AgreementTerms)
    except (ValueError, RecursionError) as error:  # of TOML, of UTF-8, and of the terms' own types
        raise TermsFileMalformed(problem=str(error)) from None
    for field in _unknown(said, msgspec.to_builtins(terms)):
        raise TermsFileMalformed(problem=f"not a term: {field}")
    return terms


def _unknown(said: Any, meant: Any, path: str = "") -> list[str]:
    """Return what was said and isn't meant, by its path."""
    if isinstance(said, list) and isinstance(meant, list | tuple):
        return [each for one, other in zip(said, meant, strict=True) for each in _unknown(one, other, path)]
    if not (isinstance(said, dict) and isinstance(meant, dict)):
        return []
    below = [each for name in said if name in meant for each in _unknown(said[name], meant[name], f"{path}{name}.")]
    return [f"{path}{name}" for name in said if name not in meant] + below
