"""What the axes of a forest of evidence are called."""

DIRECTION = "Draws with the published direction (%)"
RELATIVE = ("fold_change", "hazard_ratio")
