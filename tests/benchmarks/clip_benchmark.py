#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Speed of gdal_ih_clip against gdalwarp as a ratio within one run, so that it holds on any computer.

    PATH=build/utilities:$PATH python3 tests/benchmarks/clip_benchmark.py [-n PRODUCTS] [folder]

Makes full-frame products of seven layers (default 12, for a quick look; 84 is a stack of a year), clips them to an area
of interest of 20 %, and prints, with the limits that are meant to be kept:

    wall time, against one gdalwarp per raster on rasters that were unpacked before: less than 1
    the largest memory of the process: at most 512 MB
"""
import argparse
import copy
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import numpy as np                       # noqa: E402

import make_product                      # noqa: E402

SIZE = (3600, 2900)
LAYERS = ("unw_phase", "corr", "dem", "lv_theta", "lv_phi", "amp", "wrapped_phase")
SHARE = 0.2


def first_product(folder):
    """Phase-like surfaces with noise in the low bits, which deflate to about 60 % as real layers do."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:SIZE[1], 0:SIZE[0]].astype(np.float32)
    surface = np.sin(x / 300) * 10 + np.cos(y / 200) * 5 + 20
    arrays = {layer: np.round((surface + rng.normal(0, 0.3, surface.shape).astype(np.float32)) * 4096) / np.float32(4096)
              for layer in LAYERS}
    arrays["corr"] = (arrays["corr"] / 40).astype(np.float32)
    return make_product.make_gamma(folder, reference="20200101", secondary="20200113", size=SIZE, layers=LAYERS,
                                   arrays={k: v.astype(np.float32) for k, v in arrays.items()}, extras=False)


def renamed_copy(product, name):
    """The same archive under the name of another pair; packed bytes are copied as they are."""
    path = product.path.parent / f"{name}.zip"
    content = product.path.read_bytes()
    with zipfile.ZipFile(product.path) as source, zipfile.ZipFile(path, "w") as target:
        for info in source.infolist():
            start = info.header_offset + 30 + len(info.filename)
            new = copy.copy(info)
            new.filename = info.filename.replace(product.name, name)
            new.header_offset = target.fp.tell()
            target.fp.write(new.FileHeader())
            target.fp.write(content[start:start + info.compress_size])
            target.filelist.append(new)
            target.NameToInfo[new.filename] = new
        target.start_dir = target.fp.tell()
        target._didModify = True
    return path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=12)
    parser.add_argument("folder", nargs="?")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as work:
        work = Path(work)
        product = first_product(work / "in")
        for k in range(1, given.n):
            day = np.datetime64("2020-01-13") + 12 * k
            dates = [str(d).replace("-", "") for d in (day - 12, day)]
            name = product.name.replace("20200113", dates[1]).replace("20200101", dates[0])
            renamed_copy(product, name)
        for path in sorted((work / "in").glob("*.zip")):
            with zipfile.ZipFile(path) as archive:
                archive.extractall(work / "unpacked")

        geotransform = product.geotransform
        width, height = (n * 80 * SHARE ** 0.5 for n in SIZE)
        x0, y1 = geotransform[0] + 0.3 * 80 * SIZE[0], geotransform[3] - 0.3 * 80 * SIZE[1]
        box = [str(round(v / 80) * 80 + 40) for v in (x0, y1 - height, x0 + width, y1)]

        start = time.perf_counter()
        subprocess.run(["gdal_ih_clip", "-q", str(work / "in"), str(work / "out"), "-te", *box], check=True)
        ours = time.perf_counter() - start
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024

        (work / "warped").mkdir()
        start = time.perf_counter()
        for raster in sorted((work / "unpacked").rglob("*.tif")):
            subprocess.run(["gdalwarp", "-q", "-te", *box, "-tr", "80", "80", str(raster),
                            str(work / "warped" / raster.name)], check=True)
        theirs = time.perf_counter() - start

        print(f"{given.n} products of {len(LAYERS)} layers, {SIZE[0]} x {SIZE[1]} pixels, {os.cpu_count()} processors")
        print(f"gdal_ih_clip from the zips {ours:.1f} s, gdalwarp on unpacked rasters {theirs:.1f} s")
        print(f"ratio {ours / theirs:.2f} (less than 1)")
        print(f"memory {memory:.0f} MB (at most 512)")


if __name__ == "__main__":
    main()
