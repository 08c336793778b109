"""Clients of the object store, as the standard variables say: where it is, and who one is."""

from __future__ import annotations

import logging
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from registry import waiting

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ATTEMPTS = 3  # of a request that breaks off, or that the store fails to do
CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    # What is read in bulk is hashed by whoever reads it, against its name.
    response_checksum_validation="when_required",
)
_IMPATIENT = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
)
_ADDRESSES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
# What it says of each request has session tokens in it: a program that logs everything shall not.
logging.getLogger("botocore").setLevel(logging.INFO)


def client(*, patient: bool) -> S3Client:
    """Return a client; the same one for as long as the variables stay as they are.

    Raises
    ------
    ValueError
        If the variables make no sense.
    """
    variables = ((name, value) for name, value in os.environ.items() if name[:4] == "AWS_")
    return make(frozenset(variables), patient)


@lru_cache(maxsize=8)
def make(_: frozenset[tuple[str, str]], patient: bool) -> S3Client:
    """Make a client, which is slow, for these variables; otherwise as `client`."""
    bundle = os.environ.get("AWS_CA_BUNDLE")
    if bundle and not Path(bundle).exists():  # else it looks as if the server did not answer
        raise ValueError(f"AWS_CA_BUNDLE names {bundle}, which does not exist")
    _require_addresses()
    session = boto3.Session()  # boto3's default one would keep the credentials it saw first
    made = session.client("s3", config=CONFIG if patient else CONFIG.merge(_IMPATIENT))
    made.meta.events.register("before-call.s3.GetObject", _ask_for_checksum)
    waiting.watch(made)
    return made


def _require_addresses() -> None:
    """Ask for addresses, and nothing but these: they are shown and logged."""
    for name in _ADDRESSES:
        text = os.environ.get(name, "")
        if "@" in text:  # not repeated
            raise ValueError(
                f"{name} holds a user or a password; give the address alone, and the credentials "
                "by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        address = urlsplit(text)
        if text and not (address.scheme in {"http", "https"} and address.hostname):
            raise ValueError(f"{name} is {text!r}; give http://HOST:PORT or https://HOST:PORT")


def _ask_for_checksum(params: dict[str, Any], **_: Any) -> None:
    """Ask for the checksum behind botocore's back, who fails by its own check on a 5xx answer."""
    params["headers"]["x-amz-checksum-mode"] = "ENABLED"
