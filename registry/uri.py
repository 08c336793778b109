"""The names of models: ``s3://BUCKET/PREFIX/NAME@ALIAS``, ``:VERSION``, ``bento://``, a folder."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from registry.errors import URIError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX_PART = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._=+-]+")
_S3 = re.compile(r"s3://([^/]+)/(.+/)?([^/:@]+)(?:([:@])([^/:@]*))?")
_BENTO = re.compile(r"bento://([^/:@]+)(?::([^/:@]*))?")
_FORMS = (
    "s3://BUCKET/PREFIX/NAME@ALIAS, s3://BUCKET/PREFIX/NAME:VERSION, bento://NAME:VERSION, "
    "or the path of a folder"
)


@dataclass(frozen=True)
class S3URI:
    """A model in a bucket, and perhaps one version of it or one alias.

    Parameters
    ----------
    prefix
        Folders between bucket and name, without slashes around them; may be empty.
    version, alias
        At most one of them is given.
    """

    bucket: str
    prefix: str
    name: str
    version: str | None = None
    alias: str | None = None

    def __str__(self) -> str:
        which = f":{self.version}" if self.version else f"@{self.alias}" if self.alias else ""
        return f"s3://{self.bucket}/{self.key()}{which}"

    def key(self, *parts: str) -> str:
        """Return the key of something below the model's folder in the bucket."""
        return "/".join([*filter(None, [self.prefix]), self.name, *parts])

    def at_version(self, version: str) -> "S3URI":
        """Return the name of one version of the same model."""
        return replace(self, version=valid_name(version, "version"), alias=None)

    def at_alias(self, alias: str) -> "S3URI":
        """Return the name of one alias of the same model."""
        return replace(self, version=None, alias=valid_name(alias, "alias"))


@dataclass(frozen=True)
class S3Folder:
    """A place in a bucket with models directly below it."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/" + (f"{self.prefix}/" if self.prefix else "")


@dataclass(frozen=True)
class BentoURI:
    """A model in the BentoML model store of this machine; ``latest`` is its newest version."""

    name: str
    version: str = "latest"

    def __str__(self) -> str:
        return f"bento://{self.name}:{self.version}"


@dataclass(frozen=True)
class FolderURI:
    """A model in a folder of this machine."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


def is_name(text: str) -> bool:
    """Tell whether ``text`` can name a model, a version or an alias."""
    return bool(_NAME.fullmatch(text))


def valid_name(text: str, what: str) -> str:
    """Return ``text`` if it can name a model, a version or an alias.

    Raises
    ------
    URIError
        If it cannot.
    """
    if not is_name(text):
        raise URIError(
            f"{what} {text!r} is not allowed: use 1 to 63 of a-z, 0-9, '.', '_' and '-', "
            "a letter or digit first"
        )
    return text


def parse(text: str) -> S3URI | BentoURI | FolderURI:
    """Read the name of a model.

    Raises
    ------
    URIError
        If it has none of the allowed forms.
    """
    if text.startswith("s3://"):
        return _parse_s3(text)
    if text.startswith("bento://"):
        return _parse_bento(text)
    if "://" in text or not text:
        raise URIError(f"{text!r} names no model: give {_FORMS}")
    return FolderURI(Path(text))


def parse_s3(text: str) -> S3URI:
    """Read the name of a model that must be in a bucket.

    Raises
    ------
    URIError
        If it is of another form.
    """
    uri = parse(text)
    if not isinstance(uri, S3URI):
        raise URIError(f"{text!r} is not on object storage: give s3://BUCKET/PREFIX/NAME")
    return uri


def parse_s3_model(text: str) -> S3URI:
    """Read the name of a model in a bucket, of no version and no alias of it.

    Raises
    ------
    URIError
        If it is of another form.
    """
    uri = parse_s3(text)
    if uri.version or uri.alias:
        raise URIError(f"{text!r} is one of a model's names: give s3://BUCKET/PREFIX/NAME")
    return uri


def parse_s3_folder(text: str) -> S3Folder:
    """Read the name of a place with models below it: a bucket, or a prefix and a final slash.

    Raises
    ------
    URIError
        If it is of another form.
    """
    bucket, _, prefix = text.removeprefix("s3://").partition("/")
    if not text.startswith("s3://") or (prefix and not prefix.endswith("/")):
        raise URIError(f"{text!r} is no folder of models: give s3://BUCKET or s3://BUCKET/PREFIX/")
    return S3Folder(_valid_bucket(bucket), _valid_prefix(prefix, text))


def _parse_s3(text: str) -> S3URI:
    match = _S3.fullmatch(text)
    if match is None:
        raise URIError(f"{text!r} names no model: give {_FORMS}")
    bucket, prefix, name, kind, chosen = match.groups()
    return S3URI(
        _valid_bucket(bucket),
        _valid_prefix(prefix or "", text),
        valid_name(name, "model name"),
        version=valid_name(chosen, "version") if kind == ":" else None,
        alias=valid_name(chosen, "alias") if kind == "@" else None,
    )


def _parse_bento(text: str) -> BentoURI:
    match = _BENTO.fullmatch(text)
    if match is None:
        raise URIError(f"{text!r} names no model: give bento://NAME:VERSION")
    name, version = match.groups("latest")
    return BentoURI(valid_name(name, "model name"), valid_name(version, "version"))


def _valid_bucket(text: str) -> str:
    if not _BUCKET.fullmatch(text):
        raise URIError(
            f"bucket {text!r} is not allowed: use 3 to 63 of a-z, 0-9, '.' and '-', "
            "a letter or digit first and last"
        )
    return text


def _valid_prefix(text: str, whole: str) -> str:
    """Return the folders without the final slash; a part like ``..`` would leave the folder."""
    prefix = text.removesuffix("/")
    if prefix and not all(_PREFIX_PART.fullmatch(part) for part in prefix.split("/")):
        raise URIError(
            f"prefix {prefix!r} in {whole!r} is not allowed: "
            "separate parts of letters, digits and '._=+-' by single slashes"
        )
    return prefix
