"""Guards of the house that no linter has: the top level, sizes, names, what may not be written."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "benchmarks",
    "contract",
    "edge_agent",
    "edile",
    "firmware_bridges",
    "hub",
    "patrol",
    "provisioning",
    "simulators",
)
TOP_LEVEL = {
    *PACKAGES,
    *(".ci", ".gitignore", "docs", "models", "tests"),
    *("CHANGELOG.md", "LICENSE", "Makefile", "README.md", "SECURITY.md", "pyproject.toml"),
    *("constraints.txt", "constraints-legacy.txt", "constraints-train.txt"),
}
BANNED_NAMES = re.compile(
    r"(^|_)(utils?|common|helpers?|core|misc|managers?|services?|handlers?)(_|$)"
)
MAX_FILE_LINES, MAX_FUNCTION_LINES = 400, 60


def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("not a git checkout (an unpacked archive): nothing to compare")
    return [name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]


def sources(*, with_tests: bool = False) -> list[Path]:
    roots = [*PACKAGES, "tests"] if with_tests else list(PACKAGES)
    return [path for root in roots for path in sorted((ROOT / root).rglob("*.py"))]


def test_the_top_level_holds_only_what_the_design_names() -> None:
    assert {name.split("/")[0] for name in tracked()} <= TOP_LEVEL


def test_files_stop_at_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources(with_tests=True)
        if (lines := path.read_text(encoding="utf-8").count("\n")) > MAX_FILE_LINES
    }
    assert not long


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_functions_stop_at_60_lines() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": size
        for path in sources()
        for node in functions(path)
        if (size := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert not long


def test_no_module_class_or_function_has_a_name_that_says_nothing() -> None:
    found = []
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [path.stem, *(n.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef))]
        snake = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in names]
        found += [
            f"{path.relative_to(ROOT)}: {name}" for name in snake if BANNED_NAMES.search(name)
        ]
    assert not found


def test_only_the_outermost_shell_catches_everything() -> None:
    allowed = {"__main__.py", "cli.py"}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        if path.name not in allowed
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        )
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert not found


def test_nothing_names_a_registry_or_a_path_of_one_machine() -> None:
    telltale = re.compile(
        r"https?://[^ \"]*(?:/simple/|registry\.|files\.python)|/(?:root|home|work)/[a-z]"
    )
    found = [
        f"{name}: {match.group(0)}"
        for name in tracked()
        if name != "tests/test_layout.py" and not name.endswith((".bin", ".db"))
        for match in [telltale.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))]
        if match
    ]
    assert not found


def test_constraints_are_exact_pins_without_addresses() -> None:
    pin = re.compile(r"[a-z0-9][a-z0-9-]*==[0-9][0-9a-z.+]*(?: ?; ?.+)?")
    for name in ("constraints.txt", "constraints-legacy.txt", "constraints-train.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        bad = [
            line for line in lines if line and not line.startswith("#") and not pin.fullmatch(line)
        ]
        assert not bad, f"{name}: {bad}"
