"""Mapping files of other kinds than orders': one that comes with the product, by name, or anybody's own, by path."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from api.exchange.mapping import MappingMalformed, MappingNotFound, Part, place_of
from domain.references import KEY

M = TypeVar("M", bound=Part)


def load_from(folder: Path, name_or_file: str, *, of: type[M], problems: Callable[[M], Iterator[tuple[str, str]]]) -> M:
    """
    Read a mapping that stands in a folder of the product, by name, or a file, by a path that ends in `.toml`.

    Raises, in this order: MappingNotFound, MappingMalformed, naming the first field that is wrong.
    """
    by_name = folder / f"{name_or_file if KEY.fullmatch(name_or_file) else ''}.toml"
    try:
        content = (Path(name_or_file) if name_or_file.endswith(".toml") else by_name).read_bytes()
    except OSError:
        raise MappingNotFound(mapping=name_or_file, known=known_in(folder)) from None
    try:
        mapping = msgspec.toml.decode(content.decode(), type=of)
    except msgspec.ValidationError as error:
        field, problem = place_of(error)
        raise MappingMalformed(mapping=name_or_file, field=field, problem=problem) from None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise MappingMalformed(mapping=name_or_file, field="$", problem=str(error)) from None
    for field, problem in problems(mapping):
        raise MappingMalformed(mapping=name_or_file, field=field, problem=problem)
    return mapping


def known_in(folder: Path) -> tuple[str, ...]:
    """Return the names of the mappings in a folder."""
    return tuple(sorted(file.stem for file in folder.glob("*.toml")))
