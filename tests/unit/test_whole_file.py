"""A file that is written takes the place of another one only when it is whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.exchange.whole_file import FileUnwritable, write_whole


def broken() -> Iterator[bytes]:
    yield b"half"
    raise EOFError


def test_it_takes_the_place_of_what_stood_there(tmp_path: Path) -> None:
    file = tmp_path / "statement.csv"
    file.write_bytes(b"old and longer")
    write_whole(file, [b"new", b" text"])
    assert file.read_bytes() == b"new text"
    assert list(tmp_path.iterdir()) == [file]


def test_half_a_file_is_none_and_what_stood_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "statement.csv"
    file.write_bytes(b"old")
    with pytest.raises(EOFError):
        write_whole(file, broken())
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileUnwritable) as unwritable:
        write_whole(tmp_path, [b"text"])
    assert unwritable.value.file == str(tmp_path)


def test_a_link_stays_one_and_what_it_names_is_written(tmp_path: Path) -> None:
    named, link = tmp_path / "named.csv", tmp_path / "link.csv"
    link.symlink_to(named)
    write_whole(link, [b"text"])
    assert link.is_symlink()
    assert named.read_bytes() == b"text"
