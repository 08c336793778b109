"""Versions and aliases of fitted models on object storage and in the BentoML model store.

Whoever only reads imports `registry.pull`, `registry.follower` or `registry.rules`: boto3 is
imported when an object store is first used, BentoML only for ``bento://``.
"""
