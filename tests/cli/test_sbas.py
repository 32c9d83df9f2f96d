# SPDX-License-Identifier: MIT
"""gdal_ih_sbas against an independent least-squares solution, against simulated truth, and with everything wrong
that a user can hand it.

The oracle solves every pixel on its own with numpy's SVD in double precision, in the velocity form of the small-baseline
method (minimum-norm velocities where the network has gaps), with weights from the integral of the phase density, so it
shares neither code nor method with the program.
"""
import json
import math
import os
import shutil
import signal
import subprocess
import zipfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, osr

from conftest import SOURCE, run
from make_product import make_gamma, make_stack

gdal.UseExceptions()

WAVELENGTH_M = 0.0554657595
RASTERS = ["velocity.tif", "displacement.tif", "temporal_coherence.tif", "average_coherence.tif",
           "valid_pairs.tif", "mask.tif"]


# -------- the oracle ---------------------------------------------------------------------------------------------------

def phase_variance(looks):
    """Variance of the interferometric phase for coherence 0.0025, 0.0075, ...: Tough et al. 1995, eq. 66, summed over 200
    phases, looks a whole number."""
    phase = np.linspace(-math.pi, math.pi, 200)
    variance = np.empty(200)
    for i in range(200):
        g = 0.005 * (i + 1) - 0.0025
        b = g * np.cos(phase)
        first = math.exp(math.lgamma(2 * looks - 1) - 2 * math.lgamma(looks) - 2 * (looks - 1) * math.log(2))
        density = first * ((2 * looks - 1) * b * (math.pi / 2 + np.arcsin(b)) / (1 - b**2) ** (looks + 0.5)
                           + 1 / (1 - b**2) ** looks)
        if looks > 1:
            for r in range(looks - 1):
                factor = math.exp(math.lgamma(looks - 0.5) - math.lgamma(looks - 0.5 - r)
                                  + math.lgamma(looks - 1 - r) - math.lgamma(looks - 1))
                density = density + factor / (2 * (looks - 1)) * (1 + (2 * r + 1) * b**2) / (1 - b**2) ** (r + 2)
        density = density * (1 - g**2) ** looks / (2 * math.pi)
        variance[i] = np.sum(phase**2 * density) * 2 * math.pi / 200
    return variance


def weights_of(coherence, kind, looks):
    c = np.maximum(np.nan_to_num(coherence), 0.05)
    level = np.floor((np.clip(c, 0.0025, 0.9975) - 0.0025) / 0.005).astype(int).clip(0, 199)
    if kind == "variance":
        return 1 / phase_variance(looks)[level]
    middle = 0.005 * (level + 1)              # one byte of coherence: the middle of its bin
    if kind == "coherence":
        return middle
    if kind == "fisher":
        middle = np.minimum(middle, 0.999)
        return 2 * looks * middle**2 / (1 - middle**2)
    return np.ones_like(c)


def decimal_years(dates, seconds):
    return np.array([d.year + (d.timetuple().tm_yday - 1) / 365.25 + seconds / (365.25 * 86400) for d in dates])


def invert(pairs, dates, phase, weight):
    """Phase of every date, (date, pixel), and temporal coherence; phase and weight are (pair, pixel)."""
    days = np.array([(d - dates[0]).days for d in dates], float)
    step = np.diff(days / 365.25)
    design = np.zeros((len(pairs), len(dates) - 1))
    for k, (a, b) in enumerate(pairs):
        design[k, dates.index(a):dates.index(b)] = step[dates.index(a):dates.index(b)]
    touches = np.array([[d in pair for d in dates[1:]] for pair in pairs])
    series = np.full((len(dates), phase.shape[1]), np.nan)
    coherence = np.full(phase.shape[1], np.nan)
    for p in range(phase.shape[1]):
        ok = np.isfinite(phase[:, p])
        if not ok.any() or (touches[ok].sum(axis=0) < 1).any():
            continue
        root = np.sqrt(weight[ok, p])
        velocity = np.linalg.lstsq(root[:, None] * design[ok], root * phase[ok, p], rcond=1e-10)[0]
        series[:, p] = np.concatenate([[0], np.cumsum(velocity * step)])
        residual = phase[ok, p] - design[ok] @ velocity
        coherence[p] = abs(np.exp(1j * residual).sum()) / ok.sum()
    return series, coherence


def fit_velocity(years, displacement):
    g = np.stack([np.ones(len(years)), years - years[0]], axis=1)
    solved = np.isfinite(displacement).all(axis=0)
    velocity, deviation = (np.full(displacement.shape[1], np.nan) for _ in range(2))
    estimate, *_ = np.linalg.lstsq(g, displacement[:, solved], rcond=None)
    square = ((displacement[:, solved] - g @ estimate) ** 2).sum(axis=0)
    velocity[solved] = estimate[1]
    deviation[solved] = np.sqrt(np.linalg.inv(g.T @ g)[1, 1] * square / (len(years) - 2))
    return velocity, deviation


# -------- stacks made here ---------------------------------------------------------------------------------------------

def write_raster(path, values, metadata=None, origin=(500000, 4000000), spacing=80, epsg=32614, nodata=0):
    rows, columns = values.shape
    ds = gdal.GetDriverByName("GTiff").Create(str(path), columns, rows, 1, gdal.GDT_Float32)
    ds.SetGeoTransform([origin[0], spacing, 0, origin[1], 0, -spacing])
    if epsg:
        srs = osr.SpatialReference()
        srs.ImportFromEPSG(epsg)
        ds.SetSpatialRef(srs)
    ds.SetMetadata(metadata or {})
    if nodata is not None:
        ds.GetRasterBand(1).SetNoDataValue(nodata)
    ds.GetRasterBand(1).WriteArray(values.astype(np.float32))
    ds = None


