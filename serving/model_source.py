"""Where models come from: what ESTANTE_MODEL means now, and what is left when it cannot be had."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from registry import aliases, cache
from registry.errors import CacheError, IntegrityError, UnreachableError
from registry.pull import Pulled, fetch, keep, last, pull
from registry.uri import S3URI, parse
from serving import devices
from serving.loading import load

if TYPE_CHECKING:
    from registry.store import Store
    from serving.settings import Settings
    from serving.snapshot import Slot

log = logging.getLogger("estante.model")

BAKED = "the model that came with the service"


@dataclass(frozen=True)
class Wanted:
    """What the name means: one version; a generation of an alias also says which digest."""

    uri: S3URI | str
    digest: str | None = None
    generation: int | None = None

    def __str__(self) -> str:
        return str(self.uri)


class ModelSource:
    """The model that the settings name.

    Parameters
    ----------
    settings
        With a model.
    slot
        Where it goes.
    """

    what = "model"

    def __init__(self, settings: Settings, slot: Slot) -> None:
        self._settings, self._slot = settings, slot
        self._text = settings.require_model()
        self._uri = parse(self._text)
        self._known = 0  # the newest generation seen
        self._asked = False
        self._fetched: list[Pulled] = []

    @property
    def follows(self) -> bool:
        """Whether the name may come to mean another model: only an alias does."""
        return isinstance(self._uri, S3URI) and self._uri.alias is not None

    @cached_property
    def _device(self) -> str:
        return devices.resolve(self._settings.device)

    def look(self) -> Wanted | None:
        """Return what the name means; None if that is what it meant before.

        Raises
        ------
        RegistryError
            If that cannot be said.
        """
        if not isinstance(self._uri, S3URI) or not self._uri.alias:
            first, self._asked = not self._asked, True
            named = self._uri if isinstance(self._uri, S3URI) else self._text
            return Wanted(named) if first else None
        store = _store(self._uri)
        if self._known:
            found = aliases.newer(store, self._uri, self._known)
        else:
            found = aliases.read(store, self._uri)
        if found is None:
            return None
        self._known = found.generation
        return Wanted(self._uri.at_version(found.target), found.digest, found.generation)

    def serve(self, wanted: Wanted) -> bool:
        """Fetch, verify, load and warm a model, then put it into service.

        Returns
        -------
        bool
            False if it was in service already.

        Raises
        ------
        RegistryError, RecommenderError, ServingError
            If it cannot be had, or not be used.
        """
        pulled = self._pull(wanted)
        standing, changed = self._slot.model, not self._serves(pulled)
        if changed:
            snapshot = load(pulled, self._device, uri=self._text)
            standing.stale = False
            self._slot.put(snapshot)
        standing.generation = wanted.generation
        if isinstance(self._uri, S3URI) and self._uri.alias:
            with suppress(CacheError, OSError):  # it serves all the same
                keep(self._uri, pulled)
                self._forget_all_but(pulled)
        return changed

    def _forget_all_but(self, pulled: Pulled) -> None:
        """Remove from this machine what was served before this model and the one before it.

        The one before stays: perhaps it is promoted again in a moment.
        """
        others = [one for one in self._fetched if one.digest != pulled.digest]
        self._fetched = [*others[-1:], pulled]
        for one in others[:-1]:
            cache.forget(cache.default(), one.uri, one.digest)

    def _pull(self, wanted: Wanted) -> Pulled:
        if not isinstance(wanted.uri, S3URI):
            return pull(wanted.uri)
        try:
            pulled = fetch(_store(wanted.uri), wanted.uri)
        except UnreachableError:  # a version is always the same one
            copy = None if self.follows else last(wanted.uri)
            if copy is None:
                raise
            return copy
        if wanted.digest not in (None, pulled.digest):
            raise IntegrityError(
                f"{wanted} is {pulled.digest}, and was promoted as {wanted.digest}: promote the "
                "version again, or another one"
            )
        return pulled

    def _serves(self, pulled: Pulled) -> bool:
        if not self._slot.ready:
            return False
        serving = self._slot.current().reference
        return (serving.version, serving.digest) == (pulled.version, pulled.digest)

    def fall_back(self) -> bool:
        """Serve the last good copy, else the model that came with the service.

        Returns
        -------
        bool
            Whether either could be served.
        """
        for what, find in (("the last good copy", self._last), (BAKED, self._baked)):
            try:
                found = find()
                if found is None:
                    continue
                snapshot = load(found, self._device, uri=self._text)
                self._slot.model.stale = True
                self._slot.put(snapshot)
            except Exception:
                log.exception("%s cannot be served either", what)
            else:
                log.warning("serving %s until %s can be had", what, self._text)
                return True
        return False

    def _last(self) -> Pulled | None:
        return last(self._uri) if isinstance(self._uri, S3URI) else None

    def _baked(self) -> Pulled | None:
        baked = self._settings.baked
        return None if baked is None else pull(str(baked))


def _store(uri: S3URI) -> Store:
    from registry.store import Store  # noqa: PLC0415  boto3 takes long to import

    return Store.open(uri.bucket, patient=False)
