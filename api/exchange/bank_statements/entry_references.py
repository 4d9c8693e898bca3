"""What a statement says of an entry beside amount and days, and when two such sayings can't be of one entry."""

import unicodedata
from functools import lru_cache

import msgspec
from msgspec import Struct

from api.exchange.bank_statements.mt940 import REFERENCE_MAX
from api.exchange.bank_statements.statement import StatementEntry


class References(Struct, frozen=True, kw_only=True):
    """What one statement says of an entry beside amount and days; empty where it says nothing."""

    end_to_end_id: str = ""
    bank_reference: str = ""
    holder_reference: str = ""
    remittance: str = ""


def references_of(entry: StatementEntry) -> References:
    """Return what an entry says beside amount and days."""
    return References(
        end_to_end_id=entry.end_to_end_id,
        bank_reference=entry.bank_reference,
        holder_reference=entry.holder_reference,
        remittance=entry.remittance,
    )


def contradicts(one: References, other: References) -> bool:
    """
    Return whether two statements can't speak of one entry.

    The end-to-end id and the bank's reference decide: where both say one of them and it differs, they don't. Formats
    tell the holder's reference and the remittance in different words, so these contradict only where neither of the
    former agrees, and neither text contains the other.
    """
    if _differ(one.end_to_end_id, other.end_to_end_id) or _differ(one.bank_reference, other.bank_reference):
        return True
    if agrees(one, other):
        return False
    said, told = _all_of(one), _all_of(other)
    holders = _differ(one.holder_reference, other.holder_reference)
    if holders and _bare(one.holder_reference) not in told and _bare(other.holder_reference) not in said:
        return True
    return _texts_differ(_bare(one.remittance), _bare(other.remittance))


def agrees(one: References, other: References) -> bool:
    """Return whether both say one end-to-end id, or one reference of the bank."""
    pairs = ((one.end_to_end_id, other.end_to_end_id), (one.bank_reference, other.bank_reference))
    return any(_bare(said) and _bare(told) and not _differ(said, told) for said, told in pairs)


def ids_of(references: References) -> frozenset[str]:
    """Return what identifies, whatever it is called: an end-to-end id here is the holder's reference there."""
    said = (references.end_to_end_id, references.bank_reference, references.holder_reference)
    return frozenset(filter(None, map(_bare, said)))


def same_text(one: References, other: References) -> bool:
    """Return whether both say one remittance."""
    return bool(one.remittance) and _bare(one.remittance) == _bare(other.remittance)


def is_within(less: References, more: References) -> bool:
    """Return whether one says nothing that the other doesn't."""
    pairs = zip(msgspec.structs.astuple(less), msgspec.structs.astuple(more), strict=True)
    return all(not said or said == told for said, told in pairs)


def _differ(one: str, other: str) -> bool:
    """Return whether two references that are both said differ; one that MT940 cut off is as much as it holds."""
    said, told = _bare(one), _bare(other)
    if not said or not told or said == told:
        return False
    if len(one) < REFERENCE_MAX or len(other) < REFERENCE_MAX:
        return True
    shorter, longer = sorted((one.strip(), other.strip()), key=len)
    return not (len(shorter) == REFERENCE_MAX < len(longer) and longer.startswith(shorter))


def _texts_differ(said: str, told: str) -> bool:
    return bool(said and told) and said not in told and told not in said


def _all_of(references: References) -> str:
    return "|".join(map(_bare, msgspec.structs.astuple(references)))


@lru_cache(maxsize=2**14)
def _bare(text: str) -> str:
    """Return a text's letters and digits alone, capital and without accents: what every format keeps."""
    folded = unicodedata.normalize("NFKD", text.replace("\u00df", "ss"))
    return "".join(each for each in folded.upper() if each.isalnum())