class Stack:
    """A pairs.csv with noisy phases of a smooth motion."""

    def __init__(self, folder, nx=37, ny=23, dates=7, connections=3, noise=0.3, holes=0.1, seed=7, **grid):
        random = np.random.default_rng(seed)
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.dates = [date(2019, 11, 8) + timedelta(days=12 * i + (7 if i > 3 else 0)) for i in range(dates)]
        self.pairs = [(self.dates[i], self.dates[j]) for i in range(dates)
                      for j in range(i + 1, min(dates, i + 1 + connections))]
        y, x = np.mgrid[0:ny, 0:nx]
        rate = -0.2 * np.exp(-((x - nx / 2) ** 2 + (y - ny / 3) ** 2) / 60)
        motion = [rate * (d - self.dates[0]).days / 365.25 + random.normal(0, 0.003) for d in self.dates]
        self.metadata = {"WAVELENGTH_METRES": repr(WAVELENGTH_M), "FIRST_TIME": "12:30:00",
                         "RANGE_LOOKS": "20", "AZIMUTH_LOOKS": "4"}
        self.phase, self.coherence, self.baselines = [], [], []
        lines = ["reference_date,secondary_date,perpendicular_baseline_m,unw,corr"]
        position = random.normal(0, 60, dates)
        for a, b in self.pairs:
            i, j = self.dates.index(a), self.dates.index(b)
            coherence = random.uniform(0.05, 1, (ny, nx))
            phase = -4 * math.pi / WAVELENGTH_M * (motion[j] - motion[i]) + random.normal(0, noise, (ny, nx)) + 1
            phase[random.random((ny, nx)) < holes] = 0
            phase[5, 7], coherence[5, 7] = random.normal(2), 0.999
            coherence[:, 0] = 0
            self.phase.append(phase.astype(np.float32).astype(float))
            self.coherence.append(coherence.astype(np.float32).astype(float))
            self.baselines.append(position[j] - position[i])
            name = f"{a:%Y%m%d}_{b:%Y%m%d}"
            write_raster(self.folder / f"{name}_unw.tif", phase, self.metadata, **grid)
            write_raster(self.folder / f"{name}_corr.tif", coherence, **grid)
            lines.append(f"{a},{b},{self.baselines[-1]:.6f},{name}_unw.tif,{name}_corr.tif")
        self.phase, self.coherence = np.array(self.phase), np.array(self.coherence)
        self.csv = self.folder / "pairs.csv"
        self.csv.write_text("\n".join(lines) + "\n")

    def rewrite(self, keep):
        lines = self.csv.read_text().splitlines()
        self.csv.write_text("\n".join([lines[0]] + [l for l in lines[1:] if keep(l)]) + "\n")


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    return Stack(tmp_path_factory.mktemp("stack"))


def sbas(*words, code=0, **more):
    done = run("gdal_ih_sbas", "-q", *words, check=False, **more)
    assert done.returncode == code, f"{words} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def read(folder, name):
    ds = gdal.Open(str(Path(folder) / name))
    values = ds.ReadAsArray()
    del ds
    return values


def report(folder):
    return json.loads((Path(folder) / "run.json").read_text())


def count_parts(pairs, dates, valid):
    """Connected parts of the dates, joined by the valid pairs."""
    part = {day: day for day in dates}
    for (a, b), used in zip(pairs, valid):
        if used and part[a] != part[b]:
            old, new = part[b], part[a]
            part = {day: new if p == old else p for day, p in part.items()}
    return len(set(part.values()))


def check_against_oracle(out, pairs, dates, phase, coherence, seconds, wavelength, kind="variance", looks=41,
                         reference_phase=None):
    """phase and coherence are (pair, row, column), no-data NaN in phase; reference_phase is (pair), that of the reference
    point by default."""
    reference = report(out)["reference"]
    shape = phase.shape[1:]
    if reference_phase is None:
        reference_phase = phase[:, reference["row"], reference["column"]]
    referenced = phase - reference_phase[:, None, None]
    flat = referenced.reshape(len(pairs), -1)
    weight = weights_of(coherence, kind, looks).reshape(len(pairs), -1)
    series, quality = invert(pairs, dates, flat, weight)
    displacement = -wavelength / (4 * math.pi) * series
    velocity, deviation = fit_velocity(decimal_years(dates, seconds), displacement)

    got = read(out, "displacement.tif").reshape(len(dates), -1)
    assert (np.isnan(got) == np.isnan(displacement)).all()
    # The program stores float32 phases: 1e-5 m and 1e-6 m/yr are its promise.
    assert np.nanmax(abs(got - displacement)) < 1e-5
    v, sd = read(out, "velocity.tif").reshape(2, -1)
    assert (np.isnan(v) == np.isnan(velocity)).all()
    assert np.nanmax(abs(v - velocity)) < 1e-6
    assert np.nanmax(abs(sd - deviation)) < 1e-6
    tc = read(out, "temporal_coherence.tif").reshape(-1)
    assert (np.isnan(tc) == np.isnan(quality)).all()
    assert np.nanmax(abs(tc - quality)) < 1e-5
    solved = np.isfinite(quality)
    assert (read(out, "valid_pairs.tif")[0].reshape(-1) == np.where(solved, np.isfinite(flat).sum(axis=0), 0)).all()
    # Where a pixel's own pairs fall into more parts than all pairs do, its displacement is partly assumed: not reliable.
    parts = np.array([count_parts(pairs, dates, column) for column in np.isfinite(flat).T])
    assert (read(out, "valid_pairs.tif")[1].reshape(-1)[solved] == parts[solved]).all()
    whole = count_parts(pairs, dates, np.ones(len(pairs), bool))
    measured = parts <= whole
    # Without a pair more than the dates need, temporal coherence is 1 whatever was measured: not reliable either.
    spare = np.isfinite(flat).sum(axis=0) - (len(dates) - parts)
    checked = (spare > 0) | (len(pairs) == len(dates) - whole)
    mask = read(out, "mask.tif").reshape(-1)
    clear = abs(quality - 0.7) > 1e-5
    assert (mask[clear & solved] == ((quality >= 0.7) & measured & checked)[clear & solved]).all()
    assert (mask[~solved] == 0).all()
    counted = report(out)["statistics"]
    assert counted["gap_pixels"] == (solved & ~measured).sum()
    assert counted["unchecked_pixels"] == (solved & measured & ~checked).sum()
    assert counted["observed_pixels"] == np.isfinite(flat).any(axis=0).sum()
    return shape


# -------- numbers ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["variance", "coherence", "fisher", "none"])
def test_every_weight_agrees_with_a_least_squares_solution_per_pixel(stack, tmp_path, kind):
    sbas(stack.csv, tmp_path / "out", "-weight", kind, "-ref_pixel", 7, 5)
    phase = np.where(stack.phase == 0, np.nan, stack.phase)
    check_against_oracle(tmp_path / "out", stack.pairs, stack.dates, phase, stack.coherence, 45000,
                         WAVELENGTH_M, kind)


