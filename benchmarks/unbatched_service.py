"""The service where BentoML gathers nothing: each batch is one request."""

from serving import batching

batching.BATCH_MAX = 1

from service import Estante  # noqa: E402  it reads the bound

__all__ = ["Estante"]
