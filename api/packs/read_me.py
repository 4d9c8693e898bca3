"""The read-me of a pack: what each file is, and how somebody who trusts nobody here checks it."""

from collections.abc import Mapping
from datetime import UTC

from api.packs.evidence_of_log import Vouched

_TEXT = """\
EVIDENCE ABOUT {about}

from the ledger `{book}`, made {made_at} for the role `{role}`{party}.
{vouched}

Read timeline.html in any browser. It loads nothing and runs nothing.

TO CHECK THIS PACK

    python verify_pack.py PACK.zip --key KEY

Take verify_pack.py and KEY from elsewhere: from the people whose ledger this is, from its auditor, from what you kept
of an earlier pack. The copy of the verifier in this pack, and keys.txt, show only what to ask for: whoever alters a
pack alters them with it. A verifier that came in the pack proves nothing.

To rely on witnesses as well, name those that you trust: --witness KEY, or --witness-policy FILE.

WHAT IS HERE

timeline.html, .json  what happened, in order
events.json           every event with its envelope, readable
events/N.leaf         the same event, byte for byte as the log hashed it
proofs/N.tlog-proof   where it stands in the log (C2SP tlog-proof)
redacted.json         events of this trade that you may not see: where they stand, and their hashes
journal.json, .csv    what the events posted; minor units, debits above zero
openings.json         what was said in words; an event has only a commitment, SHA-256 over salt and value
evidence.json         documents handed in; their bytes are in evidence/ by their SHA-256
checkpoint            size and root of the log, signed by it and by its witnesses (C2SP tlog-checkpoint)
policy                the witness policy in force when this was made, if any; trust your own
time-token.der        an authority's signature that the checkpoint was there then (RFC 3161), if there is one
keys.txt              the keys that ever signed this log
manifest              the SHA-256 of every file, signed by the log

The leaves prove themselves against the checkpoint. The journal, the timeline, and that these are all the events of this
trade, are the word of the ledger, which it signed.
"""


def read_me(said: Mapping[str, str], under: Vouched) -> str:
    """Return the text. said: as the manifest says it."""
    party = f", {said['party']}" if said["party"] else ""
    return _TEXT.format(**{**said, "party": party, "vouched": "\n".join(vouching(under))})


def vouching(under: Vouched) -> list[str]:
    """Return in sentences who vouches for the checkpoint, and who doesn't."""
    size = f"{under.kept.checkpoint.size:,}"
    signed_at = f"{under.kept.signed_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    told = [f"It is proved under a checkpoint of {size} events, which the log signed at {signed_at}."]
    names = ", ".join(under.cosigned)
    match under.witnessed:
        case None:
            told.append("No witness policy was in force: nobody but the log itself vouches for it being the only one.")
        case True if not names:
            told.append("The policy in force asks for no witness, and none cosigned it.")
        case True:
            told.append(f"Witnesses cosigned it, as many as the policy in force asks for: {names}.")
        case False:
            cosigned = f"only {names} cosigned it" if names else "nobody cosigned it yet"
            told.append(f"It isn't witnessed as the policy in force asks: {cosigned}.")
    if under.token:
        told.append(f"{under.token[0]} stamped it at {under.token[2]}.")
    else:
        told.append("No time authority stamped it.")
    return told
