"""The report's page: one file of HTML that needs nothing else."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.report import tables
from training.report.captions import captions
from training.report.svg import to_svg
from training.report.words import summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    from training.report.measure import Measured

_STYLE = Path(__file__).with_name("style.css")

_GLOSSARY = {
    "recall": "The share of what a customer bought that is among the first k recommendations. All "
    "purchases count, so a customer with more than k cannot reach 100%.",
    "recall_capped": "The same, of at most k purchases, so that 100% can be reached.",
    "precision": "The share of the first k recommendations that was bought.",
    "ndcg": "As recall_capped, but what is found near the top counts more: 1 / log2(1 + rank).",
    "map": "The precision at the rank of each hit, summed, over min(k, purchases).",
    "mrr": "1 / rank of the first hit: 100% if the first recommendation was bought.",
    "hit_rate": "The share of customers with any hit among the first k.",
    "coverage": "The share of the catalogue that is recommended to anybody.",
    "gini": "How unequally products are recommended: 0% all alike, near 100% a few only.",
    "novelty": "How little known what is recommended is, in bits: 1 was bought by half of the "
    "customers, 2 by a quarter.",
    "popularity_recommended": "The share of customers who had bought a recommended product, on "
    "average.",
    "popularity_bias": "The same over that of what was then bought: above 1, recommendations lean "
    "to the popular.",
    "95% interval": "What the mean could be with other customers like these: 1,000 draws of as "
    "many, with replacement; the middle 95% of their means. A difference is taken customer by "
    "customer.",
    "popularity": "Recommending to everybody what the most customers have bought.",
}
_STUDY_HEADINGS = {
    "history": ("Trials", "Each trial's value on validation, and the best so far."),
    "importances": (
        "What mattered",
        "How much of the variation between trials each parameter explains.",
    ),
    "parallel": (
        "Values tried",
        "A line for each trial through its values; the colour is its value on validation.",
    ),
}


def page(
    title: str,
    measured: Measured,
    drawn: Mapping[str, Figure],
    studies: Mapping[str, Mapping[str, Figure]],
    origins: Mapping[str, Mapping[str, Any]],
) -> str:
    """Return the page.

    Parameters
    ----------
    drawn
        The figures of what was measured, by name.
    studies
        The figures of each search for parameters, by the study's name.
    origins
        Where each model comes from: facts by name, ``config`` among them.
    """
    parts = [
        _header(title, measured),
        _figures(measured, drawn),
        _section("numbers", "In numbers", tables.accuracy(measured) + tables.shown(measured)),
    ]
    if studies:
        parts.append(_studies(studies))
    of_all = "".join(
        f'<h3>{escape(name)}</h3>\n<div class="facts">{tables.lineage(origin)}</div>'
        for name, origin in origins.items()
    )
    parts.append(_section("origin", "Where it comes from", of_all))
    terms = "".join(
        f"<dt>{escape(term)}</dt><dd>{escape(meaning)}</dd>\n"
        for term, meaning in _GLOSSARY.items()
    )
    parts.append(_section("words", "What the words mean", f"<dl>\n{terms}</dl>\n"))
    return _document(title, "".join(parts))


def _document(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n"
        f"</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _header(title: str, measured: Measured) -> str:
    sentences = "".join(f"<li>{escape(sentence)}</li>\n" for sentence in summary(measured))
    return (
        f"<header>\n<h1>{escape(title)}</h1>\n<p>Measured on split {escape(measured.split)} in "
        f"mode {escape(measured.mode)}: {measured.n_customers:,} customers, "
        f"{measured.n_products:,} products.</p>\n</header>\n"
        f'<ul class="summary">\n{sentences}</ul>\n'
    )


def _figures(measured: Measured, drawn: Mapping[str, Figure]) -> str:
    texts = captions(measured)
    return _section(
        "figures",
        "In pictures",
        "".join(
            f"<h3>{escape(texts[name].heading)}</h3>\n"
            + _figure(figure, name, texts[name].text, texts[name].alt)
            + tables.of_figure(name, measured)
            for name, figure in drawn.items()
        ),
    )


def _studies(studies: Mapping[str, Mapping[str, Figure]]) -> str:
    parts = []
    for number, (study, drawn) in enumerate(studies.items(), start=1):
        parts.append(f"<h3>Study {escape(study)}</h3>\n")
        for name, figure in drawn.items():
            heading, text = _STUDY_HEADINGS[name]
            parts.append(
                f"<h4>{escape(heading)}</h4>\n"
                + _figure(figure, f"study-{number}-{name}", text, f"{heading}. {text}")
            )
    return _section("study", "How the parameters were found", "".join(parts))


def _figure(figure: Figure, name: str, text: str, alt: str) -> str:
    svg = to_svg(figure, name, alt)
    return f"<figure>\n<figcaption>{escape(text)}</figcaption>\n{svg}\n</figure>\n"


def _section(name: str, heading: str, content: str) -> str:
    return (
        f'<section aria-labelledby="{name}">\n<h2 id="{name}">{escape(heading)}</h2>\n'
        f"{content}</section>\n"
    )
