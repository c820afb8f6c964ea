"""`python -m compendium` is the command `niche`."""

import sys

from compendium.cli.main import main

sys.exit(main())
