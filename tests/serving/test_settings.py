import pytest

from serving.errors import SettingsError
from serving.settings import Settings


def test_nothing_set_gives_the_defaults():
    assert Settings.from_environment({}) == Settings(model=None, device="auto", port=3000)


def test_every_variable_is_read():
    environment = {"ESTANTE_MODEL": "s3://b/m@prod", "ESTANTE_DEVICE": "cuda", "PORT": "8080"}

    assert Settings.from_environment(environment) == Settings("s3://b/m@prod", "cuda", 8080)


def test_a_variable_set_to_nothing_counts_as_unset():
    environment = {"ESTANTE_MODEL": "", "ESTANTE_DEVICE": "", "PORT": ""}

    assert Settings.from_environment(environment) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("ESTANTE_DEVICE", "gpu", "auto, cpu, cuda"),
        ("PORT", "http", "1 to 65535"),
        ("PORT", "0", "1 to 65535"),
        ("PORT", "65536", "1 to 65535"),
        ("PORT", "-1", "1 to 65535"),
        ("PORT", "9" * 5000, "1 to 65535"),
    ],
)
def test_a_refused_value_is_named_with_what_is_allowed(name, value, allowed):
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({name: value})

    assert str(refused.value).startswith(f"{name} is {value!r}")
    assert allowed in str(refused.value)


def test_a_model_is_required_where_one_is_served():
    assert Settings(model="folder").require_model() == "folder"
    with pytest.raises(SettingsError, match=r"ESTANTE_MODEL is not set; set it to"):
        Settings().require_model()
