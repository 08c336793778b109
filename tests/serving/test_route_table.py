import pytest

from serving import openapi
from serving.route_table import UNKNOWN, entry_of


@pytest.mark.parametrize("template", openapi.DOCUMENT["paths"])
def test_every_route_of_the_description_is_known(template):
    assert entry_of(template).template == template
    if "{" in template:
        for id_ in ("ana", "a/b", "a\nb", "recommendations"):
            before, after = template.split("{")[0], template.split("}")[1]
            assert entry_of(before + id_ + after).template == template


@pytest.mark.parametrize("path", ["", "/v1", "/v1/customers/ana", "/docs/", "/schema.json"])
def test_all_else_is_one(path):
    assert entry_of(path) is UNKNOWN


@pytest.mark.parametrize(
    ("path", "scope", "queued"),
    [
        ("/v1/customers/a/recommendations", "read", True),
        ("/v1/model", "read", True),
        ("/metrics", "admin", False),
        ("/livez", None, False),
        ("/readyz", None, False),
        ("/docs", None, True),
        ("/static_content/swagger-ui.css", None, True),
        ("/schema.json", "read", False),  # there is nothing to wait for
    ],
)
def test_who_may_ask_and_who_waits(path, scope, queued):
    entry = entry_of(path)

    assert (entry.scope, entry.queued) == (scope, queued)
