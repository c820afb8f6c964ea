"""`pytest --nbval notebooks`, typed by hand, is not led astray by the settings of whoever types it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_settings_of_ipython_change_no_output(tmp_path):
    """With `ast_node_interactivity = "all"` each line of a cell would be shown, and not the last one."""
    settings = tmp_path / "mine/profile_default/ipython_kernel_config.py"
    settings.parent.mkdir(parents=True)
    settings.write_text('c.InteractiveShell.ast_node_interactivity = "all"\n')
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": ["4"]}}
    cell = {"cell_type": "code", "id": "a", "metadata": {"tags": ["nbval-check-output"]}, "execution_count": 1}
    content = {"cells": [{**cell, "source": ["1 + 1\n", "2 + 2"], "outputs": [output]}], "metadata": {}}
    (tmp_path / "toy.ipynb").write_text(json.dumps({**content, "nbformat": 4, "nbformat_minor": 5}))
    shutil.copy(ROOT / "conftest.py", tmp_path)
    options = ["--nbval-lax", "--nbval-current-env", "-p", "no:cacheprovider", "-W", "default"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "toy.ipynb"],
        cwd=tmp_path,
        env={**os.environ, "IPYTHONDIR": str(tmp_path / "mine")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
