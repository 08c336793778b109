import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    IncompleteReadError,
)

from registry import errors
from registry.refusals import translated


def answer(code, status=400, message="some\nwords"):
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "GetObject")


@pytest.mark.parametrize(
    ("raised", "kind", "message"),
    [
        (answer("NoSuchKey", 404), errors.AbsentError, "there is no such object"),
        (answer("404", 404), errors.AbsentError, "there is no such object"),
        (answer("NoSuchBucket", 404), errors.BucketError, "there is no such bucket"),
        (answer("PreconditionFailed", 412), errors.TakenError, "exists already"),
        (answer("ConditionalRequestConflict", 409), errors.ConflictError, "others write it"),
        (answer("AccessDenied", 403), errors.DeniedError, "the account may not"),
        (answer("403", 403), errors.DeniedError, "the account may not"),
        (answer("RequestTimeTooSkewed", 403), errors.CredentialsError, "this machine's clock"),
        (answer("InvalidAccessKeyId", 403), errors.CredentialsError, "set AWS_ACCESS_KEY_ID"),
        (answer("SignatureDoesNotMatch", 403), errors.CredentialsError, "are refused"),
        (answer("400"), errors.StoreError, "perhaps the credentials expired"),
        (answer("ExpiredToken"), errors.CredentialsError, "(and AWS_SESSION_TOKEN, if there is"),
        (answer("InvalidTokenId", 403), errors.CredentialsError, "(and AWS_SESSION_TOKEN, if"),
        (answer("SlowDown", 503), errors.BrokenError, "answers 503 SlowDown (some words)"),
        (answer("NoSuchUpload", 404), errors.AbsentError, "was ended by another; try again"),
        (answer("InvalidRange", 416), errors.IntegrityError, "damaged, shorter than it ought"),
        (answer("EntityTooLarge"), errors.StoreError, "answers 400 EntityTooLarge (some words)"),
        (
            EndpointConnectionError(endpoint_url="http://x"),
            errors.UnreachableError,
            "set AWS_ENDPOINT_URL_S3",
        ),
        (
            IncompleteReadError(actual_bytes=1, expected_bytes=2),
            errors.UnreachableError,
            "1 read, but total bytes expected is 2",
        ),
    ],
)
def test_each_refusal_is_one_line_of_its_kind(raised, kind, message):
    with pytest.raises(kind) as caught, translated("read s3://shelf/a at http://x"):
        raise raised

    assert type(caught.value) is kind
    assert str(caught.value).startswith("cannot read s3://shelf/a at http://x: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_errors_pass():
    with pytest.raises(ZeroDivisionError), translated("read"):
        raise ZeroDivisionError
