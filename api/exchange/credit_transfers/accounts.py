"""
How banks and accounts are numbered: IBAN, BIC, and members of national clearing systems.

Sources: ISO 13616 and the IBAN registry of SWIFT (lengths by country), ISO 9362 (BIC), the external code list of ISO
20022 (clearing systems), the European Payments Council's list of the countries of SEPA (EPC409-09).
"""

import re

from domain.countries import COUNTRIES

_LENGTHS = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24
FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32
LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24
RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
"""
IBAN_LENGTHS = {each[:2]: int(each[2:]) for each in _LENGTHS.split()}
"""Characters of an IBAN by the country that it begins with; a country that joins later has no length here."""

_SEPA = """
AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS SE SI SK
SM VA
"""
SEPA_COUNTRIES = frozenset(_SEPA.split())
"""With which the IBANs of accounts begin that SEPA reaches; territories of a country have its letters."""

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC_09 = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_BIC_03 = re.compile(r"[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?")
_ACCOUNT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ./-]{0,32}[A-Za-z0-9])?")
_SYSTEM_CODE = re.compile(r"[A-Z]{5}")
_MEMBER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,33}[A-Za-z0-9])?")
_MEMBERS = {
    "INFSC": re.compile(r"[A-Z]{4}0[A-Z0-9]{6}"),
    "USABA": re.compile(r"[0-9]{9}"),
    "GBDSC": re.compile(r"[0-9]{6}"),
    "AUBSB": re.compile(r"[0-9]{6}"),
    "CACPA": re.compile(r"[0-9]{9}"),
    "CNAPS": re.compile(r"[0-9]{12}"),
    "HKNCC": re.compile(r"[0-9]{3}"),
    "SGIBG": re.compile(r"[0-9]{7}"),
    "NZNCC": re.compile(r"[0-9]{6}"),
    "ZANCC": re.compile(r"[0-9]{6}"),
    "JPZGN": re.compile(r"[0-9]{7}"),
}
"""How the members of some systems are numbered; of others any letters and digits are taken."""
_BANKS_ELSEWHERE = frozenset({"XK"})
"""Whose banks have BICs and IBANs, but which ISO 3166-1 doesn't list: Kosovo."""


def iban_of(written: str) -> str:
    """Return an IBAN without its spaces, in capitals."""
    return "".join(written.split()).upper()


def iban_problem(iban: str) -> str:
    """Return what is wrong with an IBAN without spaces, empty if nothing."""
    if not _IBAN.fullmatch(iban):
        return "is no IBAN: two letters, two digits, then the account"
    country = iban[:2]
    length = IBAN_LENGTHS.get(country)
    if length is None and country not in COUNTRIES:
        return f"is no IBAN: there is no country {country}"
    if length is not None and len(iban) != length:
        return f"has {len(iban)} characters, an IBAN of {country} has {length}"
    if _remainder_97(iban) != 1:
        return "is mistyped: its check digits don't agree"
    return ""


def bic_problem(bic: str, *, is_early: bool) -> str:
    """Return what is wrong with a BIC, empty if nothing. is_early: as messages before 2019 write it, fewer digits."""
    if not (_BIC_03 if is_early else _BIC_09).fullmatch(bic):
        return "is no BIC: eight or eleven capitals and digits, as DEUTDEFF or HDFCINBBXXX"
    country = bic[4:6]
    return "" if country in COUNTRIES | _BANKS_ELSEWHERE else f"is no BIC: there is no country {country}"


def account_problem(account: str) -> str:
    """Return what is wrong with an account's number that is no IBAN, empty if nothing."""
    if _ACCOUNT.fullmatch(account) and "//" not in account:
        return ""
    return (
        "is no account: at most 34 Latin letters, digits, spaces and . / -, beginning and ending with one of the first"
    )


def member_problem(system: str, member: str) -> str:
    """Return what is wrong with a bank's number in a clearing system, empty if nothing."""
    if not (_MEMBERS.get(system) or _MEMBER).fullmatch(member):
        return f"is no bank of {system}" if system in _MEMBERS else "is no bank's number: at most 35 letters and digits"
    if system == "USABA" and _checksum_of_routing(member) != 0:
        return "is mistyped: its check digit doesn't agree"
    return ""


def is_system_code(system: str) -> bool:
    """Return whether a clearing system is told by a code of ISO's list, rather than in words."""
    return _SYSTEM_CODE.fullmatch(system) is not None


def _remainder_97(iban: str) -> int:
    """Return 1 for an IBAN whose check digits agree. Source: ISO 7064, MOD 97-10."""
    return int("".join(str(int(each, 36)) for each in iban[4:] + iban[:4])) % 97


def _checksum_of_routing(number: str) -> int:
    """Return 0 for a routing number whose ninth digit agrees. Source: American Bankers Association."""
    return sum(weight * int(digit) for weight, digit in zip((3, 7, 1) * 3, number, strict=True)) % 10
