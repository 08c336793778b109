"""``promote``, ``rollback`` and ``history``: what an alias names, and named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from registry import aliases, promotion
from registry.commands.command import add_alias, add_command, add_why
from registry.commands.gate import add_gate, in_a_word, pass_gate
from registry.commands.table import print_table
from registry.errors import AliasError
from registry.store import Store
from registry.uri import parse_s3

if TYPE_CHECKING:
    import argparse

    from registry.aliases import Generation


def add(commands: Any) -> None:
    """Add the commands."""
    _add_promote(commands)
    _add_rollback(commands)
    _add_history(commands)


def _add_promote(commands: Any) -> None:
    command = add_command(
        commands,
        "promote",
        _promote,
        "make an alias name a version, if it passes the gate; whoever asks for the alias from now "
        "on gets it",
    )
    add_alias(command)
    command.add_argument("version", metavar="VERSION", help="a version of that model")
    add_why(command)
    add_gate(command)
    command.add_argument(
        "--follows",
        type=int,
        metavar="GENERATION",
        help="fail, saying who was faster, unless this is the newest generation (0: none yet)",
    )


def _add_rollback(commands: Any) -> None:
    command = add_command(
        commands,
        "rollback",
        _rollback,
        "promote what an alias named before, by default before the newest promotion; the history "
        "shows both; if somebody promotes meanwhile, that is not undone and this fails",
    )
    add_alias(command)
    command.add_argument(
        "--to", type=int, metavar="GENERATION", help="go back to what this generation promoted"
    )
    add_why(command)


def _add_history(commands: Any) -> None:
    add_alias(add_command(commands, "history", _history, "show every promotion of an alias"))


def _promote(options: argparse.Namespace) -> None:
    judged, gate = pass_gate(options)
    if options.follows not in (None, judged.follows):
        promotion.require_follows(options.uri, options.follows)  # says who was faster
    generation = promotion.promote(
        options.uri,
        options.version,
        why=options.why,
        gate=gate,
        follows=judged.follows,  # the champion that the version was held against
        digest=judged.digest,
    )
    _print_generation(options, generation)


def _rollback(options: argparse.Namespace) -> None:
    _print_generation(options, promotion.rollback(options.uri, why=options.why, to=options.to))


def _print_generation(options: argparse.Namespace, generation: Generation) -> None:
    if options.json:
        print(generation.to_bytes().decode(), end="")
        return
    print(f"{options.uri} is {generation.target} (generation {generation.generation})")
    if generation.why != options.why:
        print(
            f"it was before, since {generation.when}: nothing was promoted, and this reason is not "
            "recorded"
        )


def _history(options: argparse.Namespace) -> None:
    uri = parse_s3(options.uri)
    records = [
        json.loads(generation.to_bytes())
        for generation in aliases.history(Store.open(uri.bucket), uri)
    ]
    if not records:
        raise AliasError(f"{uri} does not exist: nothing was ever promoted to it")
    shown = ("generation", "when", "who", "from", "to", "gate", "why")
    if not options.json:
        records = [{name: record[name] for name in shown} for record in records]
        for record in records:
            record["gate"] = in_a_word(record["gate"])
    print_table(records, options.json)
