"""`python -m niche` is the command `niche`."""

import sys

from niche.cli import main

sys.exit(main())
