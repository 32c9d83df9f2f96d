# SPDX-License-Identifier: MIT
"""Shared by all Python tests: where the build is, and how its programs and driver are reached.

IH_BUILD_DIR names the build folder (CTest sets it; default <source>/build). The driver is found through
GDAL_DRIVER_PATH, which must be set before osgeo is imported, so it is done here at import time.
"""
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("IH_BUILD_DIR", SOURCE / "build")).resolve()
os.environ["GDAL_DRIVER_PATH"] = str(BUILD / "drivers" / "hyp3")
os.environ["PATH"] = str(BUILD / "utilities") + os.pathsep + os.environ["PATH"]
sys.path.insert(0, str(SOURCE / "tests" / "support"))

# Real measurements that are not part of the repository; tests that use them are skipped when absent.
SAMPLE_DATA = Path(os.environ.get("IH_SAMPLE_DATA", SOURCE.parent / "shared" / "data"))


def run(*words, check=True, env=None, cwd=None, timeout=300):
    """Runs a program and returns the CompletedProcess with text output."""
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, **(env or {})}, cwd=cwd)
    if check:
        assert done.returncode == 0, f"{words} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture
def sample_data():
    if not SAMPLE_DATA.is_dir():
        pytest.skip("real sample data are not here (IH_SAMPLE_DATA)")
    return SAMPLE_DATA