def test_gaps_in_the_network_are_bridged_by_least_velocity(tmp_path):
    stack = Stack(tmp_path / "in", holes=0.45, connections=2, seed=3)
    sbas(stack.csv, tmp_path / "out", "-ref_pixel", 7, 5)
    phase = np.where(stack.phase == 0, np.nan, stack.phase)
    check_against_oracle(tmp_path / "out", stack.pairs, stack.dates, phase, stack.coherence, 45000, WAVELENGTH_M)
    parts = read(tmp_path / "out", "valid_pairs.tif")[1]
    assert parts.max() > 1, "some pixel's network must be in parts for this test to test something"


def test_averages_are_those_of_the_inputs(stack, tmp_path):
    sbas(stack.csv, tmp_path / "out", "-ref_pixel", 7, 5)
    average = read(tmp_path / "out", "average_coherence.tif")
    assert abs(average - stack.coherence.mean(axis=0)).max() < 1e-6
    lines = (tmp_path / "out" / "network.csv").read_text().splitlines()
    head = lines[0].split(",")
    for k, line in enumerate(lines[1:]):
        cell = dict(zip(head, line.split(",")))
        c = stack.coherence[k]
        assert float(cell["mean_coherence"]) == pytest.approx(c[c > 0].mean(), abs=1e-6)
        assert float(cell["valid_fraction"]) == pytest.approx((stack.phase[k] != 0).mean(), abs=1e-6)
        assert float(cell["perpendicular_baseline_m"]) == pytest.approx(stack.baselines[k], abs=1e-4)
        assert (cell["reference_date"], cell["secondary_date"]) == tuple(map(str, stack.pairs[k]))


def test_residuals_of_pairs_are_those_of_the_solution(stack, tmp_path):
    sbas(stack.csv, tmp_path / "out", "-ref_pixel", 7, 5)
    displacement = read(tmp_path / "out", "displacement.tif").astype(float)
    series = displacement * (-4 * math.pi / WAVELENGTH_M)
    lines = (tmp_path / "out" / "residual_rms.csv").read_text().splitlines()[1:]
    for k, (a, b) in enumerate(stack.pairs):
        phase = np.where(stack.phase[k] == 0, np.nan, stack.phase[k]) - stack.phase[k][5, 7]
        residual = phase - (series[stack.dates.index(b)] - series[stack.dates.index(a)])
        expected = math.sqrt(np.nanmean(residual**2))
        assert float(lines[k].split(",")[2]) == pytest.approx(expected, rel=1e-4)
        assert int(lines[k].split(",")[4]) == np.isfinite(residual).sum()


def test_baselines_of_dates_fit_those_of_pairs(stack, tmp_path):
    sbas(stack.csv, tmp_path / "out", "-ref_pixel", 7, 5)
    position = [d["perpendicular_baseline_m"] for d in report(tmp_path / "out")["dates"]]
    assert position[0] == 0
    for (a, b), baseline in zip(stack.pairs, stack.baselines):
        difference = position[stack.dates.index(b)] - position[stack.dates.index(a)]
        assert difference == pytest.approx(baseline, abs=1e-3)   # four decimals in the list


def test_mexico_city_agrees_with_a_least_squares_solution_per_pixel(sample_data, tmp_path):
    folder = sample_data / "mexico-city"
    sbas(folder / "pairs.csv", tmp_path / "out", "-ref_lonlat", -99.1793, 19.4381, "-looks", 20)
    rows = [l.split(",") for l in (folder / "pairs.csv").read_text().split()[1:]]
    pairs = [(date.fromisoformat(r[0]), date.fromisoformat(r[1])) for r in rows]
    dates = sorted({d for p in pairs for d in p})
    phase = np.array([read(folder, r[3]) for r in rows], float)
    coherence = np.array([read(folder, r[4]) for r in rows], float)
    wavelength = float(gdal.Open(str(folder / rows[0][3])).GetMetadataItem("WAVELENGTH_METRES"))
    check_against_oracle(tmp_path / "out", pairs, dates, np.where(phase == 0, np.nan, phase), coherence, 2421,
                         wavelength, looks=20)
    # The lake bed in the east sinks by decimetres a year, the hills in the west stand still.
    velocity = read(tmp_path / "out", "velocity.tif")[0]
    assert np.nanmedian(velocity[:, 80:]) < -0.15 and abs(np.nanmedian(velocity[:, 5:20])) < 0.03


# -------- simulated products -------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def clean_stack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "clean"
    run("gdal_ih_simulate", "-q", "-no_errors", "-dates", 6, "-ts", 120, 90, folder)
    return folder


def truth_window(folder, out, name):
    truth, result = gdal.Open(str(folder / "truth" / name)), gdal.Open(str(out / "velocity.tif"))
    a, b = truth.GetGeoTransform(), result.GetGeoTransform()
    column, row = round((b[0] - a[0]) / a[1]), round((b[3] - a[3]) / a[5])
    return truth.ReadAsArray(column, row, result.RasterXSize, result.RasterYSize).astype(float)


def test_products_without_errors_give_the_true_displacement(clean_stack, tmp_path):
    out = tmp_path / "out"
    sbas(clean_stack, out)
    got = read(out, "displacement.tif").astype(float)
    truth = truth_window(clean_stack, out, "displacement.tif")
    reference = report(out)["reference"]
    truth = truth - truth[0]
    truth -= truth[:, reference["row"], reference["column"]][:, None, None]
    # Where phases are missing the true motion between separate dates cannot be known.
    complete = read(out, "valid_pairs.tif")[0] == report(out)["network"]["pairs"]
    assert complete.mean() > 0.5
    assert abs(got - truth)[:, complete].max() < 1e-6


def test_velocity_lies_within_its_stated_deviation(tmp_path):
    run("gdal_ih_simulate", "-q", "-dates", 12, "-ts", 120, 90, tmp_path / "in")
    out = tmp_path / "out"
    sbas(tmp_path / "in", out)
    velocity, deviation = read(out, "velocity.tif").astype(float)
    reference, reliable = report(out)["reference"], read(out, "mask.tif") == 1
    truth = truth_window(tmp_path / "in", out, "displacement.tif")
    years = decimal_years([date.fromisoformat(d["date"]) for d in report(out)["dates"]], 0)
    truth = truth - truth[:, reference["row"], reference["column"]][:, None, None]
    true_velocity = np.polynomial.polynomial.polyfit(years - years[0], truth.reshape(len(years), -1), 1)[1]
    reliable &= deviation > 0     # not the reference point itself
    error = abs(velocity - true_velocity.reshape(velocity.shape))[reliable] / deviation[reliable]
    assert (error < 1).mean() > 0.683 * 0.9 and (error < 2).mean() > 0.954 * 0.9


