"""Fit the model to measurements, and say how well it predicts those that it has not seen."""
