# SPDX-License-Identifier: MIT
"""What gdal_ih_sbas does to a series after the inversion: corrections, judgement of dates, time model.

The oracle begins with the displacement of a run without corrections and works in double precision with numpy's least
squares on whole planes; so it shares with the program neither sums over strips nor closed forms. Displacement is
float32: of some 0.1 m it is good to 4e-9 m, and what is fitted to it to a few times that.
"""
import csv
import json
import math
from datetime import date

import numpy as np
import pytest
from osgeo import gdal

from conftest import run
from test_sbas import Stack, read, report, sbas

gdal.UseExceptions()

SERIES_TOLERANCE_M = 2e-7


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "products"
    run("gdal_ih_simulate", "-q", "-dates", 24, "-ts", 160, 120, "-dem_error", 30, "-stratified", 20, folder)
    return folder


class Plain:
    """A run without corrections."""

    def __init__(self, products, out):
        sbas(products, out)
        self.out = out
        self.displacement = read(out, "displacement.tif").astype(float)
        self.mask = read(out, "mask.tif") == 1
        self.height, self.incidence, _ = read(out, "geometry.tif").astype(float)
        self.report = report(out)
        self.years = np.array([d["decimal_year"] for d in self.report["dates"]])
        self.time = self.years - self.years[0]
        self.dates = [d["date"] for d in self.report["dates"]]
        self.baselines = np.array([d["perpendicular_baseline_m"] for d in self.report["dates"]])
        self.reference = self.report["reference"]["row"], self.report["reference"]["column"]


@pytest.fixture(scope="module")
def plain(simulated, tmp_path_factory):
    return Plain(simulated, tmp_path_factory.mktemp("plain") / "out")


def difference(a, b):
    """Greatest difference; both have to miss the same values."""
    assert (np.isnan(a) == np.isnan(b)).all()
    return np.nanmax(abs(a - b))


# -------- the oracles --------------------------------------------------------------------------------------------------

def surface(shape, degree):
    y, x = np.mgrid[0:shape[0], 0:shape[1]].astype(float)
    x, y = x / shape[1], y / shape[0]
    columns = [np.ones(shape), x, y] + ([x * x, x * y, y * y] if degree == 2 else [])
    return np.stack(columns, axis=-1)


def fitted_ramps(series, mask, degree):
    """The surfaces of all dates, fitted to the values of the mask that are not 0."""
    columns = surface(mask.shape, degree)
    ramps = np.zeros(series.shape)
    for k, plane in enumerate(series):
        used = mask & np.isfinite(plane) & (plane != 0)
        if used.any():
            ramps[k] = columns @ np.linalg.lstsq(columns[used], plane[used], rcond=None)[0]
    return ramps


def without_ramps(series, mask, reference, degree):
    """A value of exactly 0, as at the first date and where a gap is bridged from it, stays."""
    ramps = fitted_ramps(series, mask, degree)
    ramps -= ramps[(slice(None), *reference)][:, None, None]
    return np.where(series == 0, 0, series - ramps)


