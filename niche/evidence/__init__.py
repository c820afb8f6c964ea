"""Published measurements, how each is simulated and read."""
