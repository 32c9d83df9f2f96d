#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Judge the correction of unwrapping errors by simulated truth.

    unwrapping_error_benchmark.py BUILD_FOLDER [options of gdal_ih_simulate]

Simulates a stack in a temporary folder (about 1.5 GB with the defaults), corrects it, and prints how many of the planted
cycles were repaired and how many good values were harmed, in all and where the mean coherence of a pixel exceeds 0.4.
Exit status 1 when less than 80 % were repaired or more than 0.1 % harmed.
"""
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
RADIUS = 2


def days(text):
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


def read(path):
    return gdal.Open(str(path)).ReadAsArray()


def planted_cycles(folder):
    """Cycles by product name."""
    path = folder / "truth" / "unwrapping_errors.tif"
    if not path.exists():
        return {}
    raster = gdal.Open(str(path))
    bands = [raster.GetRasterBand(i + 1) for i in range(raster.RasterCount)]
    return {band.GetDescription(): np.rint(band.ReadAsArray()).astype(np.int8) for band in bands}


def read_stack(folder):
    """Pairs, phase (NaN where there is none), coherence and planted cycles on the grid of the truth."""
    truth = json.loads((folder / "truth" / "truth.json").read_text())
    pairs = sorted(truth["pairs"], key=lambda p: (p["reference_date"], p["secondary_date"]))
    ny, nx = read(folder / "truth" / "velocity.tif").shape[-2:]
    shape = len(pairs), ny, nx
    phase = np.full(shape, np.nan, np.float32)
    coherence, cycles = np.zeros(shape, np.float32), np.zeros(shape, np.int8)
    planted = planted_cycles(folder)
    for k, pair in enumerate(pairs):
        name, column, row = pair["product"], int(pair["column"]), int(pair["row"])
        unwrapped = read(folder / name / f"{name}_unw_phase.tif")
        window = np.s_[k, row:row + unwrapped.shape[0], column:column + unwrapped.shape[1]]
        phase[window] = np.where(unwrapped == 0, np.nan, unwrapped)
        coherence[window] = read(folder / name / f"{name}_corr.tif")
        cycles[k] = planted.get(name, 0)
    return pairs, phase, coherence, cycles


def correct(program, pairs, phase, reference_phase):
    stack = b"".join([
        np.array(phase.shape[:1] + phase.shape[:0:-1], np.int64).tobytes(),
        np.array([days(p["reference_date"]) for p in pairs], np.int32).tobytes(),
        np.array([days(p["secondary_date"]) for p in pairs], np.int32).tobytes(),
        reference_phase.astype(np.float32).tobytes(), phase.tobytes()])
    done = subprocess.run([program, str(RADIUS)], input=stack, stdout=subprocess.PIPE, check=True)
    return np.frombuffer(done.stdout, np.int8).reshape(phase.shape)


def report(name, found, planted, where):
    bad, good = where & (planted != 0), where & (planted == 0)
    repaired = np.count_nonzero((found == planted) & bad) / np.count_nonzero(bad) if bad.any() else 1.0
    harmed = np.count_nonzero((found != 0) & good) / max(1, np.count_nonzero(good))
    print(f"{name}: planted {np.count_nonzero(bad)}, repaired {100 * repaired:.2f} %, harmed {100 * harmed:.4f} %")
    return repaired, harmed


def main():
    build = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "stack"
        subprocess.run([build / "utilities" / "gdal_ih_simulate", "-q", "-format", "folder", "-deflate", "0",
                        *sys.argv[2:], folder], check=True)
        pairs, phase, coherence, planted = read_stack(folder)
    valid = np.isfinite(phase)
    average = np.where(valid, coherence, 0).sum(axis=0) / np.maximum(1, valid.sum(axis=0))
    row, column = np.unravel_index(np.argmax(np.where(valid.all(axis=0), average, 0)), average.shape)
    found = correct(build / "tests" / "benchmarks" / "unwrapping_error_benchmark", pairs, phase, phase[:, row, column])
    planted = planted - planted[:, row, column][:, None, None]
    repaired, harmed = report("all", found, planted, valid)
    report("coherent", found, planted, valid & (average > 0.4))
    return 0 if repaired >= 0.8 and harmed <= 0.001 else 1


if __name__ == "__main__":
    sys.exit(main())
