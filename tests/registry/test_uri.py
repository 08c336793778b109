from pathlib import Path

import pytest

from registry.errors import URIError
from registry.uri import (
    S3URI,
    BentoURI,
    FolderURI,
    S3Folder,
    parse,
    parse_s3,
    parse_s3_folder,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://shelf/a/b/demo@prod", S3URI("shelf", "a/b", "demo", alias="prod")),
        ("s3://shelf/a/demo:v1.2", S3URI("shelf", "a", "demo", version="v1.2")),
        ("s3://shelf/demo", S3URI("shelf", "", "demo")),
        (
            "s3://my.shelf/A_b=c/0:20261124t081500z-1a2b3c4d",
            S3URI("my.shelf", "A_b=c", "0", version="20261124t081500z-1a2b3c4d"),
        ),
        ("bento://demo:v1", BentoURI("demo", "v1")),
        ("bento://demo", BentoURI("demo", "latest")),
        ("var/model", FolderURI(Path("var/model"))),
        ("/with:colon@at", FolderURI(Path("/with:colon@at"))),
    ],
)
def test_every_form_is_understood(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    ["s3://shelf/a/b/demo@prod", "s3://shelf/demo:v1", "s3://shelf/demo", "bento://demo:v1", "a/b"],
)
def test_a_parsed_name_prints_as_it_was_written(text):
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no model"),
        ("gs://shelf/demo", "names no model"),
        ("s3://shelf", "names no model"),
        ("s3://shelf/", "names no model"),
        ("s3://shelf/a/", "names no model"),
        ("s3:///demo", "names no model"),
        ("s3://shelf/demo@a@b", "names no model"),
        ("s3://shelf/demo@a:b", "names no model"),
        ("s3://shelf/demo@", "alias '' is not allowed"),
        ("s3://shelf/demo:", "version '' is not allowed"),
        ("s3://shelf/Demo", "model name 'Demo' is not allowed"),
        ("s3://shelf/-demo", "model name '-demo' is not allowed"),
        ("s3://shelf/demo:v 1", "version 'v 1' is not allowed"),
        ("s3://shelf/" + "a" * 64, "is not allowed"),
        ("s3://shelf/a//demo", "prefix 'a/' in"),
        ("s3://shelf/../demo", "prefix '..' in"),
        ("s3://shelf/a/./demo", "prefix 'a/.' in"),
        ("s3://shelf/a b/demo", "prefix 'a b' in"),
        ("s3://Shelf/demo", "bucket 'Shelf' is not allowed"),
        ("s3://ab/demo", "bucket 'ab' is not allowed"),
        ("bento://", "names no model"),
        ("bento://demo:", "version '' is not allowed"),
        ("bento://a/b:v1", "names no model"),
    ],
)
def test_other_forms_are_refused_with_a_reason(text, message):
    with pytest.raises(URIError) as caught:
        parse(text)

    assert message in str(caught.value)


def test_the_longest_name_is_allowed():
    assert parse_s3("s3://shelf/" + "a" * 63).name == "a" * 63


def test_keys_are_below_the_model():
    assert S3URI("shelf", "a/b", "demo").key("versions", "v1.json") == "a/b/demo/versions/v1.json"
    assert S3URI("shelf", "", "demo").key("versions", "") == "demo/versions/"


def test_a_version_takes_the_place_of_an_alias_and_the_other_way_round():
    uri = S3URI("shelf", "a", "demo", alias="prod")

    assert str(uri.at_version("v1")) == "s3://shelf/a/demo:v1"
    assert str(uri.at_version("v1").at_alias("next")) == "s3://shelf/a/demo@next"
    with pytest.raises(URIError, match="version 'V1'"):
        uri.at_version("V1")


@pytest.mark.parametrize("text", ["bento://demo:v1", "some/folder"])
def test_what_must_be_on_object_storage_is_nowhere_else(text):
    with pytest.raises(URIError, match="is not on object storage"):
        parse_s3(text)


@pytest.mark.parametrize(
    ("text", "expected", "printed"),
    [
        ("s3://shelf", S3Folder("shelf", ""), "s3://shelf/"),
        ("s3://shelf/", S3Folder("shelf", ""), "s3://shelf/"),
        ("s3://shelf/a/b/", S3Folder("shelf", "a/b"), "s3://shelf/a/b/"),
    ],
)
def test_folders_of_models(text, expected, printed):
    assert parse_s3_folder(text) == expected
    assert str(expected) == printed


@pytest.mark.parametrize("text", ["s3://shelf/a", "shelf/a/", "s3://shelf/a//"])
def test_other_forms_are_no_folders(text):
    with pytest.raises(URIError):
        parse_s3_folder(text)
