"""Files are replaced whole: whatever goes wrong, the old file is there or the new one, and nothing else."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from niche.errors import NicheError
from niche.files import prepared, write_together, write_whole


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path):
    file = tmp_path / "a.txt"
    assert write_whole(file, "±\n") == file
    assert file.read_bytes() == "±\n".encode()
    write_whole(file, b"\r\n", sync=True)
    assert file.read_bytes() == b"\r\n"
    assert list(tmp_path.iterdir()) == [file]
    made = tmp_path / "b.txt"
    made.write_text("")
    assert file.stat().st_mode == made.stat().st_mode  # readable by whom the user's files are readable


def interrupted(file, error):
    """Half of a new file is written, and then comes an error."""
    with prepared(file) as beside:
        beside.write_text("ne")
        raise error


def test_an_error_in_the_middle_leaves_the_old_file(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        interrupted(file, KeyboardInterrupt())
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_full_disk_is_named(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("old")
    with pytest.raises(NicheError, match=r"no room is left on the disk for .*a\.txt"):
        interrupted(file, OSError(errno.ENOSPC, "no space"))
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_writer_that_is_killed_never_leaves_half_a_file(tmp_path):
    code = (
        "from pathlib import Path\nfrom niche.files import write_whole\nn = 0\n"
        f"while True:\n    n += 1\n    write_whole(Path({str(tmp_path / 'a')!r}), str(n % 10) * 3_000_000)\n"
    )
    for delay in (0.0, 0.013, 0.031):
        writer = subprocess.Popen([sys.executable, "-c", code])
        while not (tmp_path / "a").exists():
            time.sleep(0.01)
        time.sleep(delay)
        writer.kill()
        writer.wait()
        text = (tmp_path / "a").read_text()
        assert len(text) == 3_000_000
        assert len(set(text)) == 1


def test_several_are_replaced_or_none(tmp_path, monkeypatch):
    files = [tmp_path / name for name in "abc"]
    gone = tmp_path / "gone"
    for file in (*files[:2], gone):
        file.write_text("old")
    replace, seen = Path.replace, []

    def fails(path, target):
        seen.append(target)
        if target == files[2]:
            raise OSError(errno.EIO, "a disk that fails")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(OSError, match="a disk that fails"):
        write_together(dict.fromkeys(files, "new"), tmp_path / "near", [gone])
    assert [file.read_text() for file in (*files[:2], gone)] == ["old"] * 3
    assert not files[2].exists()
    monkeypatch.undo()
    files[0].write_text("new")
    assert write_together(dict.fromkeys(files, "new"), tmp_path / "near", [gone]) == [*files[1:], gone]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b", "c", "near"]
    assert list((tmp_path / "near").iterdir()) == []
