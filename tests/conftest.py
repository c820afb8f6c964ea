"""Tests that compare with what the shipped posterior says wait while no claim is judged."""

import pytest

from niche.params.judging_state import not_judged


def pytest_collection_modifyitems(items):
    if why := not_judged():
        waits = pytest.mark.skip(reason=f"no claim is judged. {why}")
        for item in items:
            if item.get_closest_marker("needs_judged"):
                item.add_marker(waits)
