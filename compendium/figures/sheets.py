"""Figures that belong to no window, and are shown as they were saved. Imported late: it loads matplotlib."""

import io
from typing import Any

from matplotlib.figure import Figure

from compendium.figures.house_style import style

_SHOWN = 115  # px of a screen for an inch of the page
_WHITE = 252
_COLOURS = 256  # a third of the bytes of a picture that has all; nothing that an eye would see


class PreviewSheet(Figure):
    """A figure that does not depend on pyplot: nothing to close, and shown where it is the last line of a cell.

    drawn : how to draw it again from its table, {"by": a function of this package, "options": {...}}, or None
    """

    drawn: dict[str, Any] | None = None
    _picture: bytes | None = None

    def saved_as(self, png: bytes) -> None:
        """Show this picture of it as long as nothing is drawn on it: drawing it again takes as long as making it."""
        from PIL import Image

        few = Image.open(io.BytesIO(png)).convert("RGB").quantize(_COLOURS, method=Image.Quantize.FASTOCTREE)
        palette = few.getpalette() or []
        few.putpalette([255 if level >= _WHITE else level for level in palette])  # paper stays white
        data = io.BytesIO()
        few.save(data, "PNG")
        self._picture, self.stale = data.getvalue(), False

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        # Not _repr_png_: once pyplot is used in a notebook, it would show all figures its own way.
        if self._picture is None or self.stale:
            data = io.BytesIO()
            with style():
                self.savefig(data, format="png", dpi=200, metadata={"Software": None})
            self.saved_as(data.getvalue())
        return {"image/png": self._picture}, {"image/png": {"width": round(self.get_size_inches()[0] * _SHOWN)}}
