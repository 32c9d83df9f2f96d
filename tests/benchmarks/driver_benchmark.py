#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Speed of the HYP3 driver as ratios within one run, so that they hold on any computer.

    GDAL_DRIVER_PATH=build/drivers/hyp3 python3 tests/benchmarks/driver_benchmark.py [folder]

Makes two products of about 100 MB, one in the manner of each processor, in the folder (default: a temporary one)
and prints, with the limit that each ratio is meant to keep:

    bytes that opening and gdalinfo fetch of the archive (counted by a web server), less than 1 MB
    opening a product never seen, against opening its layers one by one through /vsizip/: at most 0.3
    100 windows with the dataset opened anew each time, against one handle: less than 3
    a layer from front to back, against GDAL's own stream from the archive: at most 1.3
"""
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "driver")]

import numpy as np                       # noqa: E402
from osgeo import gdal                   # noqa: E402

import make_product                      # noqa: E402
from range_server import serving         # noqa: E402

gdal.UseExceptions()
SIZE = (3600, 2900)
LAYERS = ("unw_phase", "wrapped_phase", "corr", "dem")
WINDOWS = 100
WINDOW = 256
REPEATS = 5
OPENINGS = 50


def arrays():
    """Phase-like surfaces with noise in the low bits, which deflate to about 60 % as real layers do."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:SIZE[1], 0:SIZE[0]].astype(np.float32)
    surface = np.sin(x / 300) * 10 + np.cos(y / 200) * 5 + 20
    made = {}
    for layer in LAYERS:
        noise = rng.normal(0, 0.3, surface.shape).astype(np.float32)
        made[layer] = np.round((surface + noise) * 4096).astype(np.float32) / 4096
    return made


def cpu(function, repeats=REPEATS):
    """Least processor time of some runs."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        function()
        best = min(best, time.process_time() - start)
    return best


def empty_cache():
    """A budget of nothing drops all copies with the next layer that is read."""
    gdal.SetConfigOption("IH_CACHE_MB", "0")
    gdal.Open(empty_cache.product).ReadRaster(0, 0, 1, 1)
    gdal.SetConfigOption("IH_CACHE_MB", None)


def read_rows(dataset, band=1):
    """Front to back by rows of 256, as a program that processes in one pass does."""
    band = dataset.GetRasterBand(band)
    for y in range(0, SIZE[1], WINDOW):
        band.ReadRaster(0, y, SIZE[0], min(WINDOW, SIZE[1] - y))


def window_places():
    rng = np.random.default_rng(2)
    return [(int(rng.integers(0, SIZE[0] - WINDOW)), int(rng.integers(0, SIZE[1] - WINDOW)))
            for _ in range(WINDOWS)]


def one_handle(path):
    empty_cache()
    dataset = gdal.Open(path)
    for x, y in window_places():
        dataset.GetRasterBand(1).ReadRaster(x, y, WINDOW, WINDOW)


def opened_anew(path):
    empty_cache()
    for x, y in window_places():
        dataset = gdal.Open(path)
        dataset.GetRasterBand(1).ReadRaster(x, y, WINDOW, WINDOW)
        dataset = None


def open_all(paths):
    for path in paths:
        gdal.Open(path)


def first_opening(path):
    """Processor time to open it under names that the driver does not know yet."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        names = [str(Path(folder) / f"{i}" / path.name) for i in range(OPENINGS)]
        for name in names:
            Path(name).parent.mkdir()
            os.link(path, name)
        return cpu(lambda: open_all(names), 1) / OPENINGS


def open_members(path, name):
    for layer in LAYERS:
        gdal.Open(f"/vsizip/{path}/{name}/{name}_{layer}.tif").GetSpatialRef()


def through_driver(path):
    empty_cache()
    read_rows(gdal.Open(path))


def streamed(member):
    read_rows(gdal.Open(member))


def measure(name, product):
    path = str(product.path)
    member = f"/vsizip/{path}/{product.name}/{product.name}_unw_phase.tif"
    megabytes = product.path.stat().st_size / 1e6
    with serving(product.path.parent) as server:
        dataset = gdal.Open(f"/vsicurl/{server.address}/{product.path.name}")
        gdal.Info(dataset)
        fetched, requests = server.bytes_sent(), len(server.sent)
        dataset.GetRasterBand(1).ReadRaster(0, 0, SIZE[0], SIZE[1])
        layer = server.bytes_sent() - fetched
        dataset = None
    handle, anew = cpu(lambda: one_handle(path), 3), cpu(lambda: opened_anew(path), 3)
    ours, stream = cpu(lambda: through_driver(path)), cpu(lambda: streamed(member))
    known, first = cpu(lambda: gdal.Open(path)), first_opening(product.path)
    members = cpu(lambda: open_members(path, product.name))
    print(f"{name}: archive of {megabytes:.0f} MB")
    print(f"  gdalinfo fetches              {fetched / 1e6:8.2f} MB in {requests} requests   (limit 1 MB)")
    print(f"  one layer fetches             {layer / 1e6:8.2f} MB")
    print(f"  opening                       {first * 1e3:8.2f} ms = {first / members:.2f} x its layers through /vsizip/ "
          f"({members * 1e3:.2f} ms)   (limit 0.3)")
    print(f"  opening again                 {known * 1e3:8.2f} ms")
    print(f"  {WINDOWS} windows, opened anew    {anew:8.3f} s = {anew / handle:.2f} x one handle ({handle:.3f} s)   (limit 3)")
    print(f"  front to back                 {ours:8.3f} s = {ours / stream:.2f} x streaming ({stream:.3f} s)   (limit 1.3)")


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        made = arrays()
        small = make_product.make_burst(folder / "small", layers=("corr",))
        empty_cache.product = str(small.path)
        for name, maker in (("GAMMA", make_product.make_gamma), ("ISCE2", make_product.make_burst)):
            measure(name, maker(folder / name, size=SIZE, layers=LAYERS, arrays=made))


if __name__ == "__main__":
    if gdal.GetDriverByName("HYP3") is None:
        sys.exit(f"The HYP3 driver was not found (GDAL_DRIVER_PATH={os.environ.get('GDAL_DRIVER_PATH')}).")
    main()
