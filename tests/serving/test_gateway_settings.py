from pathlib import Path

import pytest

from serving.errors import SettingsError
from serving.gateway_settings import GatewaySettings


def test_nothing_need_be_said():
    unset = {"ESTANTE_API_KEYS_FILE": "", "ESTANTE_GET_WAIT_MS": ""}

    assert GatewaySettings.from_environment(unset) == GatewaySettings()


def test_everything_can_be_said():
    settings = GatewaySettings.from_environment(
        {
            "ESTANTE_API_KEYS_FILE": "/run/keys",
            "ESTANTE_CORS_ORIGINS": "https://shop.example, http://localhost:8080",
            "ESTANTE_GET_WAIT_MS": "20",
            "ESTANTE_POST_WAIT_MS": "30",
            "ESTANTE_LOG": "json",
            "ESTANTE_LOG_REQUESTS": "1",
        }
    )

    origins = ("https://shop.example", "http://localhost:8080")
    assert settings == GatewaySettings(
        Path("/run/keys"), origins, 20, 30, "json", log_requests=True
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ESTANTE_CORS_ORIGINS", "shop.example", "'shop.example'; an origin is https://HOST"),
        ("ESTANTE_CORS_ORIGINS", "https://a, https://b/c", "'https://b/c'"),
        ("ESTANTE_GET_WAIT_MS", "0", "it must be a whole number from 1 to 60000"),
        ("ESTANTE_POST_WAIT_MS", "many", "it must be a whole number"),
        ("ESTANTE_POST_WAIT_MS", "9" * 5000, "it must be a whole number"),
        ("ESTANTE_LOG", "xml", "it must be one of text, json"),
        ("ESTANTE_LOG_REQUESTS", "2", "it must be 1 or 0"),
    ],
)
def test_what_is_wrong_is_named(name, value, said):
    with pytest.raises(SettingsError) as caught:
        GatewaySettings.from_environment({name: value})

    assert name in str(caught.value)
    assert said in str(caught.value)
