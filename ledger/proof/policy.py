"""
A witness policy says whose cosignatures, and how many of them, make a checkpoint one to rely on (C2SP tlog-policy).

    log ledger.example/main+c74f20a3+ARpc...
    witness bank bank.example/w+1f2e3d4c+BHx... http://127.0.0.1:7001
    witness notary notary.example/w+9a8b7c6d+BJk... http://127.0.0.1:7002
    group either 1 bank notary
    quorum either
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self

from domain.errors import Malformed
from ledger.proof.note import COSIGNATURE, ED25519, KeyMalformed, VerifierKey

NONE = "none"


@dataclass(eq=False, kw_only=True)
class PolicyMalformed(Malformed):
    """Not a witness policy."""

    code: ClassVar[str] = "policy.malformed"
    line: int
    problem: str


class Witness(NamedTuple):
    """Somebody who cosigns: how the policy calls them, their key, and where they are asked, if anywhere."""

    name: str
    key: VerifierKey
    url: str = ""


class Group(NamedTuple):
    """Some witnesses or groups, of whom at least `least` must have signed."""

    least: int
    members: tuple[str, ...]


class Policy(NamedTuple):
    """
    Which logs, which witnesses, and what makes a quorum: a witness, a group, or `none`.

    logs: keys of logs whose checkpoints are accepted; may be empty where the log is known otherwise.
    """

    logs: tuple[VerifierKey, ...] = ()
    witnesses: Mapping[str, Witness] = {}
    groups: Mapping[str, Group] = {}
    quorum: str = NONE

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read a policy file.

        Raises: PolicyMalformed, which names the line.
        """
        reader = _Reader()
        for number, words in _lines(text):
            reader.take(number, words)
        if reader.quorum is None:
            raise PolicyMalformed(line=0, problem="no quorum is defined")
        return cls(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum)

    @property
    def keys(self) -> dict[VerifierKey, str]:
        """Return the keys of all witnesses, and what these are called."""
        return {witness.key: name for name, witness in self.witnesses.items()}

    def is_met_by(self, signed_by: Collection[VerifierKey]) -> bool:
        """Return whether cosignatures by these keys, all of one checkpoint, make the quorum."""
        signed = {name for name, witness in self.witnesses.items() if witness.key in signed_by}
        return self.quorum == NONE or self._has_signed(self.quorum, signed)

    def _has_signed(self, name: str, signed: set[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in signed
        return sum(self._has_signed(member, signed) for member in group.members) >= group.least


class _Reader:
    """What was read of a policy so far."""

    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: dict[str, Witness] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._member_of: dict[str, str] = {}
        self._line = 0

    def take(self, line: int, words: list[str]) -> None:
        """Read one line, given as words."""
        self._line = line
        match words:
            case ["log", key, *url] if len(url) <= 1:
                self._take_log(self._key(key, ED25519))
            case ["witness", name, key, *url] if len(url) <= 1:
                self._take_witness(Witness(self._new(name), self._key(key, COSIGNATURE), *url))
            case ["group", name, least, *members] if members:
                self._take_group(self._new(name), least, members)
            case ["quorum", name] if self.quorum is None:
                self._check_defined(name, or_none=True)
                self.quorum = name
            case _:
                raise self._wrong(problem="neither log, witness, group nor the one quorum, or not with these words")

    def _take_log(self, key: VerifierKey) -> None:
        if any(key.public == known.public for known in self.logs):
            raise self._wrong(problem="the key is another log's already")
        self.logs.append(key)

    def _take_witness(self, witness: Witness) -> None:
        if any(witness.key.public == known.key.public for known in self.witnesses.values()):
            raise self._wrong(problem="the key is another witness's already")
        self.witnesses[witness.name] = witness

    def _take_group(self, name: str, least: str, members: list[str]) -> None:
        for member in members:
            self._check_defined(member)
            if member in self._member_of:
                raise self._wrong(problem=f"{member} is a member of {self._member_of[member]} already")
            self._member_of[member] = name
        counts = {"any": 1, "all": len(members)} | {str(count): count for count in range(1, len(members) + 1)}
        if least not in counts:
            raise self._wrong(problem=f"{least} of {len(members)} members")
        self.groups[name] = Group(counts[least], tuple(members))

    def _key(self, text: str, algorithm: int) -> VerifierKey:
        try:
            key = VerifierKey.parse(text)
        except KeyMalformed as error:
            raise self._wrong(problem=error.problem) from None
        if key.algorithm != algorithm:
            raise self._wrong(problem=f"a key of type {key.algorithm}, where {algorithm} belongs")
        return key

    def _new(self, name: str) -> str:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise self._wrong(problem=f"{name} is defined already")
        return name

    def _check_defined(self, name: str, *, or_none: bool = False) -> None:
        if name not in self.witnesses and name not in self.groups and not (or_none and name == NONE):
            raise self._wrong(problem=f"{name} isn't defined on a line above")

    def _wrong(self, *, problem: str) -> PolicyMalformed:
        return PolicyMalformed(line=self._line, problem=problem)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if any(character < " " and character != "\t" for character in line) or "\x7f" in line:
            raise PolicyMalformed(line=number, problem="it has a control character")
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if words and not words[0].startswith("#"):
            yield number, words