def test_geometry_is_in_angles_from_the_vertical_and_from_north(tmp_path):
    products = make_stack(tmp_path / "in", ["20200604", "20200616", "20200628"], maker=make_gamma, masked=False)
    sbas(tmp_path / "in", tmp_path / "out")
    first = products[0]
    height, incidence, azimuth = read(tmp_path / "out", "geometry.tif").astype(float)
    seen = np.isfinite(incidence)
    assert seen.any()
    expected = 90 - np.degrees(first["lv_theta"].astype(float))
    assert abs(incidence - expected)[seen].max() < 1e-4
    difference = azimuth - (np.degrees(first["lv_phi"].astype(float)) - 90)
    assert abs((difference + 180) % 360 - 180)[seen].max() < 1e-4
    assert azimuth[seen].min() >= -180 and azimuth[seen].max() < 180
    assert abs(height - first["dem"])[seen].max() == 0


def test_water_has_no_result(tmp_path):
    mask = np.ones((30, 40), np.uint8)
    mask[:, :6] = 0
    make_stack(tmp_path / "in", ["20200604", "20200616", "20200628"], maker=make_gamma, arrays={"water_mask": mask}, masked=False)
    sbas(tmp_path / "in", tmp_path / "out")
    assert np.isnan(read(tmp_path / "out", "displacement.tif")[:, :, :6]).all()
    assert (read(tmp_path / "out", "mask.tif")[:, :6] == 0).all()
    assert report(tmp_path / "out")["statistics"]["water_pixels"] == 6 * 30


# -------- the same bytes, however computed -----------------------------------------------------------------------------

def contents(folder):
    files = {}
    for path in sorted(Path(folder).iterdir()):
        if path.name == "run.json":
            whole = json.loads(path.read_text())
            del whole["execution"]
            files[path.name] = json.dumps(whole)
        else:
            files[path.name] = path.read_bytes()
    return files


def test_threads_memory_and_blocks_change_no_byte(clean_stack, tmp_path):
    runs = {"one": (["-threads", 1, "-no_resume"], {}), "two": (["-threads", 2, "-no_resume"], {}),
            "file": (["-threads", 2, "-wm", "100KB", "-no_resume"], {}),
            "blocks": (["-threads", 3, "-no_resume"], {"IH_BLOCK_PIXELS": "512"}),
            "resumable": (["-threads", 2], {"IH_BLOCK_PIXELS": "1024"}),
            "file_blocks": (["-threads", 1, "-wm", "1B", "-no_resume"], {"IH_BLOCK_PIXELS": "4096"})}
    for name, (words, env) in runs.items():
        sbas(clean_stack, tmp_path / name, *words, env=env)
    assert report(tmp_path / "file")["execution"]["work_cube_in_file"] is True
    assert report(tmp_path / "one")["execution"]["work_cube_in_file"] is False
    first = contents(tmp_path / "one")
    assert set(first) >= set(RASTERS) | {"network.csv", "residual_rms.csv", "run.json", "quicklook.png"}
    for name in list(runs)[1:]:
        assert contents(tmp_path / name) == first, name


# -------- ways to name the inputs --------------------------------------------------------------------------------------

def test_a_folder_a_pattern_and_a_list_are_the_same_stack(clean_stack, tmp_path):
    zips = sorted(clean_stack.glob("*.zip"))
    (tmp_path / "list.txt").write_text("# products\n" + "\n".join(map(str, reversed(zips))) + "\n\n")
    words = {"folder": [clean_stack], "pattern": [f"{clean_stack}/S1*.zip"], "list": [f"@{tmp_path}/list.txt"],
             "names": zips}
    for name, inputs in words.items():
        sbas(*inputs, tmp_path / name)
    displacement = {n: (tmp_path / n / "displacement.tif").read_bytes() for n in words}
    assert len(set(displacement.values())) == 1


def test_unpacked_products_are_read_like_zips(clean_stack, tmp_path):
    for archive in clean_stack.glob("*.zip"):
        zipfile.ZipFile(archive).extractall(tmp_path / "unpacked")
    sbas(tmp_path / "unpacked", tmp_path / "out")
    sbas(clean_stack, tmp_path / "zips")
    for name in RASTERS:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "zips" / name).read_bytes()


def test_of_two_products_of_a_pair_the_last_by_name_is_taken(tmp_path):
    make_stack(tmp_path / "in", ["20200604", "20200616", "20200628"], maker=make_gamma, masked=False)
    again = make_gamma(tmp_path / "in", reference="20200604T022312", secondary="20200616T022312", product_id="FFFF",
                       masked=False)
    os.utime(again.path, (2**31, 2**31))
    done = sbas(tmp_path / "in", tmp_path / "out")
    whole = report(tmp_path / "out")
    assert len(whole["inputs"]) == 3 and sum(i["path"].endswith("FFFF.zip") for i in whole["inputs"]) == 1
    assert [s["kind"] for s in whole["skipped"]] == ["duplicate"]
    assert "duplicate left out" in done.stderr


# -------- grids --------------------------------------------------------------------------------------------------------

def shift_one(stack, **grid):
    """Writes the first pair again on another grid."""
    name = f"{stack.pairs[0][0]:%Y%m%d}_{stack.pairs[0][1]:%Y%m%d}"
    write_raster(stack.folder / f"{name}_unw.tif", stack.phase[0], stack.metadata, **grid)
    write_raster(stack.folder / f"{name}_corr.tif", stack.coherence[0], **grid)


def test_shifted_grids_meet_in_their_intersection_or_union(tmp_path):
    stack = Stack(tmp_path / "in", holes=0)
    shift_one(stack, origin=(500000 + 3 * 80, 4000000 + 2 * 80))
    sbas(stack.csv, tmp_path / "both", "-ref_xy", 500000 + 7.5 * 80, 4000000 - 5.5 * 80)
    sbas(stack.csv, tmp_path / "any", "-ref_xy", 500000 + 7.5 * 80, 4000000 - 5.5 * 80, "-extent", "union")
    assert report(tmp_path / "both")["grid"]["geotransform"] == [500240, 80, 0, 4000000, 0, -80]
    assert [report(tmp_path / "both")["grid"][k] for k in ("columns", "rows")] == [34, 21]
    assert report(tmp_path / "any")["grid"]["geotransform"] == [500000, 80, 0, 4000160, 0, -80]
    assert [report(tmp_path / "any")["grid"][k] for k in ("columns", "rows")] == [40, 25]
    inner = read(tmp_path / "any", "displacement.tif")[:, 2:23, 3:37]
    assert np.array_equal(inner, read(tmp_path / "both", "displacement.tif"), equal_nan=True)
    phase = stack.phase[:, 0:21, 3:37].copy()
    phase[0] = stack.phase[0][2:23, 0:34]
    coherence = stack.coherence[:, 0:21, 3:37].copy()
    coherence[0] = stack.coherence[0][2:23, 0:34]
    check_against_oracle(tmp_path / "both", stack.pairs, stack.dates, phase, coherence, 45000, WAVELENGTH_M)


