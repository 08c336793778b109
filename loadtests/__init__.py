"""What asks a running server: the script that checks it route by route, and the load.

They know the server by its HTTP alone; the recommender is here as the oracle that recomputes an
answer from the model's folder.
"""
