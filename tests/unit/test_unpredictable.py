"""Unpredictable bytes are the system's, and none of them is given twice."""

import os

import pytest

from api.composition import DRAWN_BYTES, Unpredictable


def test_every_byte_is_drawn_from_the_system_and_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[bytes] = []

    def draw(count: int) -> bytes:
        drawn.append(len(drawn).to_bytes(2, "big") * (count // 2))
        return drawn[-1]

    monkeypatch.setattr(os, "urandom", draw)
    salts = Unpredictable()
    asked = (16, DRAWN_BYTES - 48, 16, 32, 2 * DRAWN_BYTES, 16)
    given = [salts(count) for count in asked]
    assert [len(each) for each in given] == list(asked)
    assert b"".join(given[:3]) == drawn[0][: DRAWN_BYTES - 16]
    assert given[3:] == [drawn[1][:32], drawn[2], drawn[3][:16]]


def test_a_forked_process_gives_nothing_of_what_its_parent_gives() -> None:
    salts = Unpredictable()
    salts(16)
    said, says = os.pipe()
    if (child := os.fork()) == 0:
        os.write(says, salts(DRAWN_BYTES - 16))
        os._exit(0)
    os.waitpid(child, 0)
    ours = salts(DRAWN_BYTES - 16)
    assert os.read(said, DRAWN_BYTES) != ours
    os.close(said)
    os.close(says)
