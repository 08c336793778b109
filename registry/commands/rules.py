"""``rules push``, ``rules show`` and ``rules history``: what may be recommended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry import rules
from registry.commands.command import add_command, add_why
from registry.commands.table import print_table
from registry.errors import RulesError
from registry.rules_file import read_file
from registry.rules_push import push_rules
from registry.store import Store
from registry.uri import parse_s3

if TYPE_CHECKING:
    import argparse

    from registry.rules import RulesRecord

_URI = "s3://BUCKET/PREFIX/NAME@RULES; RULES is the rules' own name, as default"


def add(commands: Any) -> None:
    """Add the commands."""
    group = commands.add_parser(
        "rules",
        help="business rules and availability lists: push, show, history",
        description="Business rules and availability lists, kept beside a model.",
    )
    below = group.add_subparsers(required=True, metavar="COMMAND")
    push = add_command(
        below, "push", _push, "make a file's rules those that hold from now on, instead of others"
    )
    push.add_argument("file", metavar="FILE", type=Path, help="TOML, or JSON if named .json")
    push.add_argument("uri", metavar="URI", help=_URI)
    add_why(push)
    push.add_argument(
        "--follows",
        type=int,
        metavar="GENERATION",
        help="fail, saying who was faster, unless this is the newest generation (0: none yet)",
    )
    show = add_command(below, "show", _show, "show the rules that hold, or those of a generation")
    show.add_argument("uri", metavar="URI", help=_URI)
    show.add_argument("--generation", type=int, metavar="GENERATION", help="which; else the newest")
    history = add_command(below, "history", _history, "show every change of rules")
    history.add_argument("uri", metavar="URI", help=_URI)


def _push(options: argparse.Namespace) -> None:
    given = read_file(options.file)
    record = push_rules(given, options.uri, why=options.why, follows=options.follows)
    if options.json:
        print(record.to_bytes().decode(), end="")
    else:
        print(f"{options.uri} is generation {record.generation} ({record.digest})")


def _show(options: argparse.Namespace) -> None:
    record = _find(options)
    if options.json:
        print(record.to_bytes().decode(), end="")
        return
    print(f"generation {record.generation}, {record.digest}")
    print(f"pushed by {record.who} at {record.when}: {record.why}")
    print(json.dumps(record.rules.to_fields(), indent=2, ensure_ascii=False))


def _find(options: argparse.Namespace) -> RulesRecord:
    uri = parse_s3(options.uri)
    store = Store.open(uri.bucket)
    if options.generation is None:
        return rules.read(store, uri)
    record = rules.generations(store, uri).read(options.generation)
    if record is None:
        raise RulesError(
            f"{uri} has no generation {options.generation}; "
            f"python -m registry rules history {uri} shows those there are"
        )
    return record


def _history(options: argparse.Namespace) -> None:
    uri = parse_s3(options.uri)
    rows = [
        {
            "generation": record.generation,
            "when": record.when,
            "who": record.who,
            "digest": record.digest,
            "why": record.why,
        }
        for record in rules.generations(Store.open(uri.bucket), uri)
    ]
    if not rows:
        raise RulesError(f"there are no rules {uri}: none were ever pushed to it")
    print_table(rows, options.json)
