"""Benchmarks are run from the root of the repository, and not installed: let tests import them from there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
