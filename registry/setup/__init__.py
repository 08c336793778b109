"""Setting an object store up for the registry: the bucket, and who may do what in it.

``policies`` says what each account may do, ``bucket`` and ``accounts`` find what is to be done,
``step`` is one thing that is there, or is to be done.
"""
