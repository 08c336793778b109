"""Registering rules: the next generation, which only one writer can create."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from registry import records, rules
from registry.generations import require_newest
from registry.rules import RulesRecord
from registry.store import Store
from registry.uri import parse_s3

if TYPE_CHECKING:
    from recommender.rules import Rules


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

    def next_after(current: RulesRecord | None) -> RulesRecord:
        require_newest(named, current, follows)
        if current is not None and current.digest == given.digest:
            return current
        return RulesRecord(
            name=str(named.alias),
            generation=current.generation + 1 if current else 1,
            digest=given.digest,
            rules=given,
            who=who or records.whoami(),
            when=records.now(),
            why=why,
            nonce=secrets.token_hex(16),
        ).sealed(named)

    return rules.generations(store, named).add(next_after)