def test_a_grid_out_of_step_is_resampled_by_the_nearest_neighbour(tmp_path):
    stack = Stack(tmp_path / "in", holes=0)
    shift_one(stack, origin=(500000 + 20, 4000000 - 20))   # a quarter of a pixel: the same pixel stays nearest
    done = sbas(stack.csv, tmp_path / "out", "-ref_pixel", 7, 5, "-te", 500000, 4000000 - 23 * 80, 500000 + 37 * 80,
                4000000)
    assert "1 of 15" in done.stderr and report(tmp_path / "out")["statistics"]["resampled_products"] == 1
    inner = read(tmp_path / "out", "displacement.tif")[:, 1:, 1:]
    sbas(Stack(tmp_path / "plain", holes=0).csv, tmp_path / "plain_out", "-ref_pixel", 7, 5)
    expected = read(tmp_path / "plain_out", "displacement.tif")[:, 1:, 1:]
    assert np.array_equal(inner, expected, equal_nan=True)


def test_a_product_of_the_neighbouring_zone_is_brought_over(tmp_path):
    stack = Stack(tmp_path / "in", holes=0, noise=0, spacing=80)
    name = f"{stack.pairs[0][0]:%Y%m%d}_{stack.pairs[0][1]:%Y%m%d}"
    for layer in ("unw", "corr"):
        path = stack.folder / f"{name}_{layer}.tif"
        moved = stack.folder / "moved.tif"
        gdal.Warp(str(moved), str(path), dstSRS="EPSG:32613", xRes=80, yRes=80, resampleAlg="near")
        moved.replace(path)
    sbas(stack.csv, tmp_path / "out", "-ref_pixel", 7, 5)
    assert report(tmp_path / "out")["crs"] == "EPSG:32614"
    resampled = [i["resampled"] for i in report(tmp_path / "out")["inputs"]]
    assert resampled == [True] + [False] * 14
    assert np.isfinite(read(tmp_path / "out", "velocity.tif")[0]).mean() > 0.9


def test_a_box_in_degrees_selects_its_pixels(stack, tmp_path):
    to_degrees = osr.CoordinateTransformation(*(srs_of(c) for c in (32614, 4326)))
    x0, y0, _ = to_degrees.TransformPoint(500000 + 10.5 * 80, 4000000 - 15.5 * 80)
    x1, y1, _ = to_degrees.TransformPoint(500000 + 20.5 * 80, 4000000 - 5.5 * 80)
    sbas(stack.csv, tmp_path / "out", "-te", x0, y0, x1, y1, "-te_srs", "EPSG:4326", "-ref_min_coherence", 0)
    grid = report(tmp_path / "out")["grid"]
    assert grid["geotransform"][0] == 500000 + 10 * 80 and grid["geotransform"][3] == 4000000 - 5 * 80
    assert grid["columns"] == 11 and grid["rows"] == 11


def srs_of(epsg):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(epsg)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


def test_products_apart_are_named(tmp_path):
    stack = Stack(tmp_path / "in")
    shift_one(stack, origin=(900000, 4000000))
    done = sbas(stack.csv, tmp_path / "out", code=1)
    assert "scenes that lie apart" in done.stderr and "20191108_20191120_unw.tif" in done.stderr
    assert done.stderr.count("_unw.tif") == 2 and "1 product around" in done.stderr
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


# -------- reference point ----------------------------------------------------------------------------------------------

def test_the_automatic_reference_is_the_most_coherent_pixel_with_data_in_all_pairs(stack, tmp_path):
    sbas(stack.csv, tmp_path / "out")
    average = np.where((stack.phase != 0).all(axis=0), stack.coherence.mean(axis=0), -1)
    row, column = np.unravel_index(average.argmax(), average.shape)
    reference = report(tmp_path / "out")["reference"]
    assert (reference["row"], reference["column"]) == (row, column) == (5, 7)
    assert reference["automatic"] is True
    assert (read(tmp_path / "out", "displacement.tif")[:, row, column] == 0).all()


def test_degrees_map_coordinates_and_pixels_name_the_same_point(stack, tmp_path):
    x, y = 500000 + 7.3 * 80, 4000000 - 5.8 * 80
    lon, lat, _ = osr.CoordinateTransformation(srs_of(32614), srs_of(4326)).TransformPoint(x, y)
    for name, words in {"a": ["-ref_xy", x, y], "b": ["-ref_lonlat", lon, lat], "c": ["-ref_pixel", 7, 5]}.items():
        sbas(stack.csv, tmp_path / name, *words)
        reference = report(tmp_path / name)["reference"]
        assert (reference["column"], reference["row"], reference["automatic"]) == (7, 5, False)
    assert reference["x"] == 500600 and reference["y"] == 3999560
    assert reference["lon"] == pytest.approx(lon, abs=1e-3)


def test_a_low_coherence_reference_is_taken_with_a_word_unless_a_limit_was_given(tmp_path):
    stack = Stack(tmp_path / "in", holes=0)
    for k, (a, b) in enumerate(stack.pairs):
        write_raster(stack.folder / f"{a:%Y%m%d}_{b:%Y%m%d}_corr.tif", stack.coherence[k] * 0.5)
    done = sbas(stack.csv, tmp_path / "out")
    assert "0.85" in done.stderr and report(tmp_path / "out")["reference"]["below_wanted_coherence"] is True
    done = sbas(stack.csv, tmp_path / "strict", "-ref_min_coherence", 0.85, code=1)
    assert "0.5" in done.stderr or "0.49" in done.stderr, "the best coherence there is should be told"


