"""Figures for a journal."""
