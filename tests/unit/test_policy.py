"""Witness policies against C2SP tlog-policy."""

from itertools import combinations

import pytest

from ledger.proof.note import COSIGNATURE, PrivateKey, VerifierKey
from ledger.proof.policy import Policy, PolicyMalformed


def key(number: int, algorithm: int = COSIGNATURE, name: str = "w.example") -> VerifierKey:
    return VerifierKey(f"{name}/{number}", algorithm, PrivateKey(number.to_bytes(32, "big")).public)


NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
KEYS = dict(zip(NAMES, map(key, range(6)), strict=True))
EXAMPLE = f"""
log {key(9, 1)}

witness X1 {KEYS["X1"]}
witness X2 {KEYS["X2"]} https://witness.example/x2
witness X3 {KEYS["X3"]}
group X-witnesses 2 X1 X2 X3

witness Y1 {KEYS["Y1"]}
witness Y2 {KEYS["Y2"]}
witness Y3 {KEYS["Y3"]}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""
"""The specification's example."""

WITNESSES = f"witness a {key(1)}\nwitness b {key(2)}\nwitness c {key(3)}\n"


def test_the_specifications_example_wants_two_of_x_and_one_of_y() -> None:
    policy = Policy.parse(EXAMPLE)
    assert policy.logs == (key(9, 1),)
    assert policy.keys == {each: name for name, each in KEYS.items()}
    assert [each.name for each in policy.witnesses.values() if each.url] == ["X2"]
    for count in range(7):
        for signed in combinations(NAMES, count):
            met = sum(name[0] == "X" for name in signed) >= 2 and any(name[0] == "Y" for name in signed)
            assert policy.is_met_by({KEYS[name] for name in signed}) == met, signed


def test_quorum_none_asks_for_nobody() -> None:
    assert Policy.parse("quorum none").is_met_by([])
    assert Policy.parse(WITNESSES + "quorum none\n").is_met_by([])


def test_a_quorum_of_one_witness_is_met_by_that_witness_only() -> None:
    policy = Policy.parse(WITNESSES + "quorum b\n")
    assert policy.is_met_by([key(2)])
    assert not policy.is_met_by([key(1), key(3)])


def test_a_key_counts_and_not_what_it_is_called() -> None:
    """One who signs as somebody else, with a key of his own, isn't counted."""
    policy = Policy.parse(WITNESSES + "quorum b\n")
    assert not policy.is_met_by([VerifierKey(key(2).name, COSIGNATURE, key(7).public)])
    assert not policy.is_met_by([VerifierKey(key(2).name, 1, key(2).public)])


@pytest.mark.parametrize(("rule", "least"), [("any", 1), ("1", 1), ("2", 2), ("3", 3), ("all", 3)])
def test_a_group_is_met_by_as_many_as_it_says(rule: str, least: int) -> None:
    policy = Policy.parse(f"{WITNESSES}group g {rule} a b c\nquorum g")
    for count in range(4):
        assert policy.is_met_by([key(number) for number in range(1, 1 + count)]) == (count >= least)


def test_spaces_tabs_comments_and_empty_lines_mean_nothing() -> None:
    policy = Policy.parse(f"# first\n\n \t\n\twitness  a \t {key(1)}\n  # quorum none\n quorum\ta ")
    assert policy == Policy.parse(f"witness a {key(1)}\nquorum a\n")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (0, ""),
        (0, "# quorum none"),
        (2, "quorum none\nquorum none"),
        (1, "quorum a"),
        (1, "quorum"),
        (1, "quorum none none"),
        (1, "Quorum none"),
        (1, "witness a"),
        (1, f"witness none {key(1)}"),
        (1, f"witness a {key(1, 1)}"),
        (1, f"witness a {key(1)}x"),
        (1, f"witness a {key(1)} http://w.example more"),
        (2, f"witness a {key(1)}\nwitness a {key(2)}"),
        (2, f"witness a {key(1)}\nwitness b {key(1)}"),
        (2, f"witness a {key(1)}\nwitness b {key(1, name='other.example')}"),
        (1, f"log {key(1)}"),
        (1, "log"),
        (2, f"log {key(1, 1)}\nlog {key(1, 1, 'other.example')}"),
        (4, WITNESSES + "group g any"),
        (4, WITNESSES + "group a any b"),
        (4, WITNESSES + "group none any b"),
        (4, WITNESSES + "group g any none"),
        (4, WITNESSES + "group g any g"),
        (4, WITNESSES + "group g any d"),
        (4, WITNESSES + "group g 2 a a"),
        (5, WITNESSES + "group g any a b\ngroup h any b c"),
        (4, WITNESSES + "group g 0 a b"),
        (4, WITNESSES + "group g 3 a b"),
        (4, WITNESSES + "group g -1 a b"),
        (4, WITNESSES + "group g one a b"),
        (4, WITNESSES + "group g \u0661 a b"),
        (4, WITNESSES + f"group g {'9' * 5_000} a b"),
        (1, "quorum none\r\n"),
        (1, "quorum\x0bnone"),
        (1, "quorum none\x7f"),
        (1, "quorum\u00a0none"),
    ],
)
def test_what_isnt_a_policy_is_refused_and_the_line_named(line: int, text: str) -> None:
    with pytest.raises(PolicyMalformed) as refused:
        Policy.parse(text)
    assert refused.value.line == line
