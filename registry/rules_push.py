"""Registering rules: the next generation, which only one writer can create."""

from __future__ import annotations

import json
import secrets
import tomllib
from typing import TYPE_CHECKING, Any

from recommender import errors
from recommender.rules import Rules
from registry import records, rules
from registry.errors import OvertakenError, RulesError
from registry.rules import RulesRecord
from registry.store import Store
from registry.uri import parse_s3

if TYPE_CHECKING:
    from pathlib import Path

_ATTEMPTS = 100  # lost races in a row: each means that somebody else won one


def read_file(file: Path) -> Rules:
    """Read rules from a TOML or a JSON file.

    Raises
    ------
    RulesError
        If the file cannot be read, or a rule is unknown or not of its form.
    """
    try:
        text = file.read_text(encoding="utf-8")
        fields: Any = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise RulesError(
            f"{file} cannot be read as rules ({error}); give a TOML file, or one of JSON whose "
            "name ends in .json"
        ) from None
    if not isinstance(fields, dict):
        raise RulesError(f'{file} must hold rules by their names, as {{"max_per_category": 3}}')
    try:
        return Rules.from_fields(fields, str(file))
    except errors.RulesError as error:
        raise RulesError(str(error)) from None


def push_rules(
    given: Rules, uri: str, *, why: str, who: str | None = None, follows: int | None = None
) -> RulesRecord:
    """Make these the rules from now on.

    Parameters
    ----------
    uri
        ``s3://bucket/prefix/NAME@RULES``.
    why
        A reason, for people.
    who
        user@host; this process's by default.
    follows
        The generation these must come right after, 0 for none: for who changed what was there. By
        default they come after whatever is there.

    Returns
    -------
    RulesRecord
        The new generation; or the newest one, if it holds the same rules already.

    Raises
    ------
    OvertakenError
        If another generation follows, naming who made it; or if others win again and again.
    """
    named = parse_s3(uri)
    store = Store.open(named.bucket)
    kept = rules.generations(store, named)
    for _ in range(_ATTEMPTS):
        current = rules.newest(store, named)
        number = current.generation if current else 0
        if follows not in (None, number):
            raise OvertakenError(_overtaken(uri, current, follows))
        if current is not None and current.digest == given.digest:
            return current
        made = RulesRecord(
            name=str(named.alias),
            generation=number + 1,
            digest=given.digest,
            rules=given,
            who=who or records.whoami(),
            when=records.now(),
            why=why,
            nonce=secrets.token_hex(16),
        )
        if kept.create(made.generation, made.to_bytes()):
            return made
    raise OvertakenError(f"others pushed rules to {uri} {_ATTEMPTS} times meanwhile; try again")


def _overtaken(uri: str, current: RulesRecord | None, follows: int | None) -> str:
    if current is None:
        return f"{uri} has no generation {follows}: no rules were pushed to it yet"
    return (
        f"{uri} is at generation {current.generation}, not {follows}: {current.who} pushed it at "
        f"{current.when} ({current.why}); look at it, then change it again"
    )
