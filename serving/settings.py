"""Settings: what the environment says to serving, read once.

The registry reads its own variables: ESTANTE_CACHE, and those of the object store.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry import uri
from registry.errors import URIError
from serving.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEVICES = ("auto", "cpu", "cuda")
PORT_DEFAULT = 3000
PORT_MAX = 65535


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
    """

    model: str | None = None
    device: str = "auto"
    port: int = PORT_DEFAULT

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
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
        )

    def require_model(self) -> str:
        """Return the model's URI.

        Raises
        ------
        SettingsError
            If there is none, or it is not of the form of one.
        """
        if self.model is None:
            raise SettingsError(
                "ESTANTE_MODEL is not set; set it to the model to serve: s3://BUCKET/PREFIX/"
                "NAME@ALIAS, s3://BUCKET/PREFIX/NAME:VERSION, bento://NAME:VERSION or a model's "
                "folder"
            )
        try:
            uri.parse(self.model)
        except URIError as error:
            raise SettingsError(f"ESTANTE_MODEL: {error}") from error
        return self.model


def _device(text: str) -> str:
    if text not in DEVICES:
        raise SettingsError(f"ESTANTE_DEVICE is {text!r}; it must be one of {', '.join(DEVICES)}")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= PORT_MAX):
        raise SettingsError(f"PORT is {text!r}; it must be a whole number from 1 to {PORT_MAX}")
    return int(text)
