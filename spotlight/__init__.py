"""Recommender models in PyTorch: the interface of Spotlight 0.1.6.

Data sets (`interactions`, `cross_validation`), models (`factorization`), what they are made of
(`losses`, `sampling`, `layers`) and how good they are (`evaluation`). Importing the package
also tells ``torch.load`` that its models may be read.
"""

from spotlight import serialization

__version__ = "v0.1.6"

serialization.trust_models()