def test_a_reference_without_data_in_some_pairs_is_refused_or_costs_those_pairs(stack, tmp_path):
    holes = (stack.phase == 0).sum(axis=0)
    row, column = map(int, np.argwhere(holes == 1)[0])
    missing = stack.pairs[int(np.argmax(stack.phase[:, row, column] == 0))]
    name = f"{missing[0]:%Y%m%d}_{missing[1]:%Y%m%d}_unw.tif"
    done = sbas(stack.csv, tmp_path / "out", "-ref_pixel", column, row, code=1)
    assert name in done.stderr and "1 of 15" in done.stderr
    sbas(stack.csv, tmp_path / "out", "-ref_pixel", column, row, "-ref_invalid", "drop", code=2)
    whole = report(tmp_path / "out")
    assert whole["network"]["pairs"] == 14 and whole["skipped"][0]["path"].endswith(name)
    keep = [k for k, p in enumerate(stack.pairs) if p != missing]
    phase = np.where(stack.phase == 0, np.nan, stack.phase)[keep]
    check_against_oracle(tmp_path / "out", [stack.pairs[k] for k in keep], stack.dates, phase, stack.coherence[keep],
                         45000, WAVELENGTH_M)


@pytest.mark.parametrize("words", [["-ref_pixel", 37, 0], ["-ref_pixel", -1, 0], ["-ref_xy", 0, 0],
                                   ["-ref_lonlat", 10, 50], ["-ref_lonlat", 1e9, 50]])
def test_a_reference_outside_is_refused_with_the_bounds(stack, tmp_path, words):
    done = sbas(stack.csv, tmp_path / "out", *words, code=1)
    assert "outside the grid" in done.stderr and "37 columns" in done.stderr


def test_a_phase_of_zero_at_the_producers_reference_point_is_data(tmp_path):
    """Its column and row 11, 6 carry 0 in every product; elsewhere 0 is no data."""
    unw = np.linspace(1, 2, 30 * 40, dtype=np.float32).reshape(30, 40)
    unw[6, 11] = unw[9, 20] = 0
    arrays = {"unw_phase": unw, "corr": np.full((30, 40), 0.9, np.float32),
              "water_mask": np.ones((30, 40), np.uint8)}
    first = make_gamma(tmp_path / "probe", arrays=arrays, masked=False)
    gt = first.geotransform
    keys = {"X coordinate of the reference point in the map projection": gt[0] + 11.5 * gt[1],
            "Y coordinate of the reference point in the map projection": gt[3] + 6.5 * gt[5]}
    make_stack(tmp_path / "in", ["20200604", "20200616", "20200628"], maker=make_gamma, arrays=arrays, masked=False,
               keys=keys)
    sbas(tmp_path / "in", tmp_path / "out", "-ref_pixel", 11, 6)
    displacement = read(tmp_path / "out", "displacement.tif")
    assert (displacement[:, 6, 11] == 0).all()
    assert np.isnan(displacement[:, 9, 20]).all()
    assert np.isfinite(displacement).sum() == 3 * (30 * 40 - 1)


# -------- everything that goes wrong -----------------------------------------------------------------------------------

def nothing_left(folder):
    return not folder.exists() or not list(folder.iterdir())


def test_a_network_in_parts_is_told_and_solved(tmp_path):
    stack = Stack(tmp_path / "in", holes=0)
    middle = stack.dates[3]
    stack.rewrite(lambda l: (date.fromisoformat(l[:10]) < middle) == (date.fromisoformat(l[11:21]) < middle))
    done = sbas(stack.csv, tmp_path / "out")
    assert "2 parts" in done.stderr
    whole = report(tmp_path / "out")
    assert whole["network"]["components"] == 2
    assert [d["component"] for d in whole["dates"]] == [1, 1, 1, 2, 2, 2, 2]
    keep = [k for k, (a, b) in enumerate(stack.pairs) if (a < middle) == (b < middle)]
    check_against_oracle(tmp_path / "out", [stack.pairs[k] for k in keep], stack.dates, stack.phase[keep],
                         stack.coherence[keep], 45000, WAVELENGTH_M)


def test_parts_may_have_zero_mean_displacement_instead(tmp_path):
    stack = Stack(tmp_path / "in", holes=0)
    middle = stack.dates[3]
    stack.rewrite(lambda l: (date.fromisoformat(l[:10]) < middle) == (date.fromisoformat(l[11:21]) < middle))
    sbas(stack.csv, tmp_path / "velocity")
    sbas(stack.csv, tmp_path / "displacement", "-min_norm", "displacement")
    joined, separate = (read(tmp_path / n, "displacement.tif").astype(float) for n in ("velocity", "displacement"))
    # Within a part the motion is measured and the same; only the offset between parts is a choice.
    assert abs(separate[:3] - joined[:3]).max() < 1e-6
    assert abs((separate[3:] - separate[3]) - (joined[3:] - joined[3])).max() < 1e-6
    assert abs(separate[3:].mean(axis=0)).max() < 1e-6 < abs(joined[3:].mean(axis=0)).max()


def test_pixels_with_too_few_pairs_at_a_date_can_be_left_out(stack, tmp_path):
    sbas(stack.csv, tmp_path / "out", "-min_redundancy", 3, "-ref_pixel", 7, 5)
    valid = stack.phase != 0
    fewest = np.min([valid[[d in pair for pair in stack.pairs]].sum(axis=0) for d in stack.dates[1:]], axis=0)
    solved = np.isfinite(read(tmp_path / "out", "displacement.tif")).all(axis=0)
    assert (solved == (fewest >= 3)).all() and 0 < solved.mean() < 1


def test_an_unknown_wavelength_is_an_error_and_an_option(stack, tmp_path):
    bare = Stack(tmp_path / "in")
    for a, b in bare.pairs:
        name = f"{a:%Y%m%d}_{b:%Y%m%d}_unw.tif"
        write_raster(bare.folder / name, read(bare.folder, name))
    done = sbas(bare.csv, tmp_path / "out", code=1)
    assert "-wavelength" in done.stderr and nothing_left(tmp_path / "out")
    sbas(bare.csv, tmp_path / "out", "-wavelength", WAVELENGTH_M, "-looks", 41, "-time_utc", "12:30")
    sbas(stack.csv, tmp_path / "with", "-ref_pixel", 7, 5)
    for name in RASTERS:
        assert np.array_equal(read(tmp_path / "out", name), read(tmp_path / "with", name), equal_nan=True)


