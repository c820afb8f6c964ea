"""The numbers of `params/`: read, checked, with unit, kind, source and range; and their posterior."""
