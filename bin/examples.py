"""Records the examples of the API document anew: src/wattkeeper/api/examples.json, real answers of a seeded sandbox.

Run it when a test says that they are no longer what the API answers, and look at the difference.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILE = ROOT / "src/wattkeeper/api/examples.json"

if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WATTKEEPER_")}
        os.environ.clear()
        os.environ |= kept | {"WATTKEEPER_VAR": folder, "DJANGO_SETTINGS_MODULE": "wattkeeper.config.settings"}
        import django

        django.setup()
        from django.core.management import call_command
        from django.test.utils import setup_test_environment

        from api import recording

        setup_test_environment()
        call_command("migrate", verbosity=0)
        FILE.write_text(json.dumps(recording.record(), indent=1, ensure_ascii=False) + "\n")
    print(f"wrote {FILE.relative_to(ROOT)}")
