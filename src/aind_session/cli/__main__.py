"""``python -m aind_session.cli``."""

import sys

from aind_session.cli.commands import main

sys.exit(main())
