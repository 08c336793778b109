"""Matrix factorization: a vector for every user and item, whose product is the score."""
