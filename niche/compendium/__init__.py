"""Rerun the notebooks, and keep what they show in step with the code: results whole or not at all."""

from niche.compendium.plan import Request
from niche.compendium.run import reproduce
from niche.compendium.stop import Interrupted

__all__ = ["Interrupted", "Request", "reproduce"]
