"""Propositions: what a claim asserts piece by piece, and what the papers alone say of each, without any model."""
