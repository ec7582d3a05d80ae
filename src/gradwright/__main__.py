"""``python -m gradwright`` is the command ``gradwright``."""

import sys

from gradwright.cli import main

sys.exit(main())
