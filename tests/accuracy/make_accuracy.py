#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make the tables of docs/accuracy.md: simulated stacks through gdal_ih_sbas, compared with their truth.

    make_accuracy.py [BUILD_FOLDER]

Needs some minutes on two cores and 1 GB of disk for temporary files. The tables stand between <!-- NAME --> and
<!-- /NAME -->; the text around them is written by hand. Everything is seeded: the same programs give the same figures.
"""
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np

SOURCE = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = SOURCE / "docs" / "accuracy.md"

SCENE = ["-ts", 160, 120, "-dates", 26, "-deflate", 0]
SOURCE_SEEDS = 1, 2, 3
STACK_SEEDS = (2,)

# What is switched on together, and in which shapes.
STACKS = {
    "GAMMA, two connections": ["-family", "gamma", "-connections", 2],
    "bursts, three connections": ["-family", "burst", "-connections", 3],
}
REPAIR, HEIGHT, RAMP = ["-unwrap_error", "l1"], ["-troposphere", "height_correlation"], ["-deramp", "linear"]
RUNS = {
    "no correction": [],
    "unwrapping errors (l1)": REPAIR,
    "l1, height-dependent delay": REPAIR + HEIGHT,
    "l1, ramps": REPAIR + RAMP,
}

# Sources of error one by one, and what there is against each.
ALL_OFF = ["-no_turbulence", "-no_stratified", "-no_dem_error", "-no_unwrap_errors", "-no_noise"]
SOURCES = {
    "noise of decorrelation": ("-no_noise", None),
    "unwrapping errors": ("-no_unwrap_errors", REPAIR),
    "height-dependent delay": ("-no_stratified", HEIGHT),
    "turbulent delay": ("-no_turbulence", RAMP),
}


def run(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


def compare(result, stack):
    return json.loads(run("gdal_ih_simulate", "-compare", result, "-json", stack))


def use_common_mask(results):
    """All results get the mask of the pixels that are reliable in each of them."""
    from osgeo import gdal
    rasters = [gdal.Open(str(result / "mask.tif")) for result in results]
    common = np.minimum.reduce([raster.ReadAsArray() for raster in rasters])
    like = rasters[0]
    geotransform, srs, rasters = like.GetGeoTransform(), like.GetSpatialRef(), None
    for result in results:
        (result / "mask.tif").unlink()
        mask = gdal.GetDriverByName("GTiff").Create(str(result / "mask.tif"), common.shape[1], common.shape[0], 1)
        mask.SetGeoTransform(geotransform)
        mask.SetSpatialRef(srs)
        mask.GetRasterBand(1).WriteArray(common)
        mask = None


def figures_of(folder, options, runs):
    """Figures of every run over one stack, on the pixels that all runs call reliable; 'own_pixels' on its own."""
    stack = folder / "stack"
    run("gdal_ih_simulate", "-q", *SCENE, *options, stack)
    results, own = {}, {}
    for k, (name, words) in enumerate(runs.items()):
        results[name] = folder / f"result{k}"
        run("gdal_ih_sbas", "-q", *words, stack, results[name])
        own[name] = compare(results[name], stack)["pixels"]
    use_common_mask(results.values())
    figures = {name: {**compare(result, stack), "own_pixels": own[name]} for name, result in results.items()}
    shutil.rmtree(folder)
    return figures


def values(figures, name, key):
    return [f[name][key] for f in figures if f[name][key] is not None]


def rms(numbers):
    return math.sqrt(sum(x * x for x in numbers) / len(numbers))


def mean(numbers):
    return sum(numbers) / len(numbers)


def shown(number, digits):
    """In words when too small for the digits."""
    text = f"{number:.{digits}f}"
    return f"{number:.1g}" if number and float(text) == 0 else text


def row(figures, name):
    def of(key):
        return values(figures, name, key)
    repaired, harmed = of("repaired_share"), of("harmed_share")
    velocity = of("velocity_rms_mm_per_year")
    cells = [name, f"{mean(of('own_pixels')):.0f}",
             f"{rms(velocity):.1f}",
             f"{rms(of('velocity_bias_mm_per_year')):.1f}",
             f"{mean(of('rms_to_predicted')):.2f}",
             f"{100 * mean(of('share_within_2_standard_deviations')):.0f} %",
             f"{rms(of('displacement_rms_mm')):.1f}",
             f"{100 * mean(repaired):.1f} %" if repaired else "",
             f"{shown(100 * mean(harmed), 4)} %" if harmed else ""]
    return "| " + " | ".join(cells) + " |"


def stack_table(folder):
    head = ["correction", "reliable pixels", "velocity RMS, mm/year", "bias, mm/year", "RMS / stated",
            "within two deviations", "displacement RMS, mm", "repaired", "harmed"]
    lines = []
    for title, options in STACKS.items():
        figures = [figures_of(folder / str(seed), ["-seed", seed, *options], RUNS) for seed in STACK_SEEDS]
        lines += ["", f"{title[0].upper()}{title[1:]}:", "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        lines += [row(figures, name) for name in RUNS]
        print("\n".join(lines[-len(RUNS) - 3:]), flush=True)
    return lines[1:]


def source_table(folder):
    head = ["alone in the stack", "velocity RMS, mm/year", "displacement RMS, mm", "with", "velocity RMS, mm/year",
            "displacement RMS, mm"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for source, (switch, remedy) in SOURCES.items():
        options = [word for word in ALL_OFF if word != switch]
        runs = {"without": [], **({"with": remedy} if remedy else {})}
        figures = [figures_of(folder / str(seed), ["-seed", seed, *options], runs) for seed in SOURCE_SEEDS]
        cells = [source]
        for name in "without", "with":
            if name == "with":
                cells.append(f"`{' '.join(remedy)}`" if remedy else "")
            known = name in runs
            cells.append(f"{rms(values(figures, name, 'velocity_rms_mm_per_year')):.2f}" if known else "")
            cells.append(f"{rms(values(figures, name, 'displacement_rms_mm')):.2f}" if known else "")
        lines.append("| " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    return lines


def fill(name, lines):
    text = DOCUMENT.read_text()
    before, rest = text.split(f"<!-- {name} -->", 1)
    after = rest.split(f"<!-- /{name} -->", 1)[1]
    DOCUMENT.write_text(f"{before}<!-- {name} -->\n\n" + "\n".join(lines) + f"\n\n<!-- /{name} -->{after}")


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("IH_BUILD_DIR", SOURCE / "build")).resolve()
    os.environ["PATH"] = str(build / "utilities") + os.pathsep + os.environ["PATH"]
    os.environ["GDAL_DRIVER_PATH"] = str(build / "drivers" / "hyp3")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        sources = source_table(folder)
        stacks = stack_table(folder)
    fill("sources", sources)
    fill("stacks", stacks)


if __name__ == "__main__":
    main()
