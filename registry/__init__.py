"""Versions and aliases of fitted models on object storage and in the BentoML model store.

Whoever only reads imports `registry.pull` or `registry.aliases`: boto3 is imported when an
object store is first used, BentoML only for ``bento://``.
"""
