#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Speed of gdal_ih_clip against gdalwarp as a ratio within one run, so that it holds on any computer.

    PATH=build/utilities:$PATH python3 tests/benchmarks/clip_benchmark.py [-n PRODUCTS] [-products FOLDER] [-work FOLDER]

Clips full-frame products to an area of interest of 20 %, and prints, with the limits that are meant to be kept:

    wall time, against one gdalwarp per raster on rasters that were unpacked before: less than 1
    processor time, which does not depend on what else the computer does
    the largest memory of the process: at most 512 MB

The products are those of the folder, or made here: seven layers, by default of 12 products, for a quick look; 84 is a
stack of a year.
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
from osgeo import gdal                   # noqa: E402

import make_product                      # noqa: E402

gdal.UseExceptions()

SIZE = (3400, 2700)
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


def make_products(folder, count):
    product = first_product(folder)
    for k in range(1, count):
        day = np.datetime64("2020-01-13") + 12 * k
        dates = [str(d).replace("-", "") for d in (day - 12, day)]
        renamed_copy(product, product.name.replace("20200113", dates[1]).replace("20200101", dates[0]))


def middle(raster):
    """A box of 20 % of a raster in its middle, on its pixels, and the size of a pixel."""
    dataset = gdal.Open(str(raster))
    x0, dx, _, y0, _, dy = dataset.GetGeoTransform()
    columns, rows = (round(n * SHARE ** 0.5) for n in (dataset.RasterXSize, dataset.RasterYSize))
    column, row = (dataset.RasterXSize - columns) // 2, (dataset.RasterYSize - rows) // 2
    box = (x0 + column * dx, y0 + (row + rows) * dy, x0 + (column + columns) * dx, y0 + row * dy)
    return [str(v) for v in box], [str(dx), str(-dy)]


class Meter:
    """Wall and processor time of the processes that are run within."""

    def __enter__(self):
        self.begin, self.used = time.perf_counter(), self.processor()
        return self

    def __exit__(self, *_):
        self.wall, self.used = time.perf_counter() - self.begin, self.processor() - self.used

    @staticmethod
    def processor():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=12, help="number of products")
    parser.add_argument("-products", type=Path, help="folder of zips, instead of making some")
    parser.add_argument("-work", help="folder for temporary files")
    given = parser.parse_args()
    if given.work:
        Path(given.work).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.work) as work:
        work = Path(work)
        if given.products:
            (work / "in").mkdir()
            for path in sorted(given.products.glob("*.zip"))[:given.n]:
                (work / "in" / path.name).symlink_to(path.resolve())
        else:
            make_products(work / "in", given.n)
        count = 0
        for path in sorted((work / "in").glob("*.zip")):
            count += 1
            with zipfile.ZipFile(path) as archive:
                archive.extractall(work / "unpacked")
        rasters = sorted((work / "unpacked").rglob("*.tif"))
        box, pixel = middle(rasters[0])

        with Meter() as ours:
            subprocess.run(["gdal_ih_clip", "-q", str(work / "in"), str(work / "out"), "-te", *box], check=True)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024

        (work / "warped").mkdir()
        with Meter() as theirs:
            for raster in rasters:
                subprocess.run(["gdalwarp", "-q", "-te", *box, "-tr", *pixel, str(raster),
                                str(work / "warped" / raster.name)], check=True)

        print(f"{count} products, {len(rasters)} rasters, {os.cpu_count()} processors")
        print(f"gdal_ih_clip from the zips        {ours.wall:6.1f} s, {ours.used:6.1f} s of processors")
        print(f"gdalwarp on the unpacked rasters  {theirs.wall:6.1f} s, {theirs.used:6.1f} s of processors")
        print(f"ratio {ours.wall / theirs.wall:.2f} (less than 1), of processors {ours.used / theirs.used:.2f}")
        print(f"memory {memory:.0f} MB (at most 512)")


if __name__ == "__main__":
    main()
