"""Names of parties as banks write them: without accents, case, order of words and legal forms."""

import re
import unicodedata
from functools import lru_cache

WORD = re.compile(r"[^\W_]+")

LEGAL_FORMS = frozenset(
    {
        "ab",
        "ag",
        "and",
        "aps",
        "as",
        "asa",
        "bhd",
        "bv",
        "bvba",
        "co",
        "company",
        "corp",
        "corporation",
        "doo",
        "e",
        "eg",
        "ek",
        "eood",
        "esp",
        "et",
        "eurl",
        "gbr",
        "gesmbh",
        "gmbh",
        "i",
        "inc",
        "incorporated",
        "jsc",
        "kft",
        "kg",
        "kgaa",
        "kk",
        "lda",
        "limitada",
        "limited",
        "llc",
        "llp",
        "lp",
        "ltd",
        "ltda",
        "mbh",
        "nv",
        "ohg",
        "ood",
        "oy",
        "oyj",
        "plc",
        "private",
        "pt",
        "pte",
        "pty",
        "public",
        "pvt",
        "sa",
        "sae",
        "sal",
        "sarl",
        "sas",
        "sasu",
        "sdn",
        "se",
        "sia",
        "sl",
        "slu",
        "snc",
        "sp",
        "spa",
        "spk",
        "spzoo",
        "srl",
        "srls",
        "srlu",
        "sro",
        "tbk",
        "the",
        "ua",
        "uab",
        "ug",
        "und",
        "vof",
        "y",
        "yk",
        "zoo",
        "zrt",
    }
)

WHOLE = 1_000
CUT_MIN = 12
"""Characters after which a bank may have cut a name off."""


@lru_cache(maxsize=1 << 16)
def name_key(name: str) -> str:
    """Return a name's words in order of the alphabet, without legal forms, unless nothing else is left."""
    plain = unicodedata.normalize("NFKD", name)
    kept = "".join(character for character in plain if not unicodedata.combining(character)).casefold()
    words = WORD.findall(kept.replace(".", "").replace("'", ""))
    return " ".join(sorted({word for word in words if word not in LEGAL_FORMS} or set(words)))


def is_same_name(one: str, other: str) -> bool:
    """Return whether two names, as keys, are one."""
    return bool(one) and one == other


def likeness(one: str, other: str) -> int:
    """
    Return how much alike two names, as keys, are: 0 to 1000.

    Words in common among all, a word cut off at the end counted as whole.
    """
    if not one or not other:
        return 0
    if one == other:
        return WHOLE
    left, right = one.split(), other.split()
    common = sum(1 for word in left if word in right)
    squeezed, beside = "".join(left), "".join(right)
    if min(len(squeezed), len(beside)) >= CUT_MIN and (squeezed.startswith(beside) or beside.startswith(squeezed)):
        return WHOLE * 9 // 10
    return 2 * common * WHOLE // (len(left) + len(right))
