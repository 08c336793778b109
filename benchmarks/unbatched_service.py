"""The service where BentoML gathers nothing: each POST is answered by itself."""

from typing import Any

import bentoml

_api = bentoml.api


def _by_itself(*, route: str, input_spec: Any, output_spec: Any, **_: Any) -> Any:
    """Declare an API without what says how to gather a batch for it."""
    return _api(route=route, input_spec=input_spec, output_spec=output_spec)


bentoml.api = _by_itself

from service import Estante  # noqa: E402  it declares its API when it is imported

__all__ = ["Estante"]
