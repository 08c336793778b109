"""What an object store, or the way to it, answers instead of doing as asked: as one line each."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own, the root of its connection errors
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
)

from registry.errors import (
    AbsentError,
    BrokenError,
    BucketError,
    ConflictError,
    CredentialsError,
    DeniedError,
    IntegrityError,
    RegistryError,
    StoreError,
    TakenError,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_ABSENT = "there is no such object"
_NO_UPLOAD = "the upload in parts was ended by another; try again"
_SHORT = (
    "the object is damaged, shorter than it ought to be; push the model again after deleting it"
)
_TAKEN = "the object exists already"
_CONFLICT = "others write it too; try again"
_NO_BUCKET = (
    "there is no such bucket; name another, or make it by python -m registry setup s3://BUCKET"
)
_DENIED = (
    "the account may not; give it that right, or set AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY to one that has it"
)
_REFUSED = (
    "the credentials are refused; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY (and "
    "AWS_SESSION_TOKEN, if there is one) to valid ones"
)
_UNTOLD = (  # what is asked for by HEAD is refused without a word
    "the store refuses and does not say why; perhaps the credentials expired: set "
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN to valid ones"
)
_SKEWED = "this machine's clock and the store's are too far apart; set this machine's clock"
_BY_CODE: dict[str, tuple[type[RegistryError], str]] = {
    "404": (AbsentError, _ABSENT),
    "NoSuchKey": (AbsentError, _ABSENT),
    "NoSuchUpload": (AbsentError, _NO_UPLOAD),
    "InvalidRange": (IntegrityError, _SHORT),
    "PreconditionFailed": (TakenError, _TAKEN),
    "ConditionalRequestConflict": (ConflictError, _CONFLICT),
    "400": (StoreError, _UNTOLD),
    "NoSuchBucket": (BucketError, _NO_BUCKET),
    "403": (DeniedError, _DENIED),
    "AccessDenied": (DeniedError, _DENIED),
    "RequestTimeTooSkewed": (CredentialsError, _SKEWED),
    "AuthorizationHeaderMalformed": (CredentialsError, _REFUSED),
    "ExpiredToken": (CredentialsError, _REFUSED),
    "InvalidAccessKeyId": (CredentialsError, _REFUSED),
    "InvalidToken": (CredentialsError, _REFUSED),
    "InvalidTokenId": (CredentialsError, _REFUSED),
    "SignatureDoesNotMatch": (CredentialsError, _REFUSED),
}
# What botocore raises if nothing answers, or the answer breaks off.
UNREACHABLE = (ConnectionError, HTTPClientError, IncompleteReadError)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn what botocore raises into the registry's errors.

    Parameters
    ----------
    what
        What is tried, where: "read s3://bucket/key at http://...".

    Raises
    ------
    StoreError, IntegrityError
        Of the kind that says what to do.
    """
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise _translate(error, what) from error


def _translate(error: BaseException, what: str) -> RegistryError:
    if isinstance(error, ClientError):
        return _translate_answer(error, what)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return CredentialsError(
            f"cannot {what}: there are no credentials; set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY"
        )
    if isinstance(error, UNREACHABLE):
        return UnreachableError(
            f"cannot {what}: no answer ({_reason(error)}); start the store, or set "
            "AWS_ENDPOINT_URL_S3 to its address"
        )
    return StoreError(f"cannot {what}: {_one_line(str(error))}")


def _reason(error: BaseException) -> str:
    """Return what the operating system said, if it is what failed."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__context__
    return _one_line(str(error))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _translate_answer(error: ClientError, what: str) -> RegistryError:
    code = error.response["Error"].get("Code", "")
    if code in _BY_CODE:
        kind, meaning = _BY_CODE[code]
        return kind(f"cannot {what}: {meaning}")
    status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
    message = _one_line(error.response["Error"].get("Message", ""))
    if status >= 500:
        return BrokenError(
            f"cannot {what}: the store answers {status} {code} ({message}); try again later; if it "
            "is so for this object alone, the store cannot read it: push the model again after "
            "deleting it, or restore it"
        )
    return StoreError(f"cannot {what}: the store answers {status} {code} ({message})")
