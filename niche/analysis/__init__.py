"""Questions asked of the model beyond one experiment."""
