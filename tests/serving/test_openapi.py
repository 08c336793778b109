import re
from pathlib import Path

import pytest

from recommender.modes import MODES
from serving import docs_page, openapi, problems, schemas


@pytest.mark.parametrize("kind", ["schemas", "responses"])
def test_every_reference_leads_somewhere(kind):
    names = set(re.findall(rf"#/components/{kind}/(\w+)", str(openapi.DOCUMENT)))

    assert names == openapi.DOCUMENT["components"][kind].keys()


def test_the_parameters_and_fields_are_those_that_are_taken():
    path = openapi.DOCUMENT["paths"][openapi.RECOMMENDATIONS]["get"]
    described = [one["name"] for one in path["parameters"] if one["in"] == "query"]

    assert tuple(described) == schemas.PARAMETERS
    for route in (openapi.POPULAR, openapi.SIMILAR):
        parameters = openapi.DOCUMENT["paths"][route]["get"]["parameters"]
        described = [one["name"] for one in parameters if one["in"] == "query"]
        assert tuple(described) == schemas.LIST_PARAMETERS
    request = openapi.DOCUMENT["components"]["schemas"]["Request"]
    assert tuple(request["properties"]) == schemas.FIELDS
    assert request["properties"]["mode"]["enum"] == list(MODES)


def test_the_page_needs_no_other_host():
    assert "//" not in docs_page.PAGE


def test_every_type_of_error_leads_to_its_place_on_the_page():
    for kind in problems.KINDS:
        type_ = problems.of_error(kind("detail")).type

        page, place = type_.split("#")
        assert page == "/docs"
        assert docs_page.PAGE.count(f'id="{place}"') == 1


def test_every_route_parameter_and_type_of_error_is_documented():
    text = (Path(openapi.__file__).parents[1] / "docs" / "http.md").read_text()
    types = {problems.of_error(kind("detail")).type for kind in problems.KINDS}

    for word in [*openapi.DOCUMENT["paths"], *schemas.PARAMETERS, *schemas.FIELDS, *types]:
        assert word in text


def test_every_status_that_is_documented_is_one_that_some_route_gives_and_the_other_way_round():
    text = (Path(openapi.__file__).parents[1] / "docs" / "http.md").read_text()
    rows = re.findall(r"^\| ([45][0-9, ]+) \| `", text, re.MULTILINE)
    told = {status for row in rows for status in row.split(", ")}
    given = {
        status
        for path in openapi.DOCUMENT["paths"].values()
        for operation in path.values()
        for status in operation["responses"]
        if status >= "400"
    }

    assert told - given == {"405"}  # of a method that is none of a route's
    assert given <= told
    post = openapi.DOCUMENT["paths"][openapi.BATCH]["post"]["responses"].keys()
    assert {"408", "415", "504"} <= post
