#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make the figures of docs/accuracy.md: simulated stacks through gdal_ih_sbas, compared with their truth.

    make_accuracy.py [BUILD_FOLDER]   measure: rewrites figures.json beside this script and the tables of the page
    make_accuracy.py -tables          rewrite the tables from figures.json only

Measuring takes five to ten minutes on two cores and 100 MB of disk for temporary files. The tables stand between
<!-- NAME --> and <!-- /NAME -->; the text around them is written by hand and holds no figures of its own. Everything is
seeded: the same programs give the same figures. tests/docs/test_accuracy.py compares page, figures.json and programs.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = SOURCE / "docs" / "accuracy.md"
RECORD = pathlib.Path(__file__).resolve().with_name("figures.json")

SCENE = ["-ts", 160, 120, "-dates", 26, "-deflate", 0]
SEEDS = 1, 2, 3, 4, 5
BURSTS = ["-family", "burst", "-connections", 3]
GAMMA = ["-family", "gamma", "-connections", 3]

REPAIR, HEIGHT, RAMP = ["-unwrap_error", "l1"], ["-troposphere", "height_correlation"], ["-deramp", "linear"]
HEIGHTS, OUTLIERS = ["-dem_error"], ["-outlier_cutoff", 3]
RECOMMENDED, ALL = "`-unwrap_error l1` (recommended)", "all four together, `-outlier_cutoff 3`"
REPAIRED = {"none": [], RECOMMENDED: REPAIR}
CORRECTED = {
    **REPAIRED,
    "`-norm l1`": ["-norm", "l1"],
    "`-unwrap_error bridging`": ["-unwrap_error", "bridging"],
    "`-unwrap_error phase_closure`": ["-unwrap_error", "phase_closure"],
    "`-unwrap_error bridging+phase_closure`": ["-unwrap_error", "bridging+phase_closure"],
    "l1, `-dem_error`": REPAIR + HEIGHTS,
    "l1, `-troposphere height_correlation`": REPAIR + HEIGHT,
    "l1, `-deramp linear`": REPAIR + RAMP,
    ALL: REPAIR + HEIGHT + RAMP + HEIGHTS + OUTLIERS,
}


def only(*switches):
    """Options of a stack with these sources of error or motion alone."""
    everything = ["-no_turbulence", "-no_stratified", "-no_dem_error", "-no_unwrap_errors", "-no_noise"]
    return [word for word in everything if word not in switches]


STILL = ["-no_bowl", "-no_fault", "-no_seasonal", "-no_step"]

# Experiments: what is simulated, and the runs of gdal_ih_sbas over it.
SOURCES = {
    "noise of decorrelation": (only("-no_noise"), None),
    "unwrapping errors": (only("-no_unwrap_errors"), REPAIR),
    "height-dependent delay": (only("-no_stratified"), HEIGHT),
    "turbulent delay": (only("-no_turbulence"), RAMP),
    "errors of the DEM": (only("-no_dem_error"), HEIGHTS),
}
MOTION = {
    "height-dependent delay, no motion": (only("-no_stratified") + STILL, HEIGHT),
    "motion, no delay": (only(), HEIGHT),
    "turbulent delay, no motion": (only("-no_turbulence") + STILL, RAMP),
    "motion, no delay of any kind": (only(), RAMP),
}
STACKS = {
    "GAMMA, three connections": (GAMMA, CORRECTED),
    "bursts, three connections": (BURSTS, CORRECTED),
    "GAMMA, two connections": (["-family", "gamma", "-connections", 2], REPAIRED),
}
TERRAIN_RUNS = {"`-unwrap_error l1`": REPAIR, "l1, `-dem_error`": REPAIR + HEIGHTS}
TERRAIN = {
    "heights wrong by 6 m": (BURSTS + ["-dem_error", 6], TERRAIN_RUNS),
    "heights wrong by 30 m": (BURSTS + ["-dem_error", 30], TERRAIN_RUNS),
}


