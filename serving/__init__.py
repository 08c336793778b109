"""The model over HTTP: routes, the forms of requests and answers, errors, the model in service.

It reads models through :mod:`registry` and answers through :mod:`recommender`; it imports neither
the registry's writing half nor anything that makes models.
"""