def test_all_faults_of_a_list_are_told_at_once(stack, tmp_path):
    text = stack.csv.read_text().splitlines()
    bad = stack.folder / "bad.csv"
    bad.write_text("\n".join([text[0], "2019-02-30,2019-03-02,,a,b", "2019-03-02,2019-03-01,,a,b"] + text[1:]))
    done = sbas(bad, stack.folder / "no_such_folder", tmp_path / "out", code=1)
    for part in ("line 2", "line 3", "no_such_folder"):
        assert part in done.stderr
    assert nothing_left(tmp_path / "out")


def test_a_raster_that_is_missing_costs_its_pair_only(tmp_path):
    stack = Stack(tmp_path / "in")
    os.remove(stack.folder / "20191108_20191120_corr.tif")
    done = sbas(stack.csv, tmp_path / "out", code=2)
    assert "20191108_20191120" in done.stderr
    assert report(tmp_path / "out")["network"]["pairs"] == 14


def test_truncated_and_damaged_products_cost_only_themselves(clean_stack, tmp_path):
    shutil.copytree(clean_stack, tmp_path / "in", ignore=shutil.ignore_patterns("truth"))
    zips = sorted((tmp_path / "in").glob("*.zip"))
    zips[1].write_bytes(zips[1].read_bytes()[:20000])
    info = next(i for i in zipfile.ZipFile(zips[4]).infolist() if i.filename.endswith("_corr.tif"))
    damaged = bytearray(zips[4].read_bytes())
    at = info.header_offset + 200 + info.compress_size // 2
    damaged[at:at + 64] = bytes(64)
    zips[4].write_bytes(damaged)
    done = sbas(tmp_path / "in", tmp_path / "out", code=2)
    assert zips[1].name in done.stderr and zips[4].name in done.stderr
    whole = report(tmp_path / "out")
    assert whole["network"]["pairs"] == len(zips) - 2
    assert {Path(s["path"]).name for s in whole["skipped"]} == {zips[1].name, zips[4].name}
    sbas(*[z for i, z in enumerate(zips) if i not in (1, 4)], tmp_path / "without")
    for name in RASTERS:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "without" / name).read_bytes(), name


@pytest.mark.parametrize("member, at", [("_corr.tif", "local header"), ("_unw_phase.tif", "first bytes"),
                                        (".txt", "first bytes")])
def test_a_damaged_member_is_told_by_product_and_what_to_do(clean_stack, tmp_path, member, at):
    shutil.copytree(clean_stack, tmp_path / "in", ignore=shutil.ignore_patterns("truth"))
    product = sorted((tmp_path / "in").glob("*.zip"))[2]
    info = next(i for i in zipfile.ZipFile(product).infolist() if i.filename.endswith(member))
    bytes_ = bytearray(product.read_bytes())
    start = info.header_offset
    if at == "first bytes":
        start += 30 + sum(int.from_bytes(bytes_[start + k:start + k + 2], "little") for k in (26, 28))
    bytes_[start:start + 32] = bytes(32)
    product.write_bytes(bytes_)
    done = sbas(tmp_path / "in", tmp_path / "out", code=2)
    line = next(line for line in done.stderr.splitlines() if product.name in line)
    assert "damaged" in line and "Download the product again" in line and "unz" not in line and "z_err" not in line
    assert report(tmp_path / "out")["network"]["pairs"] == len(list((tmp_path / "in").glob("*.zip"))) - 1


def test_a_product_without_coherence_is_named(tmp_path):
    make_stack(tmp_path / "in", ["20200604", "20200616", "20200628"], maker=make_gamma, masked=False)
    lone = make_gamma(tmp_path / "in", reference="20200604T022312", secondary="20200710T022312", masked=False,
                      layers=("unw_phase", "dem"))
    done = sbas(tmp_path / "in", tmp_path / "out", code=2)
    assert Path(lone.path).name in done.stderr and "coherence" in done.stderr


def test_a_product_elsewhere_within_the_box_is_dropped_and_its_date_with_it(tmp_path):
    stack = Stack(tmp_path / "in")
    last = stack.dates[-1]
    for k, (a, b) in enumerate(stack.pairs):
        if b == last:
            write_raster(stack.folder / f"{a:%Y%m%d}_{b:%Y%m%d}_unw.tif", np.zeros_like(stack.phase[k]), stack.metadata)
    done = sbas(stack.csv, tmp_path / "out", code=2)
    assert "no phase within the area" in done.stderr
    assert report(tmp_path / "out")["network"]["dates"] == 6


def test_empty_folders_and_no_products_fail_without_a_trace(tmp_path):
    (tmp_path / "empty").mkdir()
    done = sbas(tmp_path / "empty", tmp_path / "out", code=1)
    assert "holds no product" in done.stderr and not (tmp_path / "out").exists()
    (tmp_path / "x.tif").write_bytes(b"nothing")
    sbas(tmp_path / "x.tif", tmp_path / "out", code=1)
    sbas(tmp_path / "*.zip", tmp_path / "out", code=1)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [
    ["-weight", "best"], ["-ref_pixel", "1"], ["-ref_pixel", "1", "1", "-ref_xy", "1", "1"], ["-te", "1", "1", "0", "0"],
    ["-te_srs", "EPSG:4326"], ["-te", "0", "0", "1", "1"], ["-time_utc", "25:00"], ["-min_redundancy", "0"],
    ["-wavelength", "-1"], ["-threads", "many"], ["-no_such_option"], ["-scratch", "/no/such/folder", "-wm", "1B"],
    ["-te", "0", "0", "1", "1", "-te_srs", "nonsense"]])
def test_wrong_arguments_fail_with_a_reason_and_without_a_trace(stack, tmp_path, words):
    done = sbas(stack.csv, tmp_path / "out", *words, code=1)
    assert done.stderr.strip() and nothing_left(tmp_path / "out")


def test_results_are_not_overwritten_unless_asked(stack, tmp_path):
    sbas(stack.csv, tmp_path / "out", "-ref_pixel", 7, 5)
    (tmp_path / "out" / "notes.txt").write_text("mine")
    before = (tmp_path / "out" / "velocity.tif").read_bytes()
    done = sbas(stack.csv, tmp_path / "out", "-weight", "none", code=1)
    assert "-overwrite" in done.stderr
    assert (tmp_path / "out" / "velocity.tif").read_bytes() == before
    sbas(stack.csv, tmp_path / "out", "-weight", "none", "-overwrite")
    assert (tmp_path / "out" / "velocity.tif").read_bytes() != before
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"
    failed = sbas(stack.csv, tmp_path / "out", "-ref_xy", 0, 0, "-overwrite", code=1)
    assert failed.stderr and report(tmp_path / "out")["options"]["weight"] == "none"


