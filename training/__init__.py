"""The training scripts: from transactions to a fitted, evaluated recommender."""
