"""The model in service: one immutable snapshot, and the slot that holds the current one."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import logging
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from recommender import artifact
from recommender.errors import RecommenderError
from recommender.query import Query
from recommender.recommend import recommend
from registry.errors import RegistryError
from registry.pull import pull
from serving import devices
from serving.errors import NotReadyError, ServingError

if TYPE_CHECKING:
    from recommender.artifact import LoadedModel
    from recommender.model import Model
    from recommender.rules import AppliedRules
    from serving.settings import Settings

log = logging.getLogger("estante.model")

_SHORT = 8  # hex digits of a digest
_ETAG = 32  # hex digits
_EXAMPLES = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds between attempts to load
_EXPECTED = (RecommenderError, RegistryError, ServingError, OSError)


@dataclass(frozen=True, slots=True)
class Reference:
    """How an answer names its model.

    Parameters
    ----------
    version
        The registry's; for a plain folder, which has none, the digest's first 8 hex digits.
    digest
        ``sha256:`` and 64 hex digits.
    stale
        Whether there may be a newer model, that could not be asked for or not be loaded.
    """

    version: str
    digest: str
    stale: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """The headers of an answer by this model; X-Model-Stale is there only if it is."""
        named = {"X-Model-Version": self.version, "X-Model-Digest": self.digest}
        return named | {"X-Model-Stale": "true"} if self.stale else named


@dataclass(frozen=True)
class Snapshot:
    """A loaded model, what it is called, and the rules in force; nothing in it ever changes.

    Parameters
    ----------
    name
        The model's name in the registry; None for a plain folder.
    uri
        As it was asked for.
    rules
        Compiled for this model; None if there are none.
    """

    loaded: LoadedModel
    reference: Reference
    name: str | None
    uri: str
    device: str
    rules: AppliedRules | None = None

    def __str__(self) -> str:
        reference = self.reference
        return f"{self.uri}, version {reference.version}, {reference.digest}, on {self.device}"

    @property
    def model(self) -> Model:
        """The model."""
        return self.loaded.model

    @property
    def rules_digest(self) -> str | None:
        """``sha256:`` and 64 hex digits; None without rules."""
        return None if self.rules is None else self.rules.digest

    @cached_property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The headers of an answer by this model as they are sent: made once, not for each."""
        headers = self.reference.headers.items()
        return tuple((name.lower().encode(), value.encode()) for name, value in headers)

    @cached_property
    def etag(self) -> str:
        """A strong validator, quotes and all: same question, same etag, same answer."""
        reference = self.reference
        parts = (reference.version, reference.digest, str(reference.stale), str(self.rules_digest))
        return f'"{hashlib.sha256(" ".join(parts).encode()).hexdigest()[:_ETAG]}"'


class Slot:
    """Holds the snapshot in service; replacing it is one assignment.

    A request takes the snapshot once and uses it to its end, whatever happens meanwhile.
    """

    def __init__(self) -> None:
        self.draining = False  # the process is being stopped: answers close their connections
        self.warnings: tuple[str, ...] = ()  # for /v1/model, as of access without keys
        self._snapshot: Snapshot | None = None
        self._reason = "the model is being loaded; ask /readyz again in a moment"

    def current(self) -> Snapshot:
        """Return the snapshot in service.

        Raises
        ------
        NotReadyError
            Saying why there is none yet.
        """
        if self._snapshot is None:
            raise NotReadyError(self._reason)
        return self._snapshot

    def require_ready(self) -> None:
        """Raise unless new requests are welcome: /readyz asks this.

        Raises
        ------
        NotReadyError
            Saying why not: there is no model yet, or the process is being stopped.
        """
        if self.draining:
            raise NotReadyError("the service is being stopped: it answers what still arrives")
        self.current()

    def description(self, snapshot: Snapshot) -> dict[str, Any]:
        """Return what /v1/model tells of the snapshot that it took."""
        return description(snapshot) | {
            "last_refused": None,
            "unchecked": None,
            "rules": None,
            "warnings": self.warnings,
        }

    def put(self, snapshot: Snapshot) -> None:
        """Put a snapshot into service."""
        self._snapshot = snapshot
        log.info("serving %s", snapshot)

    async def fill(self, settings: Settings) -> None:
        """Load the model off the event loop; try again, ever less often, until it can be had."""
        pause = _FIRST_PAUSE
        while True:
            try:
                self.put(await asyncio.to_thread(load, settings))
                gc.freeze()  # what is loaded stays: walking it would take 0.1 s, again and again
            except _EXPECTED as error:
                self._refuse(f"{settings.model} cannot be served: {error}")
            except Exception as error:
                log.exception("loading %s failed unexpectedly", settings.model)
                self._refuse(f"{settings.model} cannot be served: {type(error).__name__}: {error}")
            else:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _refuse(self, reason: str) -> None:
        if reason != self._reason:
            log.error("not ready: %s", reason)
        self._reason = reason


def load(settings: Settings) -> Snapshot:
    """Pull, verify, read and warm the model that the settings name.

    Raises
    ------
    SettingsError
        If the settings name none.
    DeviceError
        If the device is not there.
    RegistryError, ArtifactError
        If the model cannot be had or read.
    """
    device = devices.resolve(settings.device)
    pulled = pull(settings.require_model())
    loaded = artifact.load(pulled.folder, device, verified=pulled.digest)
    version = pulled.version or loaded.digest.removeprefix("sha256:")[:_SHORT]
    _warm(loaded.model)
    return Snapshot(loaded, Reference(version, loaded.digest), pulled.name, pulled.uri, device)


def _warm(model: Model) -> None:
    """Answer once, as for real: the first answer reads the arrays in and sets the device up."""
    customers = [*list(model.customers)[:1], None]
    recommend(model, [Query(customer, mode=mode) for mode in model.modes for customer in customers])


def description(snapshot: Snapshot) -> dict[str, Any]:
    """Return what /v1/model tells of a snapshot, some ids to try it with among it."""
    model, manifest = snapshot.model, snapshot.loaded.manifest
    categories = [category for category in model.catalogue.categories if category]
    return {
        "name": snapshot.name,
        "version": snapshot.reference.version,
        "digest": snapshot.reference.digest,
        "stale": snapshot.reference.stale,
        "uri": snapshot.uri,
        "device": snapshot.device,
        "n_customers": len(model.customers),
        "n_products": len(model.catalogue),
        "n_categories": len(categories),
        "modes": manifest.modes,
        "metrics": manifest.metrics,
        "lineage": manifest.lineage,
        "examples": {
            "customer_ids": list(model.customers)[:_EXAMPLES],
            "categories": categories[:_EXAMPLES],
        },
    }
