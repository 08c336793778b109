"""Promoting a version to an alias, and going back.

Writing ``history/ALIAS/GENERATION.json``, which only one writer can, is the promotion. The
pointer ``aliases/ALIAS.json`` follows, and any later promotion repairs it.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from registry import aliases, records, versions
from registry.aliases import Generation
from registry.errors import AliasError, StoreError, TakenError, UnreachableError
from registry.store import Store
from registry.uri import parse_s3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.uri import S3URI

_ATTEMPTS = 100  # lost races in a row: each means that somebody else won one


def promote(
    uri: str,
    version: str,
    *,
    why: str,
    who: str | None = None,
    gate: Mapping[str, Any] | None = None,
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

    Returns
    -------
    Generation
        The new generation; or the newest one, if it names that version already.

    Raises
    ------
    VersionError
        If there is no such version.
    AliasError
        If other writers win again and again.
    """
    named = parse_s3(uri)
    store = Store.open(named.bucket)
    digest = versions.read(store, named, version).digest
    for _ in range(_ATTEMPTS):
        current = aliases.newest(store, named)
        if current is None or current.target != version:
            proposed = Generation(
                alias=str(named.alias),
                generation=current.generation + 1 if current else 1,
                source=current.target if current else None,
                target=version,
                digest=digest,
                who=who or records.whoami(),
                when=records.now(),
                why=why,
                gate=gate,
                nonce=secrets.token_hex(16),
            )
            if not _create(store, named, proposed):
                continue
            current = proposed
        _repair_pointer(store, named, current)
        return current
    raise AliasError(f"{uri} was promoted by others {_ATTEMPTS} times meanwhile; try again")


def rollback(uri: str, *, why: str, who: str | None = None) -> Generation:
    """Promote the version that the newest promotion of an alias replaced.

    Raises
    ------
    AliasError
        If the alias has only ever named one version.
    """
    named = parse_s3(uri)
    current = aliases.read(Store.open(named.bucket), named)
    if current.source is None:
        raise AliasError(f"{uri} has named {current.target} only: there is nothing to go back to")
    return promote(uri, current.source, why=why, who=who)


def _create(store: Store, uri: S3URI, proposed: Generation) -> bool:
    """Write a generation; tell whether it is this one that exists now."""
    try:
        store.create(aliases.history_key(uri, proposed.generation), proposed.to_bytes())
    except (TakenError, UnreachableError):  # perhaps only the answer was lost
        found = aliases.read_generation(store, uri, proposed.generation)
        if found is None:
            raise
        return found.nonce == proposed.nonce
    return True


def _repair_pointer(store: Store, uri: S3URI, newest: Generation) -> None:
    """Point to a generation that exists; the promotion stands even if this fails."""
    with suppress(StoreError):
        store.write(aliases.pointer_key(uri), newest.to_bytes())
