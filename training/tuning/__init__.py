"""Tuning: the parameters of an estimator that find most on validation, by Optuna.

What may be tried is data (:mod:`training.tuning.space`); what was tried is a study
(:mod:`training.tuning.study`) on which several processes may work at once.
"""
