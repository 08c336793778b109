"""The registry at the command line: ``python -m registry list|push|pull|promote|...``."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from registry import aliases, promotion, versions
from registry.errors import AliasError, RecordError, RegistryError, URIError
from registry.pull import export, pull
from registry.push import push
from registry.store import Store
from registry.uri import parse_s3, parse_s3_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registry.aliases import Generation
    from registry.progress import Progress
    from registry.uri import S3URI

_EPILOG = (
    "The object store is found by the variables that every S3 tool reads: AWS_ENDPOINT_URL_S3, "
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_CA_BUNDLE and so on. "
    "Exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
)
_BAR_AFTER_SECONDS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; return the exit code."""
    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except URIError as error:
        return _fail(str(error), 2)
    except RegistryError as error:
        return _fail(str(error), 1)
    except OSError as error:
        return _fail(f"{error}; check the path and its rights, or name another place", 1)
    except KeyboardInterrupt:
        return _fail("interrupted; run the same command again to go on", 130)
    return 0


def _fail(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="python -m registry",
        description="Versions and aliases of fitted models on object storage.",
        epilog=_EPILOG,
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_list, _add_push, _add_pull, _add_promote, _add_history, _add_rollback):
        add(commands)
    return top


def _add(commands: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text.partition(";")[0],
        description=f"{text[0].upper()}{text[1:]}.",
        epilog=_EPILOG,
    )
    command.add_argument("--json", action="store_true", help="print JSON, for programs")
    command.set_defaults(run=run)
    return command


def _add_list(commands: Any) -> None:
    command = _add(commands, "list", _list, "list the versions of a model, or the models below a /")
    command.add_argument(
        "uri", metavar="URI", help="s3://BUCKET/PREFIX/NAME, or s3://BUCKET/PREFIX/ for the models"
    )


def _add_push(commands: Any) -> None:
    command = _add(
        commands,
        "push",
        _push,
        "register a model as a version; what is there already is not sent again, so that a push "
        "that failed goes on where it stopped",
    )
    command.add_argument("folder", metavar="FOLDER", type=Path, help="the fitted model")
    command.add_argument(
        "uri",
        metavar="URI",
        help="s3://BUCKET/PREFIX/NAME:VERSION; without :VERSION it is the time and the digest",
    )
    command.add_argument(
        "--no-bento", action="store_true", help="do not keep it in the local BentoML store too"
    )


def _add_pull(commands: Any) -> None:
    command = _add(
        commands,
        "pull",
        _pull,
        "get a model, verified, and print its folder; it is kept in ESTANTE_CACHE (by default "
        "estante/models in the user's cache folder), and what is there is not fetched again",
    )
    command.add_argument(
        "uri", metavar="URI", help="s3://BUCKET/PREFIX/NAME@ALIAS, ...:VERSION or bento://..."
    )
    command.add_argument("--to", metavar="DIR", type=Path, help="copy it to this new folder too")


def _add_promote(commands: Any) -> None:
    command = _add(
        commands,
        "promote",
        _promote,
        "make an alias name a version: whoever asks for the alias from now on gets it",
    )
    command.add_argument("uri", metavar="URI", help="s3://BUCKET/PREFIX/NAME@ALIAS")
    command.add_argument("version", metavar="VERSION", help="a version of that model")
    command.add_argument(
        "--why", required=True, type=_reason, metavar="REASON", help="a reason, for people"
    )


def _add_history(commands: Any) -> None:
    command = _add(commands, "history", _history, "show every promotion of an alias")
    command.add_argument("uri", metavar="URI", help="s3://BUCKET/PREFIX/NAME@ALIAS")


def _add_rollback(commands: Any) -> None:
    command = _add(
        commands,
        "rollback",
        _rollback,
        "promote the version that the newest promotion replaced; the history shows both",
    )
    command.add_argument("uri", metavar="URI", help="s3://BUCKET/PREFIX/NAME@ALIAS")
    command.add_argument(
        "--why", required=True, type=_reason, metavar="REASON", help="a reason, for people"
    )


def _reason(text: str) -> str:
    """Take a reason for a history that is read line by line."""
    if not text.strip() or not text.isprintable():
        raise argparse.ArgumentTypeError("give a reason, on one line")
    return text.strip()


