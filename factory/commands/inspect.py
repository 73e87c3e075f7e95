"""`factory inspect`: rows and statistics of any dataset, in the terminal."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from factory.records import Record
    from factory.report.tabular import Condition, Source

HELP = "rows and statistics of any dataset, in the terminal"
DESCRIPTION = """\
Print statistics of every column of a dataset, and some rows. PATH is a dataset of a run, any
Parquet file, or a folder of them; a whole run is listed. Trajectories read as conversations.

  factory inspect out/demo                                 what a run holds
  factory inspect out/demo/task --where kind=read --rows 2
  factory inspect out/demo/tool --columns name,verb,proof
  factory inspect out/demo --id 3f2a91                     a record, by the start of its id
  factory inspect some/file.parquet --rows 0               statistics only

A field of --where may lead into structs, lists and JSON: lineage.stage, messages.role.
"""
CONVERSATIONS = ("trajectory", "sft")
DEFAULT_ROWS = 3
SHORTEST_ID = 4


def declare(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Add the verb and its options."""
    verb = verbs.add_parser(
        "inspect",
        help=HELP,
        description=DESCRIPTION,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("path", metavar="PATH", help="a run, a dataset, a Parquet file or folder")
    verb.add_argument(
        "--rows", type=int, metavar="N", help=f"rows to print (default {DEFAULT_ROWS})"
    )
    verb.add_argument("--columns", metavar="A,B", help="only these columns")
    verb.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="only rows where this holds; several must all hold",
    )
    verb.add_argument("--id", metavar="ID", help="the record of this id, or of this start of one")
    verb.add_argument("--full", action="store_true", help="print long values whole")
    verb.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Print what was asked for."""
    from factory.commands.errors import CommandError
    from factory.report.tabular import open_source
    from factory.report.terminal import console
    from factory.shards import find_datasets

    path = arguments.path.rstrip("/") or "/"
    if arguments.rows is not None and arguments.rows < 0:
        raise CommandError(f"--rows {arguments.rows}: give 0 or more")
    try:
        source = open_source(path)
    except FileNotFoundError:
        raise CommandError(
            f"{path}: no such file or folder; give a run, a dataset or a Parquet file"
        ) from None
    out = console()
    if source is not None:
        if arguments.id:
            return _show_id(out, arguments, [source])
        return _show(out, arguments, source)
    datasets = find_datasets(path)
    if not datasets:
        raise CommandError(f"{path}: neither a dataset nor Parquet files here")
    if arguments.id:
        sources = [found for dataset in datasets if (found := open_source(dataset.path))]
        return _show_id(out, arguments, sources)
    if arguments.rows is not None or arguments.columns or arguments.where:
        raise CommandError(
            f"{path} holds {len(datasets)} datasets: name one, as {datasets[0].path}"
        )
    from factory.report.terminal import print_datasets

    print_datasets(out, datasets, path)
    return 0


def _show(out: Console, arguments: argparse.Namespace, source: Source) -> int:
    """Statistics, then rows."""
    from factory.report.columns import column_statistics
    from factory.report.tabular import matching
    from factory.report.terminal import print_statistics

    conditions = _conditions(arguments.where, source)
    columns = _columns(arguments.columns, source)
    statistics = column_statistics(table.select(columns) for table in matching(source, conditions))
    kept = statistics[0].rows if statistics else 0
    what = source.kind or "plain Parquet"
    head = f"{source.path}: {what}, {source.num_rows:,} rows in {len(source.files)} parts"
    out.print(head + (f", {kept:,} of them match" if conditions else ""), soft_wrap=True)
    if not kept:
        return 0
    print_statistics(out, statistics)
    wanted = arguments.rows
    if wanted is None:
        wanted = 1 if source.kind in CONVERSATIONS else DEFAULT_ROWS
    for number, row in zip(range(wanted), _rows(source, conditions), strict=False):
        _print(out, arguments, source, row, number)
    return 0


def _rows(source: Source, conditions: list[Condition]) -> Iterator[Record]:
    from factory.report.tabular import matching

    for table in matching(source, conditions):
        yield from source.rows_of(table)


def _print(
    out: Console, arguments: argparse.Namespace, source: Source, row: Record, number: int
) -> None:
    from factory.report.terminal import print_conversation, print_record

    title = f"{source.kind or 'row'} {row.get('id', number)}"
    out.print()
    if source.kind in CONVERSATIONS and not arguments.columns:
        print_conversation(out, row, title, arguments.full, _verdict(source, row))
        return
    names = _columns(arguments.columns, source)
    shown = {name: row[name] for name in names if row.get(name) is not None}
    print_record(out, shown, title, arguments.full)


def _verdict(source: Source, row: Record) -> Record | None:
    """The verdict on a trajectory, from the run that the dataset lies in."""
    from factory.report.tabular import Condition, open_source
    from factory.shards import storage

    folder = storage.join(source.path.rpartition("/")[0] or ".", "verdict")
    if source.kind != "trajectory" or not storage.exists(folder):
        return None
    verdicts = open_source(folder)
    if verdicts is None:
        return None
    return next(_rows(verdicts, [Condition("trajectory_id", row["id"])]), None)


def _show_id(out: Console, arguments: argparse.Namespace, sources: list[Source]) -> int:
    """The one record whose id starts as given."""
    from factory.commands.errors import CommandError

    if len(arguments.id) < SHORTEST_ID:
        raise CommandError(f"--id {arguments.id}: give at least {SHORTEST_ID} characters of it")
    with_id = [source for source in sources if "id" in source.schema.names]
    if not with_id:
        raise CommandError(f"{arguments.path}: no column named id; use --where FIELD=VALUE")
    found = [
        (source, name)
        for source in with_id
        for table in source.tables(["id"])
        for name in table.column("id").to_pylist()
        if str(name).startswith(arguments.id)
    ]
    if not found:
        raise CommandError(f"{arguments.path}: no record whose id starts with {arguments.id}")
    if len(found) > 1:
        some = ", ".join(f"{source.kind or ''} {name}".strip() for source, name in found[:3])
        raise CommandError(
            f"--id {arguments.id}: {len(found)} records ({some}, ...): give more of it"
        )
    from factory.report.tabular import Condition

    source, name = found[0]
    _print(out, arguments, source, next(_rows(source, [Condition("id", str(name))])), 0)
    return 0


def _columns(text: str | None, source: Source) -> list[str]:
    from factory.commands.errors import CommandError

    known: list[str] = source.schema.names
    if not text:
        return known
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise CommandError(f"--columns: no column {name}; there are {', '.join(known)}")
    return wanted


def _conditions(texts: list[str], source: Source) -> list[Condition]:
    from factory.commands.errors import CommandError
    from factory.report.tabular import Condition

    conditions = []
    for text in texts:
        field, separator, value = text.partition("=")
        if not (field and separator):
            raise CommandError(f"--where {text}: write it as FIELD=VALUE")
        condition = Condition(field, value)
        if condition.column not in source.schema.names:
            known = ", ".join(source.schema.names)
            raise CommandError(f"--where: no column {condition.column}; there are {known}")
        conditions.append(condition)
    return conditions
