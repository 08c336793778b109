"""Promoting a version to an alias, and going back.

Writing ``history/ALIAS/GENERATION.json``, which only one writer can, is the promotion. The
pointer ``aliases/ALIAS.json`` follows, and any later promotion repairs it.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from registry import aliases, claims, manifests, records, versions
from registry.aliases import Generation
from registry.errors import AliasError, StoreError
from registry.generations import require_newest
from registry.store import Store
from registry.uri import parse_s3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.uri import S3URI


def promote(
    uri: str,
    version: str,
    *,
    why: str,
    who: str | None = None,
    gate: Mapping[str, Any] | None = None,
    follows: int | None = None,
    digest: str | None = None,
) -> Generation:
    """Make an alias name a version.

    Parameters
    ----------
    uri
        ``s3://bucket/prefix/NAME@ALIAS``.
    why
        A reason, for people.
    who
        user@host; this process's by default.
    gate
        What a check before the promotion found.
    follows
        The generation this promotion must come right after, 0 for none: for who decided by what
        was there. By default it comes after whatever is there.
    digest
        What the version must have; any if not given.

    Returns
    -------
    Generation
        The new generation; or the newest one, if it names that version already.

    Raises
    ------
    URIError
        If that can be no version, or the name is of no alias.
    VersionError
        If there is no such version, or it has another digest.
    IntegrityError
        If the version could not be pulled: content of it is missing.
    OvertakenError
        If another generation follows, naming who made it.
    AliasError
        If other writers win again and again.
    SweepError
        If ``gc`` is at work, and does not end.
    """
    store, named = _open(uri)
    named.at_version(version)  # refuses what can be none
    with claims.claim(store, named, version) as claimed:
        record = versions.read(store, named, version)
        versions.require_digest(record, digest or record.digest)
        manifests.require_complete(store, named, record)
        proposed = Generation(
            alias=str(named.alias),
            generation=0,  # this and the next are known when it is written
            source=None,
            target=version,
            digest=record.digest,
            who=who or records.whoami(),
            when=records.now(),
            why=why,
            gate=gate,
            nonce=secrets.token_hex(16),
        )
        claimed.require()
        return _create_next(store, named, proposed, follows)


def _open(uri: str) -> tuple[Store, S3URI]:
    """Return the store and the name of an alias; refuse other names before anything is asked."""
    named = parse_s3(uri)
    aliases.pointer_key(named)
    return Store.open(named.bucket), named


def require_follows(uri: str, generation: int) -> None:
    """Ask for a generation to be the newest one of an alias; 0 for none.

    Raises
    ------
    OvertakenError
        If another one is, naming who made it.
    """
    store, named = _open(uri)
    require_newest(named, aliases.newest(store, named), generation)


def _create_next(store: Store, uri: S3URI, proposed: Generation, follows: int | None) -> Generation:
    """Create the generation that is proposed, whatever its number will be."""

    def next_after(current: Generation | None) -> Generation:
        require_newest(uri, current, follows)
        if current is not None and current.target == proposed.target:
            return current
        source, number = (current.target, current.generation) if current else (None, 0)
        made = replace(proposed, generation=number + 1, source=source, when=records.now())
        return made.sealed(uri)

    made = aliases.generations(store, uri).add(next_after, aliases.pointed_at(store, uri))
    _repair_pointer(store, uri, made)
    return made


def rollback(uri: str, *, why: str, to: int | None = None, who: str | None = None) -> Generation:
    """Promote what an alias named before.

    A promotion that lands meanwhile is not undone: it wins.

    Parameters
    ----------
    to
        The generation to go back to; by default the one before the newest.

    Raises
    ------
    AliasError
        If there is no such generation.
    OvertakenError
        If somebody promotes meanwhile, naming who.
    """
    store, named = _open(uri)
    current = aliases.read(store, named)
    if to is None and current.generation == 1:
        raise AliasError(f"{uri} has named {current.target} only: there is nothing to go back to")
    history = aliases.generations(store, named)
    earlier = history.read(current.generation - 1 if to is None else to)
    if earlier is None:
        raise AliasError(
            f"{uri} has no generation {to}: give one of 1 to {current.generation}; "
            f"python -m registry history {uri} shows them"
        )
    return promote(
        uri,
        earlier.target,
        why=why,
        who=who,
        follows=current.generation,
        digest=earlier.digest,
    )


def _repair_pointer(store: Store, uri: S3URI, newest: Generation) -> None:
    """Point to a generation that exists; the promotion stands even if this fails."""
    with suppress(StoreError):
        store.write(aliases.pointer_key(uri), newest.to_bytes())
