"""What is known of customers is queried where it is written and in the windows, and nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "wattkeeper"
WRITERS = {"readings", "customers", "ingest", "sandbox"}
READERS = {
    "authorizations/windows.py",
    "authorizations/contents.py",
    "authorizations/statements.py",
    "authorizations/final_scope.py",  # which kinds of channels there are, not what is in them
    "api/capabilities.py",  # which kinds of channels the published test accounts have
    "authorizations/preview.py",  # the customer's own data, before it is shared
}
MODELS = {"DayBlock", "SupersededDay", "Channel", "PowerQuality", "Bill", "Statement", "EndDevice", "ProgramDate"}
FOUND_FROM_OTHERS = {"days", "channels", "bills", "statements", "end_devices", "program_dates"}
"""What they are called as seen from a service, a channel or an account."""
QUERIES = {"all", "filter", "exclude", "get", "first", "last", "count", "exists", "values", "values_list", "order_by"}


def queries(source: str) -> Iterator[str]:
    """Each place of a file that asks the database for readings or bills. Naming a model as a type is none."""
    tree = ast.parse(source)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module in {"wattkeeper.readings.models", "wattkeeper.customers.models"}
        for alias in node.names
        if alias.name in MODELS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            inner = node.value
            is_model = isinstance(inner, ast.Name) and inner.id in imported
            is_related = isinstance(inner, ast.Attribute) and inner.attr in FOUND_FROM_OTHERS and node.attr in QUERIES
            if is_model or is_related:
                yield f"line {node.lineno}: {ast.unparse(node)}"


def others() -> list[Path]:
    files = (path.relative_to(SOURCE) for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
    return sorted(path for path in files if path.parts[0] not in WRITERS and str(path) not in READERS)


def test_nobody_else_asks_for_readings_or_bills() -> None:
    files = others()
    assert len(files) > 150
    assert [(str(path), found) for path in files for found in queries((SOURCE / path).read_text())] == []


@pytest.mark.parametrize(
    "line",
    [
        "Bill.objects.filter(pk=1)",
        "Bill._default_manager",
        "service.bills.all()",
        "x.channel.days.filter(day=1).count()",
    ],
)
def test_a_query_is_seen(line: str) -> None:
    assert list(queries(f"from wattkeeper.customers.models import Bill\n{line}"))


def test_the_readers_are_seen_to_ask() -> None:
    """So that a file of that list which no longer asks leaves it."""
    assert all(list(queries((SOURCE / path).read_text())) for path in READERS)
