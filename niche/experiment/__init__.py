"""Hosts, what is done to them, and what happens."""
