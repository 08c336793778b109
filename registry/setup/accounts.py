"""MinIO's own policies and accounts, which S3 has no words for.

Accounts are users, each with the one policy of its role. A service account would do too, but to
change its secret or its description without giving its policy again gives it all rights of its
parent.
"""

from __future__ import annotations

import json
import os
import secrets
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import urllib3
from minio import MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException

from registry.errors import CredentialsError, DeniedError, StoreError, UnreachableError
from registry.setup import policies
from registry.setup.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from registry.store import Store

_TIMEOUT = urllib3.Timeout(connect=5, read=30)  # seconds
_REFUSED = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidTokenId")
_BE_ADMINISTRATOR = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to an administrator of the server"
)
_SECRET_BYTES = 30  # 40 characters, MinIO's longest


class Accounts:
    """The accounts of a MinIO server.

    Parameters
    ----------
    store
        Of an account that may administer the server.
    """

    def __init__(self, store: Store) -> None:
        self._bucket = store.bucket
        self._endpoint = store.endpoint
        scheme, _, host = store.endpoint.partition("://")
        given = boto3.Session().get_credentials()
        if given is None:
            raise CredentialsError(
                f"cannot look at {store.endpoint}: there are no credentials; {_BE_ADMINISTRATOR}"
            )
        bundle = os.environ.get("AWS_CA_BUNDLE")
        self._admin = MinioAdmin(
            endpoint=host,
            credentials=StaticProvider(given.access_key, given.secret_key, given.token),
            secure=scheme == "https",
            http_client=urllib3.PoolManager(timeout=_TIMEOUT, retries=1, ca_certs=bundle),
        )

    def are_there(self) -> bool:
        """Tell whether the server is a MinIO, which this account may administer.

        Raises
        ------
        DeniedError
            If it is one, and the account may not.
        """
        try:
            return "mode" in json.loads(self._ask("look at the server", self._admin.info) or "")
        except (_ForeignAnswerError, ValueError):
            return False

    def steps(self, role: str, shown: MutableMapping[str, str]) -> list[Step]:
        """Return the policy and the account that a role should have.

        Parameters
        ----------
        shown
            Takes the secrets that are made up when a step is applied, by account.
        """
        name = policies.name(self._bucket, role)
        return [self._policy(name, role), self._user(name, role, shown)]

    def _policy(self, name: str, role: str) -> Step:
        wanted = policies.document(self._bucket, role, minio=True)
        info = partial(self._admin.policy_info, policy_name=name)
        found = self._ask(f"read the policy {name}", info, absent="XMinioAdminNoSuchPolicy")
        if found and policies.same(json.loads(found), wanted):
            return Step(f"policy {name}", "there")
        add = partial(self._admin.policy_add, policy_name=name, policy=wanted)
        write = partial(self._ask, f"write the policy {name}", add)
        return Step(f"policy {name}", "another" if found else "missing", write)

    def _user(self, name: str, role: str, shown: MutableMapping[str, str]) -> Step:
        info = partial(self._admin.user_info, access_key=name)
        found = self._ask(f"read the account {name}", info, absent="XMinioAdminNoSuchUser")
        secret = os.environ.get(secret_variable(role))
        state = "missing" if found is None else _of_user(json.loads(found), name)
        if state == "there" and secret:
            state = f"there; secret from {secret_variable(role)}"
        elif state in {"there", "disabled"}:  # by somebody, for a reason
            return Step(f"account {name}", state)
        make = partial(self._make, name, secret, shown, exists=found is not None)
        return Step(f"account {name}", state, make)

    def _make(
        self, name: str, secret: str | None, shown: MutableMapping[str, str], *, exists: bool
    ) -> None:
        if secret or not exists:
            given = secret or secrets.token_urlsafe(_SECRET_BYTES)
            add = partial(self._admin.user_add, access_key=name, secret_key=given)
            self._ask(f"make the account {name}", add)
            if not secret:
                shown[name] = given
        # In place of whatever it has; attaching would add.
        only = partial(self._admin.policy_set, policy_name=name, user=name)
        self._ask(f"give the account {name} its policy", only)

    def _ask(self, what: str, ask: Callable[[], str], absent: str | None = None) -> str | None:
        """Return the answer; None if it is the error ``absent``."""
        failed = f"cannot {what} at {self._endpoint}"
        try:
            return ask()
        except MinioAdminException as error:
            code, message = _reason(error)
        except urllib3.exceptions.HTTPError as error:
            why = " ".join(str(getattr(error, "reason", error)).split())
            raise UnreachableError(
                f"{failed}: no answer ({why}); start the store, or set AWS_ENDPOINT_URL_S3 to its "
                "address"
            ) from None
        if code is None:
            raise _ForeignAnswerError(f"{failed}: the answer is none of MinIO's")
        if code == absent:
            return None
        if code == "AccessDenied":
            raise DeniedError(f"{failed}: the account may not; {_BE_ADMINISTRATOR}")
        if code in _REFUSED:
            raise CredentialsError(f"{failed}: the credentials are refused; {_BE_ADMINISTRATOR}")
        raise StoreError(f"{failed}: the server answers {code} ({message})")


class _ForeignAnswerError(StoreError):
    """The answer is none of MinIO's, which are JSON."""


def secret_variable(role: str) -> str:
    """Return the variable that holds the secret of a role's account, if it is not made up."""
    return f"ESTANTE_{role.upper()}_SECRET"


def _of_user(found: Mapping[str, Any], policy: str) -> str:
    if found.get("status") != "enabled":
        return "disabled"
    return "there" if found.get("policyName") == policy else "with other rights"


def _reason(error: MinioAdminException) -> tuple[str | None, str]:
    """Return the code and the message of an answer; no code if it is none of MinIO's."""
    try:
        said = json.loads(error._body)  # there is no other name for it
        return said["Code"], " ".join(said["Message"].split())
    except (ValueError, KeyError, TypeError):
        return None, ""
