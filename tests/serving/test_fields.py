import pytest

from serving import fields


@pytest.mark.parametrize("text", ["x" * 10_000, "é" * 10_000])
def test_a_long_string_is_shown_in_part(text):
    assert fields.shown(text) == '"' + text[:59] + "..."
    assert fields.shown(text[:58]) == f'"{text[:58]}"'


def test_what_is_nested_deeply_is_named():
    nested = []
    for _ in range(600):
        nested = [nested]

    assert fields.shown(nested) == "a deeply nested list"
    assert fields.shown({"a": [1, None]}) == '{"a":[1,null]}'


def test_texts_of_every_allowed_length_are_taken():
    longest = ["", "x" * fields.TEXT_MAX, "é" * fields.TEXT_MAX]

    assert fields.texts({"basket": longest}, "basket") == tuple(longest)
    assert len(fields.texts({"basket": ["a"] * fields.VALUES_MAX}, "basket")) == 1000
    assert fields.texts({}, "basket") == ()
