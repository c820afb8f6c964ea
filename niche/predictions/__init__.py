"""Experiments that nobody has published: what the model says of them, on record before they are done; scores."""
