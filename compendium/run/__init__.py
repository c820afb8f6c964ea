"""Rerun the notebooks, and keep what they show in step with the code: results whole or not at all."""

from compendium.run.plan import Request
from compendium.run.reproduce import reproduce
from compendium.run.stop import Interrupted

__all__ = ["Interrupted", "Request", "reproduce"]