def remedy_runs(remedy):
    return {"without": [], **({"with": remedy} if remedy else {})}


EXPERIMENTS = {
    "sources": {name: (options, remedy_runs(remedy)) for name, (options, remedy) in SOURCES.items()},
    "motion": {name: (options, remedy_runs(remedy)) for name, (options, remedy) in MOTION.items()},
    "terrain": TERRAIN,
    "stacks": STACKS,
}


def run(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


def use_build(build):
    os.environ["PATH"] = str(build / "utilities") + os.pathsep + os.environ["PATH"]
    os.environ["GDAL_DRIVER_PATH"] = str(build / "drivers" / "hyp3")


def rounded(value):
    return float(f"{value:.5g}") if isinstance(value, float) else value


def compare(result, stack):
    said = json.loads(run("gdal_ih_simulate", "-compare", result, "-json", stack))
    kept = {key: rounded(said[key]) for key in
            ("velocity_bias_mm_per_year", "velocity_rms_mm_per_year", "rms_to_predicted",
             "share_within_2_standard_deviations", "displacement_rms_mm", "dem_error_rms_m", "repaired_share",
             "harmed_share", "planted_unwrapping_errors") if said.get(key) is not None}
    kept["displacement_rms_mm_of_dates"] = [rounded(date["rms_mm"]) for date in said["displacement_of_dates"]]
    kept["own_pixels"] = json.loads((result / "run.json").read_text())["statistics"]["reliable_pixels"]
    return kept


def use_common_mask(results):
    """All results get the mask of the pixels that are reliable in each of them."""
    import numpy as np
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


def measure(folder, seed, options, runs):
    """Figures of every run over one stack, on the pixels that all runs call reliable; 'own_pixels' on its own."""
    stack = folder / "stack"
    run("gdal_ih_simulate", "-q", *SCENE, "-seed", seed, *options, stack)
    results = {}
    for k, (name, words) in enumerate(runs.items()):
        results[name] = folder / f"result{k}"
        run("gdal_ih_sbas", "-q", "-no_overview", *words, stack, results[name])
    use_common_mask(results.values())
    figures = {name: compare(result, stack) for name, result in results.items()}
    shutil.rmtree(folder)
    return figures


def measure_all(folder):
    figures = {}
    for experiment, stacks in EXPERIMENTS.items():
        figures[experiment] = {}
        for title, (options, runs) in stacks.items():
            start = time.monotonic()
            per_seed = [measure(folder / "one", seed, options, runs) for seed in SEEDS]
            figures[experiment][title] = {name: [one[name] for one in per_seed] for name in runs}
            print(f"{experiment}: {title} ({time.monotonic() - start:.0f} s)", flush=True)
    return figures


def shown(number, digits):
    """In words when too small for the digits."""
    text = f"{number:.{digits}f}"
    return f"{number:.1g}" if number and float(text) == 0 else text


def cell(per_seed, key, digits, scale=1, unit=""):
    """Mean over the seeds, and their range; empty when no seed has the figure. Of a bias the size counts."""
    numbers = [abs(scale * one[key]) for one in per_seed if key in one]
    if not numbers:
        return ""
    mean, least, most = sum(numbers) / len(numbers), min(numbers), max(numbers)
    if least == most:
        return shown(mean, digits) + unit
    return f"{shown(mean, digits)} ({shown(least, digits)} to {shown(most, digits)}){unit}"


def table(head, rows):
    return ["| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rows)]


VELOCITY, BIAS, SERIES = "velocity_rms_mm_per_year", "velocity_bias_mm_per_year", "displacement_rms_mm"


def remedy_table(figures, experiments):
    rows = []
    for title, (_, remedy) in experiments.items():
        row = [title]
        for name in "without", "with":
            per_seed = figures[title].get(name, [])
            if name == "with":
                row.append(f"`{' '.join(map(str, remedy))}`" if remedy else "")
            row += [cell(per_seed, VELOCITY, 2), cell(per_seed, SERIES, 2)]
        rows.append(row)
    return table(["in the stack", "velocity RMS, mm/year", "displacement RMS, mm", "with", "velocity RMS, mm/year",
                  "displacement RMS, mm"], rows)


def terrain_table(figures):
    return table(["stack", "options", "velocity RMS, mm/year", "displacement RMS, mm", "DEM error RMS, m"],
                 [[title, name, cell(per_seed, VELOCITY, 1), cell(per_seed, SERIES, 1),
                   cell(per_seed, "dem_error_rms_m", 1)]
                  for title, runs in figures.items() for name, per_seed in runs.items()])


def velocity_table(runs):
    return table(["options", "reliable pixels", "velocity RMS, mm/year", "bias, ± mm/year", "RMS / stated",
                  "within two deviations"],
                 [[name, cell(per_seed, "own_pixels", 0), cell(per_seed, VELOCITY, 1), cell(per_seed, BIAS, 1),
                   cell(per_seed, "rms_to_predicted", 2),
                   cell(per_seed, "share_within_2_standard_deviations", 0, 100, " %")]
                  for name, per_seed in runs.items()])


def series_table(runs):
    return table(["options", "displacement RMS, mm", "DEM error RMS, m", "planted", "repaired", "harmed, per million"],
                 [[name, cell(per_seed, SERIES, 1), cell(per_seed, "dem_error_rms_m", 1),
                   cell(per_seed, "planted_unwrapping_errors", 0), cell(per_seed, "repaired_share", 1, 100, " %"),
                   cell(per_seed, "harmed_share", 1, 1e6)]
                  for name, per_seed in runs.items()])


def stack_tables(figures):
    lines = []
    for title, runs in figures.items():
        lines += ["", f"{title[0].upper()}{title[1:]}:", "", *velocity_table(runs), "", *series_table(runs)]
    return lines[1:]


def date_table(figures):
    """Every date of the stacks with all corrections."""
    names = [(title, name) for title, (_, runs) in STACKS.items() if ALL in runs for name in ("none", RECOMMENDED, ALL)]
    series = [[one["displacement_rms_mm_of_dates"] for one in figures[title][name]] for title, name in names]
    rows = []
    for k in range(len(series[0][0])):
        per_run = [[{"rms": dates[k]} for dates in per_seed] for per_seed in series]
        rows.append([str(12 * (k + 1)), *(cell(per_seed, "rms", 1) for per_seed in per_run)])
    return table(["days since the first date", *(f"{title}: {name}" for title, name in names)], rows)


def tables(figures):
    """Lines of every table of the page, by name."""
    return {"sources": remedy_table(figures["sources"], SOURCES), "motion": remedy_table(figures["motion"], MOTION),
            "terrain": terrain_table(figures["terrain"]), "stacks": stack_tables(figures["stacks"]),
            "dates": date_table(figures["stacks"])}


def with_tables(text, figures):
    """The page with its tables made again."""
    for name, lines in tables(figures).items():
        before, rest = text.split(f"<!-- {name} -->", 1)
        after = rest.split(f"<!-- /{name} -->", 1)[1]
        text = f"{before}<!-- {name} -->\n\n" + "\n".join(lines) + f"\n\n<!-- /{name} -->{after}"
    return text


def main():
    if sys.argv[1:] != ["-tables"]:
        use_build(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("IH_BUILD_DIR", SOURCE / "build"))
                  .resolve())
        with tempfile.TemporaryDirectory() as name:
            figures = measure_all(pathlib.Path(name))
        # a line for every stack and run
        text = json.dumps(figures, separators=(",", ":"))
        RECORD.write_text(text.replace("{\"velocity_bias", "\n{\"velocity_bias") + "\n")
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text(), json.loads(RECORD.read_text())))


if __name__ == "__main__":
    main()
