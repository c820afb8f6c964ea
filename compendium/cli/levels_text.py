"""Levels in words: what a regimen comes to."""

import numpy as np

from niche.kinetics.profiles import Levels
from niche.kinetics.table import Drug, Kinetics
from niche.text import long_number


def levels_text(found: Levels) -> str:
    """Peak, level at the end and mean of a simulation, of the middle person and of 90 % of people."""
    rows = [
        ("highest level", found.mass.max(axis=1), "ng/mL"),
        ("mean level", np.trapezoid(found.mass, found.times, axis=1) / np.ptp(found.times), "ng/mL"),
        ("level at the end", found.mass[:, -1], "ng/mL"),
    ]
    for target in found.kd:
        # where an effective level was measured in the body it says more than the affinity in a test tube
        share = found.occupancy(target, effective=target in found.effective)
        rows.append((f"{target} held, mean", 100 * np.trapezoid(share, found.times, axis=1) / np.ptp(found.times), "%"))
    lines = [f"{found.drug.name}, {found.drug.system}: day 0 to {found.times[-1]:g}"]
    for what, values, unit in rows:
        low, middle, high = np.nanquantile(values, [0.05, 0.5, 0.95])
        spread = f"  ({_short(low)} to {_short(high)} in 90 % of people)" if len(values) > 1 else ""
        lines.append(f"  {what:<24} {_short(middle)} {unit}{spread}")
    failed = sum(status != "ok" for status in found.status)
    lines += [f"  {failed} of {len(found.status)} simulations failed"] if failed else []
    return "\n".join(lines)


def _short(value: float) -> str:
    return long_number(value, comma=",", most=1e7)


def drug_text(drug: Drug) -> str:
    """One drug or lesion in a line: its tier, and what the table holds."""
    if isinstance(drug, Kinetics):
        held = (
            f"{', '.join(drug.routes)}; targets {', '.join(drug.targets) or 'none'}; doses {' to '.join(drug.studied)}"
        )
    else:
        held = drug.instead.removeprefix("The table holds ")
    return f"{drug.name:<28} {drug.tier:<10} {held}"
