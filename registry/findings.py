"""What was found when everything was read again."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """Something that is not as it should be.

    Parameters
    ----------
    object
        Where: ``s3://bucket/key``.
    what
        What is wrong with it, and what to do.
    versions, aliases
        Whom it affects: these cannot be trusted or pulled.
    """

    object: str
    what: str
    versions: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)


@dataclass
class Verified:
    """What was read, and what was found.

    Parameters
    ----------
    versions, generations, rules
        How many records were read: of versions, of promotions, of rules.
    blobs, size
        How many contents were hashed, and their bytes.
    unsealed
        Where promotions and rules are that earlier releases wrote: without a seal, so that a change
        of them is not seen.
    unsigned
        Where those are that are not signed, if ESTANTE_PUBLIC_KEYS is set.
    """

    versions: int = 0
    generations: int = 0
    rules: int = 0
    blobs: int = 0
    size: int = 0
    unsealed: list[str] = field(default_factory=list)
    unsigned: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
