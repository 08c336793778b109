"""How it stands with what is followed: what /v1/model and the log tell of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was not put into service: ``what``, when (UTC, as 2026-11-24T08:15:00Z) and why."""

    what: str
    when: str
    why: str


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Since when (UTC) the newest could not be asked for, and why."""

    since: str
    why: str


@dataclass(slots=True)
class Standing:
    """How it stands with the model, or with the rules; one thread writes it.

    Parameters
    ----------
    uri
        The name that is followed.
    generation
        What it means, of what is in service; None where there are no generations.
    stale
        Whether something newer may exist that could not be asked for, or not be put into service.
    last_refused
        None if nothing was refused.
    unchecked
        None if the last look succeeded.
    """

    uri: str
    generation: int | None = None
    stale: bool = False
    last_refused: Refusal | None = None
    unchecked: Unchecked | None = None
