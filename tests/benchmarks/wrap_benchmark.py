#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Peak memory and time of gdal_ih_wrap for 20000 x 20000 pixels.

    PATH=build/utilities:$PATH python3 tests/benchmarks/wrap_benchmark.py [side]

The raster is a virtual one, a small field of displacements enlarged, so that no pixel is free and no disk is read. Prints
a line per form of output: megabytes at the peak, which are meant to stay below 256, and seconds.
"""
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
FORMS = ((("-form", "float"), "f.tif"), (("-form", "rgba"), "c.tif"), ((), "f.png"), ((), "f.kmz"),
         (("-outsize", "1000", "0"), "s.png"))


def make_raster(folder, side):
    y, x = np.mgrid[0:200, 0:200]
    field = 0.2 * np.sin(x / 31) * np.cos(y / 23)
    small = gdal.GetDriverByName("GTiff").Create(str(folder / "small.tif"), 200, 200, 1, gdal.GDT_Float32)
    small.SetGeoTransform((400000, 20 * side / 200, 0, 4500000, 0, -20 * side / 200))
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32633)
    small.SetSpatialRef(srs)
    small.GetRasterBand(1).WriteArray(field.astype(np.float32))
    small = None
    large = gdal.Translate(str(folder / "large.vrt"), str(folder / "small.tif"), format="VRT", width=side, height=side,
                           resampleAlg="bilinear")
    large = None
    return folder / "large.vrt"


def main():
    side = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raster = make_raster(folder, side)
        for words, out in FORMS:
            start = time.monotonic()
            script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
                      "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
            done = subprocess.run([sys.executable, "-c", script, "gdal_ih_wrap", "-q", "-unit", "m", "-wavelength",
                                   "0.0554658", *words, str(raster), str(folder / out)], check=True,
                                  stdout=subprocess.PIPE, text=True)
            print(f"{' '.join(words) or 'default':18} {out:6} {int(done.stdout) / 1024:6.0f} MB "
                  f"{time.monotonic() - start:6.0f} s", flush=True)
            (folder / out).unlink()


if __name__ == "__main__":
    main()