def without_height_delay(p, looks=8, degree=1, least=0):
    slant = p.height / np.cos(np.radians(p.incidence))
    slant = slant - slant[p.reference]
    rows, columns = (n // looks * looks for n in p.mask.shape)

    def means(plane):
        inside = np.where(p.mask & np.isfinite(plane), plane, np.nan)[:rows, :columns]
        cells = inside.reshape(rows // looks, looks, columns // looks, looks).swapaxes(1, 2).reshape(-1, looks * looks)
        count = np.isfinite(cells).sum(axis=1)
        return np.where(count > 0, np.nansum(cells, axis=1) / np.maximum(count, 1), np.nan)

    out = p.displacement.copy()
    height = means(slant)
    for k, plane in enumerate(p.displacement):
        value = means(plane)
        ok = np.isfinite(height) & np.isfinite(value)
        if not value[ok].any() or abs(np.corrcoef(height[ok], value[ok])[0, 1]) < least:
            continue
        # in kilometres, of which powers are of like size
        coefficients = np.polyfit(height[ok] / 1e3, value[ok], degree)
        coefficients[-1] = 0
        out[k] = np.where(plane == 0, 0, plane - np.polyval(coefficients, slant / 1e3))
    return out


def with_dem_error(p, degree=2, used=slice(None), rates=False, earth_radius=6368000.0, sensor_height=702000.0):
    """Height error, corrected series and residual. All pixels of a series have all dates. Where the layers have a hole,
    their mean incidence is taken. Fitted are the dates used, or the velocities between them."""
    incidence = np.radians(np.where(np.isnan(p.incidence), np.nanmean(p.incidence), p.incidence))
    orbit = earth_radius + sensor_height
    distance = orbit * np.sin(incidence - np.arcsin(earth_radius / orbit * np.sin(incidence))) / np.sin(incidence)
    b = p.baselines - p.baselines[0]
    design = np.stack([b] + [p.time**k / math.factorial(k) for k in range(degree + 1)], axis=1)
    flat = p.displacement.reshape(len(b), -1)
    solved = np.isfinite(flat).all(axis=0)
    x = np.full((design.shape[1], flat.shape[1]), np.nan)
    rows, values = design[used], flat[used][:, solved]
    if rates:
        days = np.array([date.fromisoformat(d).toordinal() for d in p.dates])[used]
        step = np.diff(days)[:, None] / 365.25
        rows, values = np.diff(rows, axis=0) / step, np.diff(values, axis=0) / step
    # without the constant, which velocities do not have
    terms = [k for k in range(design.shape[1]) if k != 1 or not rates]
    x[1] = 0
    x[np.ix_(terms, np.flatnonzero(solved))] = np.linalg.lstsq(rows[:, terms], values, rcond=None)[0]
    shape = p.displacement.shape
    height = x[0].reshape(p.mask.shape) * distance * np.sin(incidence)
    return height, (flat - b[:, None] * x[0]).reshape(shape), (flat - design @ x).reshape(shape)


def fit(design, series):
    """Estimates and standard deviations, (parameter, row, column)."""
    flat = series.reshape(len(design), -1)
    solved = np.isfinite(flat).all(axis=0)
    estimate, deviation = (np.full((design.shape[1], flat.shape[1]), np.nan) for _ in range(2))
    estimate[:, solved] = np.linalg.lstsq(design, flat[:, solved], rcond=None)[0]
    square = ((flat - design @ estimate) ** 2).sum(axis=0) / (len(design) - design.shape[1])
    deviation[:] = np.sqrt(np.diag(np.linalg.inv(design.T @ design))[:, None] * square)
    return (a.reshape(-1, *series.shape[1:]) for a in (estimate, deviation))


def year_of(text):
    """Decimal year of the midnight at which a date begins."""
    day = np.datetime64(text)
    year = day.astype("datetime64[Y]")
    return 1970 + year.astype(int) + (day - year.astype("datetime64[D]")).astype(int) / 365.25


# -------- corrections --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("shape, degree", [("linear", 1), ("quadratic", 2)])
def test_ramps_are_those_of_least_squares_over_reliable_pixels(simulated, plain, tmp_path, shape, degree):
    sbas(simulated, tmp_path / "out", "-deramp", shape)
    expected = without_ramps(plain.displacement, plain.mask, plain.reference, degree)
    assert difference(read(tmp_path / "out", "displacement.tif"), expected) < SERIES_TOLERANCE_M
    velocity, deviation = fit(np.stack([np.ones_like(plain.time), plain.time], axis=1), expected)
    got = read(tmp_path / "out", "velocity.tif")
    assert difference(got[0], velocity[1]) < 1e-6 and difference(got[1], deviation[1]) < 1e-6


def test_delay_with_height_is_the_line_through_means_of_cells(simulated, plain, tmp_path):
    sbas(simulated, tmp_path / "out", "-troposphere", "height_correlation")
    expected = without_height_delay(plain)
    assert difference(read(tmp_path / "out", "displacement.tif"), expected) < SERIES_TOLERANCE_M
    told = report(tmp_path / "out")["corrections"]["height_correlation"]
    assert [d["date"] for d in told] == plain.dates and sum(d["applied"] for d in told) == len(told) - 1


@pytest.mark.parametrize("looks, degree, least", [(5, 2, 0), (8, 3, 0.2), (1, 1, 0.6)])
def test_the_fit_to_heights_has_the_numbers_asked_for(simulated, plain, tmp_path, looks, degree, least):
    sbas(simulated, tmp_path / "out", "-troposphere", "height_correlation", "-troposphere_looks", looks,
         "-troposphere_polynomial", degree, "-troposphere_min_correlation", least)
    expected = without_height_delay(plain, looks, degree, least)
    got = read(tmp_path / "out", "displacement.tif")
    assert difference(got, expected) < SERIES_TOLERANCE_M
    applied = [d["applied"] for d in report(tmp_path / "out")["corrections"]["height_correlation"]]
    changed = [(abs(a - b) > 0).any() for a, b in zip(got, plain.displacement)]
    assert applied == changed and (least < 0.5 or 0 < sum(applied) < len(applied) - 1)


def test_corrections_follow_each_other_in_their_order(simulated, plain, tmp_path):
    sbas(simulated, tmp_path / "out", "-troposphere", "height_correlation", "-deramp", "linear", "-dem_error")
    step = Plain.__new__(Plain)
    step.__dict__.update(plain.__dict__)
    step.displacement = without_ramps(without_height_delay(plain), plain.mask, plain.reference, 1)
    height, corrected, _ = with_dem_error(step)
    assert difference(read(tmp_path / "out", "displacement.tif"), corrected) < 2 * SERIES_TOLERANCE_M
    assert difference(read(tmp_path / "out", "dem_error.tif"), height) < 2e-3


def test_height_errors_are_those_of_least_squares_per_pixel(simulated, plain, tmp_path):
    sbas(simulated, tmp_path / "out", "-dem_error", "-dem_error_polynomial", 1)
    height, corrected, _ = with_dem_error(plain, 1)
    assert difference(read(tmp_path / "out", "displacement.tif"), corrected) < SERIES_TOLERANCE_M
    # 1e-7 m of displacement stand for 1e-3 m of height at baselines of tens of metres and 500 km of R sin(incidence)
    assert difference(read(tmp_path / "out", "dem_error.tif"), height) < 2e-3
    figures = report(tmp_path / "out")["corrections"]["dem_error"]
    b = plain.baselines - plain.baselines[0]
    assert figures["baseline_time_correlation"] == pytest.approx(np.corrcoef(b, plain.time)[0, 1], abs=1e-3)
    assert figures["condition_number"] > 1 and 0 < figures["unexplained_share"] <= 1


@pytest.mark.parametrize("rates", [False, True])
def test_heights_may_be_found_without_some_dates_and_from_velocities(simulated, plain, tmp_path, rates):
    left_out = [3, 4, 11]
    words = ["-dem_error_exclude_date", ",".join(plain.dates[k].replace("-", "") for k in left_out)]
    sbas(simulated, tmp_path / "out", "-dem_error", *words, *(["-dem_error_velocity"] if rates else []))
    used = np.setdiff1d(np.arange(len(plain.dates)), left_out)
    height, corrected, _ = with_dem_error(plain, used=used, rates=rates)
    assert difference(read(tmp_path / "out", "displacement.tif"), corrected) < SERIES_TOLERANCE_M
    assert difference(read(tmp_path / "out", "dem_error.tif"), height) < (5e-3 if rates else 2e-3)
    whole = read(plain.out, "displacement.tif")
    assert abs(corrected - whole)[left_out][:, plain.mask].max() > 1e-4, "dates left out are corrected as well"


def test_planted_height_errors_come_back(tmp_path):
    run("gdal_ih_simulate", "-q", "-dates", 30, "-ts", 100, 80, "-dem_error", 30, "-no_turbulence", "-no_stratified",
        "-no_unwrap_errors", "-no_noise", "-no_step", "-no_seasonal", tmp_path / "in")
    errors = {}
    for name, more in (("with", ["-dem_error"]), ("without", [])):
        sbas(tmp_path / "in", tmp_path / name, *more)
        done = run("gdal_ih_simulate", "-compare", tmp_path / name, tmp_path / "in", "-json")
        errors[name] = json.loads(done.stdout)
    # nothing but heights and steady motion is in the stack; decimal years are a day uneven at a change of year
    assert errors["with"]["dem_error_rms_m"] < 0.3
    assert errors["with"]["displacement_rms_mm"] < 0.1 * errors["without"]["displacement_rms_mm"]


def test_the_geometry_may_come_from_options(tmp_path):
    stack = Stack(tmp_path / "in")
    sbas(stack.csv, tmp_path / "plain", "-ref_pixel", 7, 5)
    sbas(stack.csv, tmp_path / "out", "-ref_pixel", 7, 5, "-dem_error", "-incidence", 39, "-slant_range", 850000)
    p = Plain.__new__(Plain)
    p.displacement = read(tmp_path / "plain", "displacement.tif").astype(float)
    dates = report(tmp_path / "plain")["dates"]
    p.time = np.array([d["decimal_year"] for d in dates]) - dates[0]["decimal_year"]
    p.baselines = np.array([d["perpendicular_baseline_m"] for d in dates])
    p.mask, p.incidence = np.ones(p.displacement.shape[1:], bool), np.full(p.displacement.shape[1:], 39.0)
    _, corrected, _ = with_dem_error(p)
    assert difference(read(tmp_path / "out", "displacement.tif"), corrected) < SERIES_TOLERANCE_M
    b = p.baselines - p.baselines[0]
    height = (p.displacement - corrected)[-1] / b[-1] * 850000 * math.sin(math.radians(39))
    assert difference(read(tmp_path / "out", "dem_error.tif"), height) < 2e-3


# -------- judgement of dates -------------------------------------------------------------------------------------------

def table(folder):
    with open(folder / "residual_rms_dates.csv") as f:
        return list(csv.DictReader(f))


@pytest.mark.parametrize("dem_error", [True, False])
def test_noisy_dates_stay_out_of_the_model_and_the_quietest_is_the_reference(simulated, plain, tmp_path, dem_error):
    cutoff = 0.9     # low, so that there are outliers
    sbas(simulated, tmp_path / "out", "-outlier_cutoff", cutoff, "-reference_date", "auto",
         *(["-dem_error"] if dem_error else []))
    if dem_error:
        _, series, residual = with_dem_error(plain)
    else:
        series = plain.displacement
        design = np.stack([np.ones_like(plain.time), plain.time, plain.time**2 / 2], axis=1)
        estimate, _ = fit(design, series)
        residual = series - np.tensordot(design, estimate, axes=1)
    # ... less a surface of second degree
    left = residual - fitted_ramps(residual, plain.mask, 2)
    rms = np.sqrt(np.mean(left[:, plain.mask] ** 2, axis=1))
    told = table(tmp_path / "out")
    assert np.allclose([float(r["residual_rms_mm"]) for r in told], rms * 1e3, rtol=1e-3)
    threshold = cutoff * np.median(rms) / 0.67449
    outlier = rms > threshold
    assert 0 < outlier.sum() < len(rms) - 3, "some dates must be outliers for this test to test something"
    assert [r["outlier"] == "1" for r in told] == outlier.tolist()
    best = int(np.argmin(rms))
    assert [r["reference"] == "1" for r in told].index(True) == best

    whole = report(tmp_path / "out")
    assert whole["time_model"]["excluded_dates"] == [d for d, o in zip(plain.dates, outlier) if o]
    assert whole["time_model"]["dates_used"] == (~outlier).sum()
    assert whole["corrections"]["outlier_threshold_m"] == pytest.approx(threshold, rel=1e-3)
    assert whole["corrections"]["reference_date"] == plain.dates[best]
    expected = series - series[best]
    assert difference(read(tmp_path / "out", "displacement.tif"), expected) < SERIES_TOLERANCE_M
    design = np.stack([np.ones_like(plain.time), plain.time], axis=1)[~outlier]
    velocity, deviation = fit(design, expected[~outlier])
    got = read(tmp_path / "out", "velocity.tif")
    assert difference(got[0], velocity[1]) < 2e-6 and difference(got[1], deviation[1]) < 2e-6


@pytest.mark.parametrize("shape, degree", [("none", None), ("linear", 1)])
def test_dates_are_judged_after_the_surface_asked_for(simulated, plain, tmp_path, shape, degree):
    sbas(simulated, tmp_path / "out", "-dem_error", "-residual_ramp", shape)
    _, _, residual = with_dem_error(plain)
    left = residual if degree is None else residual - fitted_ramps(residual, plain.mask, degree)
    rms = np.sqrt(np.mean(left[:, plain.mask] ** 2, axis=1))
    assert np.allclose([float(r["residual_rms_mm"]) for r in table(tmp_path / "out")], rms * 1e3, rtol=1e-3)


def test_displacement_counts_from_the_date_asked_for(simulated, plain, tmp_path):
    sbas(simulated, tmp_path / "out", "-reference_date", plain.dates[7].replace("-", ""))
    expected = plain.displacement - plain.displacement[7]
    assert difference(read(tmp_path / "out", "displacement.tif"), expected) < SERIES_TOLERANCE_M
    assert difference(read(tmp_path / "out", "velocity.tif"), read(plain.out, "velocity.tif")) < 1e-6
    ds = gdal.Open(str(tmp_path / "out" / "displacement.tif"))
    assert ds.GetMetadataItem("REFERENCE_DATE") == plain.dates[7]


def test_a_run_without_corrections_writes_no_files_of_them(plain):
    names = {p.name for p in plain.out.iterdir()}
    assert not names & {"dem_error.tif", "residual_rms_dates.csv", "acceleration.tif", "annual_amplitude.tif"}


def test_the_first_date_as_reference_is_the_ordinary_run(simulated, plain, tmp_path):
    sbas(simulated, tmp_path / "out", "-reference_date", "first")
    for name in ("velocity.tif", "displacement.tif"):
        assert (tmp_path / "out" / name).read_bytes() == (plain.out / name).read_bytes()


# -------- time model ---------------------------------------------------------------------------------------------------

def test_terms_are_those_of_least_squares(simulated, plain, tmp_path):
    t, midnight = plain.time, year_of("2020-04-20") - plain.years[0]
    onset = year_of("2020-05-01") - plain.years[0]
    sbas(simulated, tmp_path / "out", "-polynomial", 2, "-periodic", "1", "-step", "2020-04-20", "-logarithmic",
         "20200501,30")
    after = np.maximum(t - onset, 0)
    design = np.stack([np.ones_like(t), t, t**2 / 2, np.cos(2 * np.pi * t), np.sin(2 * np.pi * t),
                       (t > midnight).astype(float), np.log1p(after * 365.25 / 30)], axis=1)
    x, sd = fit(design, plain.displacement)
    expected = {"velocity.tif": [x[1], sd[1]], "acceleration.tif": [x[2], sd[2]], "steps.tif": [x[5], sd[5]],
                "decays.tif": [x[6], sd[6]]}
    # the terms are hard to tell apart on nine months: rounding of 4e-9 m grows by the condition of the design
    tolerance = 1e-8 * np.linalg.norm(np.linalg.pinv(design), axis=1)[[1, 2, 5, 6]] * 10 + 1e-7
    for (name, planes), most in zip(expected.items(), tolerance):
        for got, wanted in zip(read(tmp_path / "out", name), planes):
            assert difference(got, wanted) < most + 1e-5 * np.nanmax(abs(wanted)), name
    amplitude, _, phase, _ = read(tmp_path / "out", "annual_amplitude.tif").astype(float)
    ok = np.isfinite(amplitude)
    back = amplitude * np.exp(1j * phase)        # amplitude sin(wt + phase): cosine is the imaginary part
    size = np.nanmax(abs(x[3:5]))
    assert abs(back.imag - x[3])[ok].max() < 1e-5 * size + 1e-6 and abs(back.real - x[4])[ok].max() < 1e-5 * size + 1e-6
    ds = gdal.Open(str(tmp_path / "out" / "steps.tif"))
    assert [ds.GetRasterBand(i).GetDescription() for i in (1, 2)] == ["step20200420", "step20200420 standard deviation"]
    assert ds.GetRasterBand(1).GetUnitType() == "m"
    assert report(tmp_path / "out")["time_model"]["parameters"] == [
        "intercept", "velocity", "acceleration", "annualAmplitude", "annualPhase", "step20200420", "log20200501Tau30D"]


def test_dates_may_be_left_out_of_the_time_model_alone(simulated, plain, tmp_path):
    left_out = [plain.dates[k] for k in (5, 9)]
    sbas(simulated, tmp_path / "out", "-model_start_date", plain.dates[2], "-model_end_date", plain.dates[20],
         "-model_exclude_date", left_out[0].replace("-", ""), "-model_exclude_date", left_out[1])
    used = np.array([plain.dates[2] <= d <= plain.dates[20] and d not in left_out for d in plain.dates])
    whole = report(tmp_path / "out")["time_model"]
    assert whole["dates_used"] == used.sum() == 17
    assert whole["excluded_dates"] == [d for d, u in zip(plain.dates, used) if not u]
    assert (tmp_path / "out" / "displacement.tif").read_bytes() == (plain.out / "displacement.tif").read_bytes()
    design = np.stack([np.ones_like(plain.time), plain.time], axis=1)[used]
    velocity, deviation = fit(design, plain.displacement[used])
    got = read(tmp_path / "out", "velocity.tif")
    assert difference(got[0], velocity[1]) < 1e-6 and difference(got[1], deviation[1]) < 1e-6
    # outliers are left out besides
    sbas(simulated, tmp_path / "judged", "-model_end_date", plain.dates[20], "-outlier_cutoff", 0.9)
    outliers = {line["date"] for line in table(tmp_path / "judged") if line["outlier"] == "1"}
    excluded = report(tmp_path / "judged")["time_model"]["excluded_dates"]
    assert outliers and set(excluded) == outliers | set(plain.dates[21:])


def test_velocity_may_change_at_dates(simulated, plain, tmp_path):
    t = plain.time
    onsets = [year_of(d) - plain.years[0] for d in ("2020-03-15", "2020-06-15")]
    sbas(simulated, tmp_path / "out", "-polyline", "2020-03-15,20200615")
    design = np.stack([np.ones_like(t), t] + [np.maximum(t - o, 0) for o in onsets], axis=1)
    x, _ = fit(design, plain.displacement)
    got = read(tmp_path / "out", "velocity_changes.tif")
    assert difference(got[0], x[1] + x[2]) < 1e-5
    assert difference(got[2], x[1] + x[2] + x[3]) < 1e-5


def test_resampled_dates_give_deviations_like_the_residuals(simulated, plain, tmp_path):
    runs = {}
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        sbas(simulated, tmp_path / name, "-uncertainty", "bootstrap", "-bootstrap_count", 200, "-seed", seed)
        runs[name] = read(tmp_path / name, "velocity.tif")
    velocity, deviation = read(plain.out, "velocity.tif")
    assert np.array_equal(runs["a"], runs["b"], equal_nan=True)
    assert not np.array_equal(runs["a"][1], runs["c"][1], equal_nan=True)
    assert np.array_equal(runs["a"][0], velocity, equal_nan=True)
    # the same quantity by another way; residuals are no independent noise, so only roughly
    known = deviation > 0        # not at the reference
    assert 0.5 < np.median(runs["a"][1][known] / deviation[known]) < 1.5


# -------- the same bytes -----------------------------------------------------------------------------------------------

EVERYTHING = ["-troposphere", "height_correlation", "-deramp", "quadratic", "-dem_error", "-outlier_cutoff", "1",
              "-reference_date", "auto", "-periodic", "1"]
RESULTS = ["velocity.tif", "displacement.tif", "dem_error.tif", "annual_amplitude.tif", "residual_rms_dates.csv"]


@pytest.fixture(scope="module")
def everything(simulated, tmp_path_factory):
    out = tmp_path_factory.mktemp("everything") / "out"
    sbas(simulated, out, *EVERYTHING, "-threads", 1)
    return out


@pytest.mark.parametrize("words", [["-threads", "3"], ["-threads", "2", "-wm", "1MB"],
                                   ["-threads", "2", "--config", "IH_BLOCK_PIXELS", "1600"]])
def test_corrections_do_not_depend_on_the_machine(simulated, everything, tmp_path, words):
    sbas(simulated, tmp_path / "out", *EVERYTHING, *words)
    for name in RESULTS:
        assert (tmp_path / "out" / name).read_bytes() == (everything / name).read_bytes(), name


def test_results_of_options_left_out_the_next_time_go(simulated, tmp_path):
    sbas(simulated, tmp_path / "out", "-dem_error", "-periodic", "1")
    assert (tmp_path / "out" / "dem_error.tif").exists()
    sbas(simulated, tmp_path / "out", "-overwrite")
    assert not (tmp_path / "out" / "dem_error.tif").exists()
    assert not (tmp_path / "out" / "annual_amplitude.tif").exists()
    assert not list((tmp_path / "out").glob("annual_amplitude.*")) + list((tmp_path / "out").glob("dem_error.*"))


# -------- wrong words and missing facts --------------------------------------------------------------------------------

@pytest.mark.parametrize("words, text", [
    (["-step", "yesterday"], "-step: 'yesterday' is not a date"),
    (["-step", "20200301T99:00"], "is not a moment"),
    (["-step", "19990101"], "step"),
    (["-periodic", "1,zero"], "-periodic: 'zero'"),
    (["-periodic", "1,1"], "do not determine"),
    (["-polynomial", "16"], "do not determine"),
    (["-exponential", "20191201"], "DATE,TAU_DAYS"),
    (["-logarithmic", "20191201,-3"], "DATE,TAU_DAYS"),
    (["-reference_date", "20200701"], "is no date of the stack"),
    (["-reference_date", "someday"], "not a date, auto or first"),
    (["-model_exclude_date", "20200701"], "-model_exclude_date 2020-07-01 is no date of the stack"),
    (["-model_exclude_date", "20200101,monday"], "-model_exclude_date: 'monday' is not a date"),
    (["-model_start_date", "then"], "-model_start_date: 'then' is not a date"),
    (["-model_start_date", "20300101"], "do not determine"),
    (["-dem_error", "-incidence", "39", "-slant_range", 850000, "-dem_error_exclude_date", "20200701"],
     "-dem_error_exclude_date 2020-07-01 is no date of the stack"),
    (["-dem_error"], "-incidence"),
    (["-dem_error", "-incidence", "39"], "-slant_range"),
    (["-troposphere", "height_correlation"], "lv_theta"),
    (["-deramp", "cubic"], "deramp"),
])
def test_what_cannot_be_is_told_and_leaves_nothing(tmp_path, words, text):
    stack = Stack(tmp_path / "in", dates=6)
    done = sbas(stack.csv, tmp_path / "out", *words, code=1)
    assert text in done.stderr
    assert not (tmp_path / "out").exists()


def test_unknown_baselines_are_told(tmp_path):
    stack = Stack(tmp_path / "in", dates=5)
    lines = [line.split(",") for line in stack.csv.read_text().splitlines()]
    stack.csv.write_text("\n".join([",".join(lines[0])] + [",".join(l[:2] + [""] + l[3:]) for l in lines[1:]]) + "\n")
    done = sbas(stack.csv, tmp_path / "out", "-dem_error", "-incidence", 39, "-slant_range", 850000, code=1)
    assert "baseline of every date" in done.stderr
