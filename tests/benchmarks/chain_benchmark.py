#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Time, memory and traffic of gdal_ih_sbas from zips to results, over sizes of stacks and layouts of their rasters.

    chain_benchmark.py BUILD_FOLDER [--folder FOLDER] [--threads N] [--wm SIZE] [--only pixels|pairs|layouts]
                       [--scale FACTOR] [--plot FILE.svg] [--frame] [--options OPTION...]

Simulates stacks one after another (each is removed when it was measured; at most 4 GB of disk, with --frame 20 GB), runs
the program with its defaults, and prints tables for docs/performance.md:

    pixels   30 dates and 84 pairs of 0.12 to 1.5 million pixels
    pairs    0.48 million pixels, 24 to 174 pairs
    layouts  the layers of the products as uncompressed strips, LZW tiles and DEFLATE tiles
    frame    (--frame) 3400 x 2700 pixels, 84 pairs, without and with corrections, instead of the others

--scale multiplies the sides of all rasters, --options hands the words behind it to gdal_ih_sbas.

Seconds are those of the processor, of all threads, unless they are called wall. Times that grow in proportion show as a
constant last column. With --plot, a figure of the times against pixels and pairs. Not part of the verdict of the tests.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PIXELS = [(400, 300), (600, 450), (800, 600), (1130, 850), (1400, 1050)]
PAIRS_OF = [(10, 3), (20, 3), (30, 3), (30, 4), (45, 4)]         # dates, connections
LAYERS = ("unw_phase", "corr", "dem", "lv_theta", "lv_phi", "water_mask")
LAYOUTS = {
    "strips, zip deflated": (None, None),                          # as the GAMMA products are
    "strips, zip stored": ([], zipfile.ZIP_STORED),
    "LZW tiles, zip deflated": (["TILED=YES", "COMPRESS=LZW"], zipfile.ZIP_DEFLATED),   # as the ISCE2 products are
    "LZW tiles, zip stored": (["TILED=YES", "COMPRESS=LZW"], zipfile.ZIP_STORED),
    "DEFLATE tiles, zip stored": (["TILED=YES", "COMPRESS=DEFLATE"], zipfile.ZIP_STORED),
}
CORRECTIONS = ["-dem_error", "-troposphere", "height_correlation", "-deramp", "linear"]
STAGES = ("catalogue", "read", "overview", "solve", "write")


class Bench:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.programs = Path(arguments.build) / "utilities"

    def simulate(self, name, size, dates, connections):
        products = self.folder / name
        size = [round(side * self.arguments.scale) for side in size]
        subprocess.run([self.programs / "gdal_ih_simulate", "-q", "-ts", *map(str, size), "-dates", str(dates),
                        "-connections", str(connections), products], check=True)
        shutil.rmtree(products / "truth")
        return products

    def run(self, products, *words):
        """What run.json tells of the execution, and the bytes of the results."""
        out = self.folder / "result"
        subprocess.run([self.programs / "gdal_ih_sbas", "-q", "-threads", str(self.arguments.threads), "-wm",
                        self.arguments.wm, *self.arguments.options, *words, products, out], check=True, stdout=subprocess.DEVNULL)
        report = json.loads((out / "run.json").read_text())
        execution = report["execution"]
        execution["pixels"] = report["statistics"]["pixels"]
        execution["pairs"] = report["network"]["pairs"]
        execution["result_bytes"] = sum(path.stat().st_size for path in out.iterdir())
        shutil.rmtree(out)
        return execution


def packed_bytes(products):
    """Bytes in the archives of the layers that are read of every pair."""
    total = 0
    for path in products.glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            total += sum(i.compress_size for i in archive.infolist() if i.filename.endswith(("_unw_phase.tif", "_corr.tif")))
    return total


HEAD = ("| stack | pixels | pairs | wall, s | CPU, s | catalogue | read | overview | solve | write | peak, MB | cube | "
        "read of archives / layers, MB | us per pixel and pair |\n" + "|---" * 14 + "|")


def row(name, e, layers):
    cpu = e["cpu_seconds"]
    read = e["bytes_read"]["catalogue"] + e["bytes_read"]["read"]
    total = sum(cpu.values())
    return (f"| {name} | {e['pixels'] / 1e6:.2f} M | {e['pairs']} | {sum(e['seconds'].values()):.1f} | {total:.1f} | "
            + " | ".join(f"{cpu[stage]:.2f}" for stage in STAGES)
            + f" | {e['peak_memory_bytes'] / 1e6:.0f} | {e['work_cube_bytes'] / 1e6:.0f} MB in "
            + ("a file" if e["work_cube_in_file"] else "memory")
            + f" | {read / 1e6:.0f} / {layers / 1e6:.0f} | {total * 1e6 / e['pixels'] / e['pairs']:.3f} |")


