"""How fast training is, beside the libraries that others use; results are in ``results/``."""
