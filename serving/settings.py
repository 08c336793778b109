"""Settings: what the environment says to serving, read once.

The registry reads its own variables: ESTANTE_CACHE, and those of the object store.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.manifest import MANIFEST_NAME
from registry import follower, uri
from registry.errors import RegistryError, URIError
from serving.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEVICES = ("auto", "cpu", "cuda")
PORT_DEFAULT = 3000
PORT_MAX = 65535
POLL_DEFAULT = 0.5  # seconds
DRAIN_DEFAULT = 2.0  # seconds
DRAIN_MAX = 3600.0


@dataclass(frozen=True)
class Settings:
    """What the service is told from outside.

    Parameters
    ----------
    model
        ESTANTE_MODEL: the model's URI; None where nothing is to be served, as in a build.
    device
        ESTANTE_DEVICE: ``auto``, ``cpu`` or ``cuda``.
    port
        PORT: where ``bentoml serve`` listens if it is given no ``--port``.
    rules
        ESTANTE_RULES: the rules' URI or file; None where there are none.
    poll_seconds
        ESTANTE_POLL_SECONDS: between two looks at what an alias or rules have come to mean.
    drain_seconds
        ESTANTE_DRAIN_SECONDS: for how long, asked to end, it still takes requests.
    baked
        The folder of the model that came with the service; served where no other is named, or can
        be had. None, or a folder that holds no model, if none came.
    """

    model: str | None = None
    device: str = "auto"
    port: int = PORT_DEFAULT
    rules: str | None = None
    poll_seconds: float = POLL_DEFAULT
    drain_seconds: float = DRAIN_DEFAULT
    baked: Path | None = None

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str], baked: Path | None = None
    ) -> Settings:
        """Read the settings; a variable set to nothing counts as unset.

        Raises
        ------
        SettingsError
            Naming the variable, its value and what is allowed.
        """
        return cls(
            model=environment.get("ESTANTE_MODEL") or None,
            device=_device(environment.get("ESTANTE_DEVICE") or "auto"),
            port=_port(environment.get("PORT") or str(PORT_DEFAULT)),
            rules=_rules(environment.get("ESTANTE_RULES")),
            poll_seconds=_poll_seconds(environment),
            drain_seconds=_drain(environment.get("ESTANTE_DRAIN_SECONDS") or str(DRAIN_DEFAULT)),
            baked=baked if baked is not None and (baked / MANIFEST_NAME).exists() else None,
        )

    def require_model(self) -> str:
        """Return the model's URI, or where the baked one is if none is named.

        Raises
        ------
        SettingsError
            If there is neither, or the URI is not of the form of one.
        """
        if self.model is None and self.baked is not None:
            return str(self.baked)
        if self.model is None:
            raise SettingsError(
                "ESTANTE_MODEL is not set; set it to the model to serve: s3://BUCKET/PREFIX/"
                "NAME@ALIAS, s3://BUCKET/PREFIX/NAME:VERSION, bento://NAME:VERSION or a model's "
                "folder"
            )
        try:
            named = uri.parse(self.model)
        except URIError as error:
            raise SettingsError(f"ESTANTE_MODEL: {error}") from error
        if isinstance(named, uri.S3URI) and not (named.alias or named.version):
            raise SettingsError(
                f"ESTANTE_MODEL is {self.model!r}, of which there may be many versions; set it to "
                f"{self.model}@ALIAS or {self.model}:VERSION"
            )
        return self.model


def _device(text: str) -> str:
    if text not in DEVICES:
        raise SettingsError(f"ESTANTE_DEVICE is {text!r}; it must be one of {', '.join(DEVICES)}")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= PORT_MAX):
        raise SettingsError(f"PORT is {text!r}; it must be a whole number from 1 to {PORT_MAX}")
    return int(text)


def _rules(text: str | None) -> str | None:
    if not text:
        return None
    if text.startswith("s3://"):
        try:
            named = uri.parse_s3(text)
        except URIError as error:
            raise SettingsError(f"ESTANTE_RULES: {error}") from error
        if named.alias:
            return text
    elif Path(text).suffix in (".json", ".toml"):
        return text
    raise SettingsError(
        f"ESTANTE_RULES is {text!r}; it must be s3://BUCKET/PREFIX/NAME@RULES, or a file whose "
        "name ends in .toml or .json"
    )


def _poll_seconds(environment: Mapping[str, str]) -> float:
    try:
        return follower.poll_seconds(environment)
    except RegistryError as error:
        raise SettingsError(str(error)) from error


def _drain(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= DRAIN_MAX:
        raise SettingsError(
            f"ESTANTE_DRAIN_SECONDS is {text!r}; it must be a number from 0 to {DRAIN_MAX:g}"
        )
    return seconds
