"""What a treatment does: the ratio of two arms, draw by draw."""

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np

from niche import units
from niche.errors import NicheError, unknown

if TYPE_CHECKING:
    import xarray as xr


def effect(
    treated: "xr.Dataset", control: "xr.Dataset", observable: str, day: float | str | None = None
) -> "xr.DataArray":
    """Ratio of an observable between two arms, one per draw, on a day (the last by default).

    Raises
    ------
    NicheError
        if the arms are not of the same hosts, the observable is unknown, or the day was not read out
    """
    from niche.experiment.result import named_as  # late: most of the import time of the package

    for data in (treated, control):
        if not _is_course(data, named_as(data, observable)):
            names = [name for name in data.data_vars if _is_course(data, name)]
            raise unknown("observable", observable, [str(data[name].attrs.get("long_name", name)) for name in names])
    unlike = [
        k for k in ("system", "tumour", "bone", "seed", "posterior") if treated.attrs.get(k) != control.attrs.get(k)
    ]
    if unlike or not np.array_equal(treated["draw"], control["draw"]):
        what = ", ".join(unlike) or "draws"
        raise NicheError(f"the two arms hold different draws ({what} differ): make their hosts alike")
    ends = [float(data["time"][-1]) for data in (treated, control)]
    if day is None and ends[0] != ends[1]:
        raise NicheError(f"the arms end on days {ends[0]:g} and {ends[1]:g}: say which day to compare")
    when = ends[0] if day is None else units.days(day, "day")
    for data in (treated, control):
        if not np.isclose(data["time"], when).any():
            span = f"from {float(data['time'][0]):g} to {float(data['time'][-1]):g}"
            raise NicheError(f"day {when:g} was not read out; read-outs run {span}")
    both = (data[named_as(data, observable)] for data in (treated, control))
    parts = [one.sel(time=when, method="nearest").drop_vars("time") for one in both]
    ratio = parts[0] / parts[1]
    return ratio.assign_attrs(units="fold", description=f"{observable}, treated over control", day=when)


def _is_course(data: "xr.Dataset", name: Hashable) -> bool:
    """Whether a variable has a number for each draw and read-out."""
    return name in data.data_vars and set(data.variables[name].dims) == {"draw", "time"}