def test_a_place_that_cannot_be_written_is_an_early_error(stack, tmp_path):
    (tmp_path / "file").write_text("")
    done = sbas(stack.csv, tmp_path / "file", code=1)
    assert "is a file" in done.stderr
    sbas(stack.csv, tmp_path / "file" / "below", code=1)
    sbas(stack.csv, "/proc/no_such_folder", code=1)
    if os.geteuid() != 0:
        (tmp_path / "locked").mkdir(mode=0o555)
        sbas(stack.csv, tmp_path / "locked", code=1)


@pytest.fixture(scope="module")
def slow_stack(tmp_path_factory):
    """Many pairs of the same large raster: long enough to be interrupted in every stage."""
    folder = tmp_path_factory.mktemp("slow")
    random = np.random.default_rng(1)
    write_raster(folder / "unw.tif", random.normal(0, 1, (900, 900)),
                 {"WAVELENGTH_METRES": "0.0555", "FIRST_TIME": "01:00:00"})
    write_raster(folder / "corr.tif", random.uniform(0.5, 1, (900, 900)))
    days = [date(2020, 1, 1) + timedelta(days=6 * i) for i in range(24)]
    lines = [f"{a},{b},,unw.tif,corr.tif" for i, a in enumerate(days) for b in days[i + 1:i + 4]]
    (folder / "pairs.csv").write_text("reference_date,secondary_date,perpendicular_baseline_m,unw,corr\n"
                                      + "\n".join(lines))
    return folder / "pairs.csv"


def start_and_signal(words, stage, number):
    program = subprocess.Popen(["gdal_ih_sbas", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while stage not in program.stdout.readline():
        assert program.poll() is None
    program.send_signal(number)
    output = program.communicate(timeout=120)
    return program.returncode, output[1].decode()


@pytest.mark.parametrize("stage", [b"reading", b"solving", b"writing"])
@pytest.mark.parametrize("place", ["new", "existing"])
def test_an_interrupted_run_without_resumption_leaves_nothing(slow_stack, tmp_path, stage, place):
    out = tmp_path / "out"
    if place == "existing":
        out.mkdir()
    code, text = start_and_signal([slow_stack, out, "-wm", "1MB", "-no_resume"], stage, signal.SIGINT)
    assert code == 1 and "interrupted" in text
    assert not out.exists() if place == "new" else not list(out.iterdir())


def test_a_killed_run_leaves_only_what_the_next_removes(slow_stack, stack, tmp_path):
    out = tmp_path / "out"
    code, _ = start_and_signal([slow_stack, out, "-wm", "1MB"], b"writing", signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert all(p.name.startswith(".") for p in out.iterdir()), "no result may have its name"
    sbas(stack.csv, out)
    assert not [p for p in out.iterdir() if p.name.startswith(".")]


# -------- what is told -------------------------------------------------------------------------------------------------

def test_bands_name_their_dates_and_units(stack, tmp_path):
    sbas(stack.csv, tmp_path / "out", "-ref_pixel", 7, 5)
    ds = gdal.Open(str(tmp_path / "out" / "displacement.tif"))
    assert [ds.GetRasterBand(i + 1).GetDescription() for i in range(ds.RasterCount)] == list(map(str, stack.dates))
    band = ds.GetRasterBand(3)
    assert band.GetUnitType() == "m" and math.isnan(band.GetNoDataValue())
    assert band.GetMetadataItem("DATE") == str(stack.dates[2])
    assert ds.GetMetadataItem("REFERENCE_DATE") == str(stack.dates[0])
    assert ds.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE") == "COG"
    velocity = gdal.Open(str(tmp_path / "out" / "velocity.tif"))
    assert velocity.GetRasterBand(1).GetUnitType() == "m/year" and velocity.RasterCount == 2


def test_the_report_holds_what_is_needed_to_repeat_the_run(stack, tmp_path):
    done = run("gdal_ih_sbas", stack.csv, tmp_path / "out", "-ref_pixel", "7", "5", "-json")
    whole = json.loads(done.stdout)
    assert whole == report(tmp_path / "out")
    assert whole["facts"]["wavelength_m"] == pytest.approx(WAVELENGTH_M, rel=1e-12)
    assert whole["facts"]["looks"] == 41 and whole["facts"]["utc_seconds"] == 45000
    assert whole["options"]["weight"] == "variance" and whole["options"]["ref_pixel"] == [7, 5]
    assert whole["crs"] == "EPSG:32614" and whole["dates"][0]["date"] == str(stack.dates[0])
    first = whole["inputs"][0]
    assert first["size_bytes"] == os.path.getsize(first["path"]) and first["modified"].endswith("Z")
    assert set(whole["execution"]["seconds"]) == {"catalogue", "read", "unwrapping", "overview", "solve", "write"}


def test_the_summary_tells_the_essentials(stack, tmp_path):
    done = run("gdal_ih_sbas", stack.csv, tmp_path / "out")
    for word in ("Dates:", "Pairs:", "Grid:", "Reference:", "Reliable:", "Velocity:", "Residuals:", "Time:"):
        assert word in done.stdout
    assert run("gdal_ih_sbas", stack.csv, tmp_path / "quiet", "-q").stdout == ""


def test_styles_lie_beside_the_rasters_and_their_absence_is_no_failure(stack, tmp_path):
    sbas(stack.csv, tmp_path / "with", env={"IH_DATA": str(SOURCE / "data")})
    styles = {p.stem for p in (tmp_path / "with").glob("*.qml")}
    assert styles == {p.stem for p in (tmp_path / "with").glob("*.tif")} and len(styles) > 6
    done = sbas(stack.csv, tmp_path / "without", env={"IH_DATA": str(tmp_path / "nowhere")})
    assert "styles" in done.stderr and not list((tmp_path / "without").glob("*.qml"))


def test_passes_in_both_directions_are_not_mixed(tmp_path):
    for direction, start in (("ascending", "2020-01-04"), ("descending", "2020-01-05")):
        run("gdal_ih_simulate", "-q", "-direction", direction, "-start", start, "-dates", 3, "-ts", 60, 50,
            tmp_path / direction)
    done = sbas(tmp_path / "ascending", tmp_path / "descending", tmp_path / "out", code=1)
    assert "mixes ascending and descending" in done.stderr
