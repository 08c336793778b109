"""The report: what a model is worth, on one page that a merchandiser can read.

:mod:`training.report.measure` measures, :mod:`training.report.words` says it in sentences,
:mod:`training.report.figures` draws it, :mod:`training.report.study` draws a search for
parameters, :mod:`training.report.page` lays it out and :mod:`training.report.write` writes it.
"""
