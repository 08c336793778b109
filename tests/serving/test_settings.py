import pytest

from serving.errors import SettingsError
from serving.settings import Settings


def test_nothing_set_gives_the_defaults():
    assert Settings.from_environment({}) == Settings(
        model=None,
        device="auto",
        port=3000,
        rules=None,
        poll_seconds=0.5,
        drain_seconds=2,
        baked=None,
    )


def test_every_variable_is_read():
    environment = {
        "ESTANTE_MODEL": "s3://b/m@prod",
        "ESTANTE_DEVICE": "cuda",
        "PORT": "8080",
        "ESTANTE_RULES": "s3://bucket/m@default",
        "ESTANTE_POLL_SECONDS": "0.1",
        "ESTANTE_DRAIN_SECONDS": "0",
    }

    assert Settings.from_environment(environment) == Settings(
        "s3://b/m@prod", "cuda", 8080, "s3://bucket/m@default", 0.1, 0
    )


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
        ("ESTANTE_RULES", "s3://bucket/m", "s3://BUCKET/PREFIX/NAME@RULES, or a file"),
        ("ESTANTE_RULES", "rules.yaml", "ends in .toml or .json"),
        ("ESTANTE_POLL_SECONDS", "0", "above 0"),
        ("ESTANTE_DRAIN_SECONDS", "-1", "0 to 3600"),
        ("ESTANTE_DRAIN_SECONDS", "soon", "0 to 3600"),
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


def test_a_model_in_a_bucket_needs_an_alias_or_a_version():
    with pytest.raises(SettingsError, match="set it to s3://bucket/m@ALIAS or s3://bucket/m:VERS"):
        Settings(model="s3://bucket/m").require_model()
    for model in ("s3://bucket/m@prod", "s3://bucket/m:v1"):
        assert Settings(model=model).require_model() == model


def test_rules_may_be_a_file():
    assert Settings.from_environment({"ESTANTE_RULES": "my/rules.toml"}).rules == "my/rules.toml"


def test_a_name_that_rules_cannot_have_is_refused():
    with pytest.raises(SettingsError, match=r"ESTANTE_RULES: .* names no model"):
        Settings.from_environment({"ESTANTE_RULES": "s3://x"})


def test_the_baked_model_is_served_where_none_is_named(tmp_path):
    assert Settings.from_environment({}, baked=tmp_path).baked is None
    (tmp_path / "manifest.json").write_text("{}")
    settings = Settings.from_environment({}, baked=tmp_path)

    assert settings.require_model() == str(tmp_path)
    named = Settings.from_environment({"ESTANTE_MODEL": "s3://bucket/m@prod"}, baked=tmp_path)
    assert named.require_model() == "s3://bucket/m@prod"
