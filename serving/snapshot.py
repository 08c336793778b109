"""The model in service: one immutable snapshot, and the slot that holds the current one."""

from __future__ import annotations

import hashlib
import logging
import threading
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from recommender.rules import AppliedRules
from serving.errors import NotReadyError
from serving.metrics import METRICS
from serving.standing import Standing
from serving.trial import require_answers

if TYPE_CHECKING:
    from recommender.artifact import LoadedModel
    from recommender.model import Model
    from recommender.rules import Rules

log = logging.getLogger("estante.model")

_ETAG = 32  # hex digits
_EXAMPLES = 3


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
        rules = "" if self.rules is None else f", under the rules {self.rules_digest}"
        return (
            f"{self.uri}, version {reference.version}, {reference.digest}, on {self.device}{rules}"
        )

    @property
    def model(self) -> Model:
        """The model."""
        return self.loaded.model

    def under(self, rules: Rules) -> Snapshot:
        """Return the same model under other rules, warm.

        Raises
        ------
        ArtifactError
            If it fails a trial.
        """
        snapshot = replace(self, rules=AppliedRules(rules, self.model.catalogue))
        require_answers(snapshot.model, snapshot.rules, str(snapshot))
        return snapshot

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

    A request takes the snapshot once and uses it to its end, whatever happens meanwhile. Snapshots
    come from other threads: from one that follows the model, and from one that follows the rules.

    Parameters
    ----------
    uri
        The model's name, as it was asked for.
    rules_uri
        The rules' name; with one, nothing is served before there are rules.
    """

    def __init__(self, uri: str = "", rules_uri: str | None = None) -> None:
        self.model = Standing(uri)
        self.rules = None if rules_uri is None else Standing(rules_uri)
        self.draining = False  # the process is being stopped: answers close their connections
        self.warnings: tuple[str, ...] = ()  # for /v1/model, as of access without keys
        self._snapshot: Snapshot | None = None
        self._model: Snapshot | None = None  # without rules
        self._rules: Rules | None = None
        self._reason = "the model is being loaded; ask /readyz again in a moment"
        self._changing = threading.Lock()

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

    @property
    def ready(self) -> bool:
        """Whether a snapshot is in service."""
        return self._snapshot is not None

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

    def put(self, snapshot: Snapshot) -> None:
        """Put a model into service, under the rules in force."""
        with self._changing:
            self._serve(snapshot, self._rules)

    def put_rules(self, rules: Rules) -> bool:
        """Put rules into force, for this model and the next ones; tell whether they are others."""
        with self._changing:
            if self._rules is not None and self._rules.digest == rules.digest:
                return False
            self._serve(self._model, rules)
            return True

    def _serve(self, model: Snapshot | None, rules: Rules | None) -> None:
        """Put both into service if both are there; raise, and change nothing, if they fail."""
        if model is not None and (rules is not None or self.rules is None):
            snapshot = model if rules is None else model.under(rules)
            self._show(snapshot)
            log.info("serving %s", snapshot)
        self._model, self._rules = model, rules

    def mark_stale(self, *, stale: bool) -> None:
        """Say of the model in service whether a newer one may exist that could not be had."""
        with self._changing:
            self.model.stale = stale
            if self._snapshot is not None and self._snapshot.reference.stale != stale:
                self._show(self._snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        reference = snapshot.reference
        if reference.stale != self.model.stale:
            reference = replace(reference, stale=self.model.stale)
            snapshot = replace(snapshot, reference=reference)
        self._snapshot = snapshot
        METRICS.model(reference.version, reference.digest, stale=reference.stale)

    def explain(self, reason: str) -> None:
        """Say why nothing is served yet."""
        if reason != self._reason:
            log.error("not ready: %s", reason)
        self._reason = reason

    def description(self, snapshot: Snapshot) -> dict[str, Any]:
        """Return what /v1/model tells of the snapshot that it took."""
        model, rules = self.model, self.rules
        return description(snapshot) | {
            "generation": model.generation,
            "last_refused": model.last_refused,
            "unchecked": model.unchecked,
            "rules": rules
            and {
                "uri": rules.uri,
                "generation": rules.generation,
                "digest": snapshot.rules_digest,
                "unknown_ids": snapshot.rules and snapshot.rules.n_unknown,
                "stale": rules.stale,
                "last_refused": rules.last_refused,
                "unchecked": rules.unchecked,
            },
            "warnings": self.warnings,
        }


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
