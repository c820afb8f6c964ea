"""Animations of the site as WebP without loss: the same frames for the same times, in half of the bytes of a GIF."""

import io
from pathlib import Path


def slim_films(folder: Path) -> dict[str, str]:
    """Each GIF of a folder gives way to a WebP where that is smaller; returns old names and new ones.

    Where Pillow was built without WebP nothing changes.
    """
    from PIL import features

    if not features.check("webp"):
        return {}
    renamed = {}
    for file in sorted(folder.glob("*.gif")):
        film = as_webp(file.read_bytes())
        if len(film) >= file.stat().st_size:
            continue
        new = file.with_suffix(".webp")
        new.write_bytes(film)
        file.unlink()
        renamed[file.name] = new.name
    return renamed


def as_webp(gif: bytes) -> bytes:
    """The frames of a GIF, each for its own time; what plays once plays once."""
    from PIL import Image, ImageSequence

    whole = Image.open(io.BytesIO(gif))
    frames, times = [], []
    for one in ImageSequence.Iterator(whole):
        frames.append(one.convert("RGB"))
        times.append(int(one.info.get("duration", 0)))
    data = io.BytesIO()
    rounds = int(whole.info.get("loop", 1))  # 0: for ever, in both
    how = {"lossless": True, "quality": 100, "method": 4}  # 6 takes half a minute for a film, and gains little
    frames[0].save(data, "WEBP", save_all=True, append_images=frames[1:], duration=times, loop=rounds, **how)
    return data.getvalue()
