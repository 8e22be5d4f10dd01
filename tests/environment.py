"""Gives a test run a var folder of its own and hides the operator's settings; imported before anything reads them."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

OPERATORS = ("ANXING_", "TELEGRAM_", "RASA_", "ACTION_", "SITE_", "DATABASE_URL")
DATABASE_FOR_TESTS = os.environ.get("TEST_DATABASE_URL", "")  # `TEST_DATABASE_URL=postgresql://… pytest` runs all on it

for name in [name for name in os.environ if name.startswith(OPERATORS)]:
    del os.environ[name]
VAR = Path(tempfile.mkdtemp(prefix="anxing-test-"))
atexit.register(shutil.rmtree, VAR, ignore_errors=True)
os.environ["ANXING_VAR"] = str(VAR)
os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ["RASA_CACHE_DIRECTORY"] = str(VAR / "rasa-cache")
os.environ["DATABASE_URL"] = DATABASE_FOR_TESTS
# As in the Rasa server: two threads wait for each other at every small step where the machine is busy.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