def _list(options: argparse.Namespace) -> None:
    if options.uri.endswith("/") or options.uri.count("/") == 2:
        folder = parse_s3_folder(options.uri)
        below = f"{folder.prefix}/" if folder.prefix else ""
        models = list(Store.open(folder.bucket).folders(below))
        print(json.dumps(models, indent=2) if options.json else "\n".join(models))
        return
    uri = parse_s3(options.uri)
    store = Store.open(uri.bucket)
    named_by = _aliases_by_version(store, uri)
    found = [
        _version_fields(store, uri, version, named_by.get(version, []))
        for version in versions.names(store, uri)
    ]
    if not found:
        print(f"{uri} has no versions", file=sys.stderr)
    _print_table(found, options.json)


def _aliases_by_version(store: Store, uri: S3URI) -> dict[str, list[str]]:
    named_by: dict[str, list[str]] = {}
    for alias in aliases.names(store, uri):
        target = aliases.read(store, uri.at_alias(alias)).target
        named_by.setdefault(target, []).append(alias)
    return named_by


def _version_fields(
    store: Store, uri: S3URI, version: str, named_by: list[str]
) -> dict[str, object]:
    fields: dict[str, object] = {"version": version, "aliases": named_by}
    try:
        record = versions.read(store, uri, version)
    except RecordError as error:  # one bad record hides no other
        print(f"warning: {error}", file=sys.stderr)
        return fields | dict.fromkeys(("when", "who", "size", "digest"))
    return fields | {
        "when": record.when,
        "who": record.who,
        "size": record.size,
        "digest": record.digest,
    }


def _push(options: argparse.Namespace) -> None:
    with _bar("push") as progress:
        record = push(options.folder, options.uri, bento=not options.no_bento, progress=progress)
    uri = parse_s3(options.uri).at_version(record.version)
    if options.json:
        print(json.dumps({"uri": str(uri), **asdict(record)}, indent=2))
    else:
        print(f"pushed {uri} ({record.digest}, {record.size:,} bytes)")


def _pull(options: argparse.Namespace) -> None:
    with _bar("pull") as progress:
        pulled = pull(options.uri, progress=progress)
    folder = pulled.folder
    if options.to:
        folder = export(pulled, options.to)
    fields = {**asdict(pulled), "folder": str(folder)}
    print(json.dumps(fields, indent=2) if options.json else folder)


def _promote(options: argparse.Namespace) -> None:
    generation = promotion.promote(options.uri, options.version, why=options.why)
    _print_generation(options, generation)


def _rollback(options: argparse.Namespace) -> None:
    _print_generation(options, promotion.rollback(options.uri, why=options.why))


def _print_generation(options: argparse.Namespace, generation: Generation) -> None:
    if options.json:
        print(generation.to_bytes().decode(), end="")
    else:
        print(f"{options.uri} is {generation.target} (generation {generation.generation})")


def _history(options: argparse.Namespace) -> None:
    uri = parse_s3(options.uri)
    records = [
        json.loads(generation.to_bytes())
        for generation in aliases.history(Store.open(uri.bucket), uri)
    ]
    if not records:
        raise AliasError(f"{uri} does not exist: nothing was ever promoted to it")
    shown = ("generation", "when", "who", "from", "to", "why")
    if not options.json:
        records = [{name: record[name] for name in shown} for record in records]
    _print_table(records, options.json)


def _print_table(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Print rows with the same fields: as JSON, or in columns below their names."""
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    cells = [[_cell(value) for value in row.values()] for row in rows]
    lines = [[name.upper() for name in rows[0]], *cells] if rows else []
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(map(str.ljust, line, widths)).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ",".join(value) or "-"
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


@contextmanager
def _bar(what: str) -> Iterator[Progress]:
    """Show how far a transfer has come, at a terminal and if it takes a while."""
    with tqdm(
        desc=what, unit="B", unit_scale=True, delay=_BAR_AFTER_SECONDS, disable=None, leave=False
    ) as bar:

        def show(moved: int, total: int) -> None:
            bar.total = total
            bar.update(moved)

        yield show
