"""The address of the object store, as the standard variables give it."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


def require_url() -> None:
    """Ask for what the variables hold to be an address, and nothing but one.

    Raises
    ------
    ValueError
        If it is none, or has a password in it, which is not repeated: addresses are shown and
        logged.
    """
    for name in _VARIABLES:
        text = os.environ.get(name, "")
        address = urlsplit(text)
        if "@" in text:
            raise ValueError(
                f"{name} holds a user or a password; give the address alone, and the credentials "
                "by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        if text and not (address.scheme in {"http", "https"} and address.hostname):
            raise ValueError(f"{name} is {text!r}; give http://HOST:PORT or https://HOST:PORT")