def rewrite(products, options, method):
    """Every product anew with another layout of its layers; only the layers of use are kept."""
    from osgeo import gdal
    gdal.UseExceptions()
    for path in sorted(products.glob("*.zip")):
        new = path.with_suffix(".new")
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(new, "w", method) as archive:
            for info in old.infolist():
                data = old.read(info)
                if info.filename.endswith(".tif"):
                    if not info.filename.endswith(tuple(f"_{layer}.tif" for layer in LAYERS)):
                        continue
                    gdal.FileFromMemBuffer("/vsimem/in.tif", data)
                    gdal.Translate("/vsimem/out.tif", "/vsimem/in.tif", creationOptions=options)
                    data = gdal.VSIFOpenL("/vsimem/out.tif", "rb")
                    size = gdal.VSIStatL("/vsimem/out.tif").size
                    content = bytes(gdal.VSIFReadL(1, size, data))
                    gdal.VSIFCloseL(data)
                    data = content
                archive.writestr(info.filename, data, compresslevel=1)
        new.replace(path)


def measure_layouts(bench):
    print(HEAD)
    for name, (options, method) in LAYOUTS.items():
        products = bench.simulate("stack", (1400, 1050), 12, 3)
        if method is not None:
            rewrite(products, options, method)
        print(row(name, bench.run(products), packed_bytes(products)), flush=True)
        shutil.rmtree(products)


def measure_sizes(bench, stacks):
    print(HEAD)
    measured = []
    for size, dates, connections in stacks:
        products = bench.simulate("stack", size, dates, connections)
        execution = bench.run(products)
        measured.append(execution)
        print(row(f"{dates} dates", execution, packed_bytes(products)), flush=True)
        shutil.rmtree(products)
    return measured


def measure_frame(bench):
    print(HEAD)
    products = bench.simulate("frame", (3400, 2700), 30, 3)
    layers = packed_bytes(products)
    print(row("frame", bench.run(products), layers), flush=True)
    print(row("frame, corrections", bench.run(products, *CORRECTIONS), layers), flush=True)
    shutil.rmtree(products)


# -------- the figure ---------------------------------------------------------------------------------------------------

COLOURS = {"read": "#1b6ca8", "write": "#d1495b", "solve": "#66a182", "sum": "#333333"}


def panel(left, title, unit, x, executions):
    """One diagram of 330 x 250 units: stages and their sum against x, through the origin."""
    width, height, top = 300, 210, 40
    curves = {"sum": [sum(e["cpu_seconds"].values()) for e in executions]}
    for stage in ("read", "solve", "write"):
        curves[stage] = [e["cpu_seconds"][stage] for e in executions]
    most_x, most_y = max(x) * 1.08, max(curves["sum"]) * 1.08

    def place(a, b):
        return left + a / most_x * width, top + height - b / most_y * height

    parts = [f'<text x="{left}" y="{top - 16}" font-weight="bold">{title}</text>',
             f'<path d="M{left},{top} V{top + height} H{left + width}" fill="none" stroke="#888"/>',
             f'<text x="{left + width}" y="{top + height + 32}" text-anchor="end">{unit}</text>']
    free_from = left
    for value in x:
        px, _ = place(value, 0)
        if px - 15 >= free_from:
            parts.append(f'<text x="{px:.1f}" y="{top + height + 16}" text-anchor="middle">{value:g}</text>')
            free_from = px + 15
    for value in (most_y / 2.16, most_y / 1.08):
        _, py = place(0, value)
        parts.append(f'<text x="{left - 6}" y="{py + 4:.1f}" text-anchor="end">{value:.1f} s</text>')
    for name, y in curves.items():
        points = [place(a, b) for a, b in zip(x, y)]
        parts.append(f'<polyline points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}" fill="none" '
                     f'stroke="{COLOURS[name]}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{COLOURS[name]}"/>' for a, b in points]
        parts.append(f'<text x="{points[-1][0] + 6:.1f}" y="{points[-1][1] + 4:.1f}" fill="{COLOURS[name]}">{name}</text>')
    return parts


def plot(path, by_pixels, by_pairs):
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="860" height="300" font-family="sans-serif" font-size="12">',
             '<rect width="860" height="300" fill="white"/>']
    parts += panel(60, "processor time, 84 pairs", "million pixels", [round(e["pixels"] / 1e6, 2) for e in by_pixels], by_pixels)
    parts += panel(480, f"processor time, {by_pairs[0]['pixels'] / 1e6:.2f} million pixels", "pairs", [e["pairs"] for e in by_pairs], by_pairs)
    Path(path).write_text("\n".join(parts + ["</svg>"]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("--folder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--wm", default="768MB")
    parser.add_argument("--only", choices=["pixels", "pairs", "layouts"])
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--plot")
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[])
    parser.add_argument("--frame", action="store_true")
    arguments = parser.parse_args()
    os.environ.setdefault("IH_DATA", str(Path(__file__).resolve().parents[2] / "data"))
    if arguments.folder:
        Path(arguments.folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        bench = Bench(arguments, Path(folder))
        if arguments.frame:
            measure_frame(bench)
            return
        by_pixels = by_pairs = None
        if arguments.only in (None, "pixels"):
            by_pixels = measure_sizes(bench, [(size, 30, 3) for size in PIXELS])
        if arguments.only in (None, "pairs"):
            by_pairs = measure_sizes(bench, [((800, 600), dates, connections) for dates, connections in PAIRS_OF])
        if arguments.only in (None, "layouts"):
            measure_layouts(bench)
        if arguments.plot and by_pixels and by_pairs:
            plot(arguments.plot, by_pixels, by_pairs)


if __name__ == "__main__":
    sys.exit(main())
