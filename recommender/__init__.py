"""The fitted product that is served: what is known of customers and products, and who gets what.

Scoring, ranking and metrics exist here and nowhere else: evaluation, batch prediction and
serving call the same functions. The serving path needs numpy alone.
"""
