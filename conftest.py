"""For `pytest --nbval notebooks`, also when it is typed by hand: kernels without the settings of whoever types it."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def pytest_configure(config):
    """A start-up file or a setting of IPython (`ast_node_interactivity: all`) would change what the cells show."""
    if config.pluginmanager.hasplugin("nbval") and (config.option.nbval or config.option.nbval_lax):
        folder = Path(tempfile.mkdtemp(prefix="niche-ipython-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["IPYTHONDIR"] = str(folder)
