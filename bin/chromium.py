"""Prints the path of Chromium, or exits 1 where there is none."""

import shutil
import sys

found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
if found:
    print(found)
sys.exit(0 if found else 1)
