"""Figures that belong to no window, and are shown as they were saved. Imported late: it loads matplotlib."""

import io
import zlib
from typing import Any

from matplotlib.figure import Figure

from compendium.figures.house_style import style
from compendium.figures.pictures import few_colours, plain_svg

_SHOWN = 115  # px of a screen for an inch of the page
_DPI, _COLOURS = 110, 64  # of a picture in a notebook
_SMALL = 6000  # bytes: less than any picture has


class PreviewSheet(Figure):
    """A figure that does not depend on pyplot: nothing to close, and shown where it is the last line of a cell.

    Attributes
    ----------
    drawn
        how to draw it again from its table, {"by": a function of this package, "options": {...}}, or None
    """

    drawn: dict[str, Any] | None = None
    _shown: tuple[str, Any] | None = None

    def saved_as(self, drawing: bytes | None, draft: bytes | None = None) -> None:
        """Show what was saved as long as nothing is drawn on it: drawing it again takes as long as making it.

        Parameters
        ----------
        drawing
            the SVG that was saved, shown unless a small picture has fewer bytes
        draft
            the picture, if that is all that was saved
        """
        if draft is not None:
            self._shown = "image/png", draft
        else:
            drawing = drawing or plain_svg(self._drawn_as("svg"), "shown")
            size = len(zlib.compress(drawing))  # as git keeps it
            picture = few_colours(self._drawn_as("png"), _COLOURS) if size > _SMALL else b""
            small = picture and len(picture) < size
            self._shown = ("image/png", picture) if small else ("image/svg+xml", drawing.decode())
        self.stale = False

    def _drawn_as(self, kind: str) -> bytes:
        data = io.BytesIO()
        about = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
        with style():
            self.savefig(data, format=kind, dpi=_DPI, metadata=about)
        return data.getvalue()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        # Not _repr_png_: once pyplot is used in a notebook, it would show all figures its own way.
        if self._shown is None or self.stale:
            self.saved_as(None)
        assert self._shown is not None
        kind, data = self._shown
        wide = {"width": round(self.get_size_inches()[0] * _SHOWN)}
        return {kind: data}, {kind: wide} if kind == "image/png" else {}
