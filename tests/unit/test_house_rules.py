"""House rules: what every event, command, refusal and file has to be, checked over all there are."""

import ast
import fnmatch
import inspect
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain import commands
from domain.catalogue import BY_TOPIC, EVENTS, EventType
from domain.commands import Command, PublicCommand
from domain.errors import LedgerError, LogCorrupt
from domain.handlers import HANDLERS
from domain.posting_rules import POSTING_RULES
from tests.refusals import CATEGORIES, KINDS, PACKAGES, ROOT, own_docstring, refusals

CLOCK_AND_CHANCE = {
    "time.time",
    "time.time_ns",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid4",
    "os.urandom",
}
MAY_READ_THE_CLOCK = {"api/composition.py"}
TOP_LEVEL = {
    ".ci",
    ".git",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "api",
    "docs",
    "domain",
    "ledger",
    "migrations",
    "projections",
    "pyproject.toml",
    "requirements.lock",
    "tests",
}

each_event = pytest.mark.parametrize("event_type", EVENTS, ids=lambda event_type: event_type.topic)


def sources(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    """Return every module of some packages as its path and its tree."""
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def sentence(text: str) -> bool:
    """Return whether a docstring opens with a whole sentence."""
    return bool(re.match(r"[A-Z0-9\"'][^\n]{8,}", text)) and "." in text


class TestEvents:
    @each_event
    def test_every_event_says_what_happened_in_a_sentence(self, event_type: EventType) -> None:
        assert sentence(own_docstring(event_type.cls))

    @each_event
    def test_every_event_is_named_noun_and_participle_after_its_topic(self, event_type: EventType) -> None:
        kind, _, happened = event_type.topic.partition(".")
        assert event_type.cls.__name__ == f"{kind}_{happened}".title().replace("_", "")

    @each_event
    def test_every_event_has_a_golden_file(self, event_type: EventType) -> None:
        assert (ROOT / "tests/golden/events" / f"{event_type.topic}.v{event_type.schema}.json").is_file()

    @each_event
    def test_every_event_posts_or_is_declared_not_to(self, event_type: EventType) -> None:
        rule = POSTING_RULES[event_type.topic, event_type.schema]
        assert rule is None or rule.__name__ == f"post_{event_type.topic.replace('.', '_')}"

    @each_event
    def test_every_amount_of_an_event_names_its_unit(self, event_type: EventType) -> None:
        vague = {"amount", "gross", "net", "fee", "tax", "total"}
        assert not vague & set(event_type.cls.__struct_fields__)

    def test_no_topic_carries_a_version_or_a_module(self) -> None:
        assert not [topic for topic in BY_TOPIC if re.search(r"\d|:|domain|\.v", topic)]


class TestCommands:
    @pytest.mark.parametrize("command", PublicCommand.__args__)
    def test_every_public_command_is_documented_and_handled(self, command: type[Command]) -> None:
        assert sentence(own_docstring(command))
        assert command in HANDLERS

    def test_every_command_class_has_a_handler(self) -> None:
        classes = [cls for cls in vars(commands).values() if isinstance(cls, type) and issubclass(cls, Command)]
        leaves = [cls for cls in classes if not cls.__subclasses__()]
        assert set(leaves) == set(HANDLERS)

    @pytest.mark.parametrize("handler", HANDLERS.values())
    def test_every_handler_says_what_it_refuses_and_in_which_order(self, handler: object) -> None:
        said = inspect.getdoc(handler) or ""
        assert re.search(r"Raises(, in this order)?:|Raises what|Refuses nothing", said), said

    def test_a_handler_is_named_after_its_command(self) -> None:
        for command, handler in HANDLERS.items():
            assert handler.__name__ == re.sub(r"(?<!^)(?=[A-Z])", "_", command.__name__).lower()


class TestRefusals:
    def test_every_refusal_has_a_stable_code_of_its_own(self) -> None:
        codes = Counter(cls.code for cls in refusals())
        assert not [code for code, count in codes.items() if count > 1]
        assert LedgerError.code not in codes
        assert not [cls for cls in refusals() if not re.fullmatch(r"[a-z][a-z_-]*\.[a-z][a-z_]*", cls.code)]

    def test_nobody_is_refused_with_a_category_or_a_kind(self) -> None:
        unspecific = {"LedgerError", *(cls.__name__ for cls in CATEGORIES + KINDS)}
        made = [
            f"{path}: {ast.unparse(node)}"
            for path, tree in sources(*PACKAGES)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in unspecific
        ]
        assert not made

    def test_every_refusal_says_what_it_means(self) -> None:
        assert not [cls.__name__ for cls in refusals() if not sentence(own_docstring(cls))]

    def test_every_refusal_is_of_a_category(self) -> None:
        defects = {"EntryUnbalanced"}  # a wrong posting rule is nobody's request
        stray = {cls.__name__ for cls in refusals() if not issubclass(cls, CATEGORIES)}
        assert stray == defects

    def test_a_corrupt_log_is_no_refusal(self) -> None:
        assert not issubclass(LogCorrupt, LedgerError)

    def test_every_refusal_of_the_domain_is_met_in_a_unit_test(self) -> None:
        files = (*(ROOT / "tests/unit").glob("test_*.py"), *(ROOT / "tests/causes").glob("*.py"))
        tests = "\n".join(path.read_text(encoding="utf-8") for path in files)
        domain = [cls.__name__ for cls in refusals() if cls.__module__.startswith("domain.")]
        assert len(domain) > 30
        assert not [name for name in domain if not re.search(rf"\b{name}\b", tests)]


class TestSources:
    def test_no_float_touches_money(self) -> None:
        found = [
            f"{path}: {ast.unparse(node)}"
            for path, tree in sources("domain", "ledger", "projections")
            for node in ast.walk(tree)
            if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
            or (path.startswith("domain/") and _names_float(node))
            or (isinstance(node, ast.arg | ast.AnnAssign) and _is_float(node) and not _is_seconds(node))
        ]
        assert not found

    def test_only_the_composition_reads_the_clock_and_draws_chance(self) -> None:
        last = {name.rpartition(".")[2] for name in CLOCK_AND_CHANCE}
        found = {
            path
            for path, tree in sources(*PACKAGES)
            for node in ast.walk(tree)
            if (isinstance(node, ast.Name) and node.id in last)
            or (isinstance(node, ast.Attribute) and node.attr in last)
            if any(f".{ast.unparse(node)}".endswith(f".{name}") for name in CLOCK_AND_CHANCE)
        }
        assert found <= MAY_READ_THE_CLOCK

    def test_every_module_opens_with_what_it_is(self) -> None:
        assert not [path for path, tree in sources(*PACKAGES) if not sentence(ast.get_docstring(tree) or "")]

    def test_a_file_is_opened_by_a_business_word(self) -> None:
        refused = {"utils", "helpers", "common", "core", "base", "manager", "service", "misc"}
        assert not [path for path, _ in sources(*PACKAGES) if Path(path).stem in refused]

    def test_no_test_patches_by_name(self) -> None:
        patching = [path for path, tree in sources("tests") if _imports(tree, "unittest.mock")]
        assert not patching

    def test_the_command_line_starts_without_what_only_some_verbs_need(self) -> None:
        slow = "{'duckdb', 'fastapi', 'httpx', 'opentelemetry', 'prometheus_client', 'pyarrow', 'reportlab', 'uvicorn'}"
        loaded = f"import api.cli, sys; print(*sorted({slow} & set(sys.modules)))"
        started = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)
        assert started.stdout.strip() == ""

    def test_the_layers_are_as_linted(self) -> None:
        linted = subprocess.run(
            [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert linted.returncode == 0, linted.stdout


class TestRepository:
    @pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
    def test_no_package_host_is_named(self, name: str) -> None:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://|--[a-z-]*(index|find|trusted)|git\+", text)

    def test_every_locked_package_has_a_hash(self) -> None:
        lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
        blocks = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^#.*\n", "", lock))
        assert len(blocks) > 30
        assert not [block.split()[0] for block in blocks if "--hash=sha256:" not in block]

    def test_nothing_stands_at_the_top_that_the_map_does_not_show(self) -> None:
        ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()]
        there = {path.name for path in ROOT.iterdir()}
        assert {name for name in there if not any(fnmatch.fnmatch(name, one) for one in ignored)} <= TOP_LEVEL


def _names_float(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "float"


def _is_float(node: ast.arg | ast.AnnAssign) -> bool:
    return node.annotation is not None and any(_names_float(part) for part in ast.walk(node.annotation))


def _is_seconds(node: ast.arg | ast.AnnAssign) -> bool:
    name = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
    return name.endswith(("_seconds", "deadline"))


def _imports(tree: ast.Module, module: str) -> bool:
    return any(
        (isinstance(node, ast.ImportFrom) and node.module == module)
        or (isinstance(node, ast.Import) and any(alias.name == module for alias in node.names))
        for node in ast.walk(tree)
    )
