"""Atoms: one contrast of arms, one read-out, one time of one paper, with an error that follows from the print."""
