"""Registering rules: the next generation, which only one writer can create."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from registry import records, rules
from registry.errors import OvertakenError
from registry.rules import RulesRecord
from registry.store import Store
from registry.uri import parse_s3

if TYPE_CHECKING:
    from recommender.rules import Rules

_ATTEMPTS = 100  # lost races in a row: each means that somebody else won one


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
