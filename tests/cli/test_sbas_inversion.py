# SPDX-License-Identifier: MIT
"""Choices of the inversion of gdal_ih_sbas: its norm, parts joined by the time model, masked observations, and
standard deviations from the noise of the pairs.

Oracles: every spanning tree of a small network, one of which is a solution of least absolute residuals; the weak
constraint of the NSBAS papers, solved for each pixel by numpy; dense covariance matrices; and simulated truth.
"""
import itertools
import math
import signal
from datetime import date

import numpy as np
import pytest
from osgeo import gdal

from conftest import run
from test_sbas import (WAVELENGTH_M, Stack, check_against_oracle, contents, decimal_years, nothing_left, phase_variance,
                       read, report, sbas, truth_window, weights_of, write_raster)
from test_sbas_faults import again, stop_at

gdal.UseExceptions()

METRES_PER_RAD = WAVELENGTH_M / (4 * math.pi)
SECONDS = 45000                         # time of day of a Stack
REFERENCE = ["-ref_pixel", 7, 5]        # its coherent pixel, column and row


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    return Stack(tmp_path_factory.mktemp("stack"))


@pytest.fixture(scope="module")
def gaps(tmp_path_factory):
    return Stack(tmp_path_factory.mktemp("gaps"), holes=0.45, connections=2, seed=3)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Products with noise and unwrapping errors, but nothing else that least squares could take for motion."""
    folder = tmp_path_factory.mktemp("simulated") / "products"
    run("gdal_ih_simulate", "-q", "-dates", 12, "-ts", 140, 100, "-no_turbulence", "-no_stratified", "-no_dem_error",
        "-unwrap_errors", 0.1, folder)
    return folder


def referenced(stack, row=5, column=7):
    """Phases (pair, pixel) relative to the reference point, NaN for none."""
    phase = np.where(stack.phase == 0, np.nan, stack.phase)
    return (phase - phase[:, row, column][:, None, None]).reshape(len(stack.pairs), -1)


def incidence(stack):
    a = np.zeros((len(stack.pairs), len(stack.dates)))
    for k, (first, second) in enumerate(stack.pairs):
        a[k, stack.dates.index(first)] = -1
        a[k, stack.dates.index(second)] = 1
    return a


def displacement_of(out):
    values = read(out, "displacement.tif").astype(float)
    return values.reshape(len(values), -1)


# -------- least absolute residuals -------------------------------------------------------------------------------------

def spanning_trees(a):
    for rows in itertools.combinations(range(len(a)), a.shape[1] - 1):
        rows = list(rows)
        if abs(np.linalg.det(a[rows, 1:])) > 0.5:
            yield rows


def test_the_l1_norm_finds_the_least_sum_of_absolute_residuals(tmp_path):
    stack = Stack(tmp_path / "in", nx=12, ny=9, dates=5, connections=3, noise=2, holes=0)
    sbas(stack.csv, tmp_path / "out", "-norm", "l1", "-weight", "none", *REFERENCE)
    sbas(stack.csv, tmp_path / "l2", "-weight", "none", *REFERENCE)
    a, phase = incidence(stack), referenced(stack)
    least = np.full(phase.shape[1], np.inf)
    for rows in spanning_trees(a):
        x = np.linalg.solve(a[rows, 1:], phase[rows])
        least = np.minimum(least, abs(phase - a[:, 1:] @ x).sum(axis=0))
    sums = [abs(phase + a @ displacement_of(tmp_path / name) / METRES_PER_RAD).sum(axis=0) for name in ("out", "l2")]
    # displacements are float32: 1e-8 m of 0.1 m are 2e-6 rad for each of nine pairs
    assert (abs(sums[0] - least) < 5e-5).all()
    assert (sums[1] > 1.01 * least + 1e-3).mean() > 0.8


def test_whole_cycles_in_few_pairs_spread_less_in_the_l1_norm(simulated, tmp_path):
    errors = {}
    for norm in ("l1", "l2"):
        out = tmp_path / norm
        sbas(simulated, out, "-norm", norm)
        truth = truth_window(simulated, out, "displacement.tif")
        truth = truth - truth[0]
        place = report(out)["reference"]
        truth -= truth[:, place["row"], place["column"]][:, None, None]
        whole = read(out, "valid_pairs.tif")[0] == report(out)["network"]["pairs"]
        errors[norm] = abs(read(out, "displacement.tif") - truth)[:, whole]
        assert report(out)["options"]["norm"] == norm
    # A cycle is 28 mm. Least squares leaves a share of it at the dates of the pair, in a third of all pixels here.
    far = {norm: (e.max(axis=0) > 0.006).mean() for norm, e in errors.items()}
    assert far["l1"] < 0.5 * far["l2"], far


# -------- parts joined by the time model -------------------------------------------------------------------------------

def weakly_constrained(stack, terms, gamma=1e-4):
    """Displacement (date, pixel) by the equations of the pairs and, for every date, gamma (x - terms - constant) = 0."""
    a, phase = incidence(stack), referenced(stack)
    root = np.sqrt(weights_of(stack.coherence, "variance", 41).reshape(phase.shape))
    n, p = len(stack.dates), terms.shape[1]
    constraint = gamma * np.hstack([np.eye(n)[:, 1:], -terms, -np.ones((n, 1))])
    out = np.full((n, phase.shape[1]), np.nan)
    for i in range(phase.shape[1]):
        ok = np.isfinite(phase[:, i])
        if not (abs(a[ok, 1:]).sum(axis=0) > 0).all():
            continue
        pairs = np.hstack([root[ok, i, None] * a[ok, 1:], np.zeros((ok.sum(), p + 1))])
        right = np.concatenate([root[ok, i] * phase[ok, i], np.zeros(n)])
        solution = np.linalg.lstsq(np.vstack([pairs, constraint]), right, rcond=1e-14)[0]
        out[:, i] = np.concatenate([[0], solution[:n - 1]])
    return -METRES_PER_RAD * out


@pytest.mark.parametrize("degree", [1, 2])
def test_nsbas_joins_parts_like_a_weak_constraint(gaps, tmp_path, degree):
    out = tmp_path / "out"
    sbas(gaps.csv, out, "-nsbas", "-polynomial", degree, *REFERENCE)
    sbas(gaps.csv, tmp_path / "plain", "-polynomial", degree, *REFERENCE)
    t = decimal_years(gaps.dates, SECONDS)
    expected = weakly_constrained(gaps, np.stack([(t - t[0]) ** k for k in range(1, degree + 1)], axis=1))
    got, plain = displacement_of(out), displacement_of(tmp_path / "plain")
    solved = np.isfinite(expected[0])
    parts = read(out, "valid_pairs.tif")[1].reshape(-1)
    assert (np.isfinite(got[0]) == solved).all() and (parts[solved] > 1).sum() > 20
    assert abs(got - expected)[:, solved].max() < 1e-5
    assert (got[:, parts == 1] == plain[:, parts == 1]).all(), "whole networks are left alone"
    assert abs(got - plain)[:, parts > 1].max() > 1e-3
    # The user wants the joined pixels: they may be reliable, and are counted all the same.
    mask, before = (read(tmp_path / n, "mask.tif").reshape(-1) for n in ("out", "plain"))
    assert before[parts > 1].max() == 0 < mask[parts > 1].sum() and (mask[parts == 1] == before[parts == 1]).all()
    assert report(out)["statistics"]["gap_pixels"] == (parts > 1).sum()


def test_a_steady_motion_crosses_a_gap_of_the_network(tmp_path):
    stack = Stack(tmp_path / "in", holes=0, noise=0)
    years = decimal_years(stack.dates, SECONDS)
    rate = np.arange(37 * 23).reshape(23, 37) * 1e-4
    for a, b in stack.pairs:
        span = years[stack.dates.index(b)] - years[stack.dates.index(a)]
        write_raster(stack.folder / f"{a:%Y%m%d}_{b:%Y%m%d}_unw.tif", 1 - rate * span / METRES_PER_RAD, stack.metadata)
    middle = stack.dates[3]
    stack.rewrite(lambda l: (date.fromisoformat(l[:10]) < middle) == (date.fromisoformat(l[11:21]) < middle))
    done = run("gdal_ih_sbas", stack.csv, tmp_path / "out", "-nsbas", *REFERENCE)
    assert "2 parts" in done.stderr and "-nsbas" in done.stderr
    velocity = read(tmp_path / "out", "velocity.tif")[0].astype(float)
    expected = rate - rate[5, 7]
    # phases around 1 rad are good to 1e-7 rad, displacements to 1e-9 m, over a quarter of a year
    assert abs(velocity - expected).max() < 2e-7
    sbas(stack.csv, tmp_path / "least", *REFERENCE)
    assert abs(read(tmp_path / "least", "velocity.tif")[0] - expected).max() > 1e-3


def test_the_summary_tells_that_gaps_were_joined(gaps, tmp_path):
    done = run("gdal_ih_sbas", gaps.csv, tmp_path / "out", "-nsbas", *REFERENCE)
    assert "joined by the time model" in done.stdout


# -------- reliable pixels ----------------------------------------------------------------------------------------------

def test_the_mask_begins_at_the_temporal_coherence_asked_for(stack, tmp_path):
    kept = {}
    for least in 0, 0.7, 0.9, 1:
        out = tmp_path / f"{least}"
        sbas(stack.csv, out, "-min_temporal_coherence", least, *REFERENCE)
        quality = read(out, "temporal_coherence.tif")
        kept[least] = read(out, "mask.tif") == 1
        assert (quality[kept[least]] >= np.float32(least)).all()
        assert report(out)["options"]["min_temporal_coherence"] == least
    # without a limit what is left out has other reasons, and those are the same for any limit
    for least in 0.7, 0.9, 1:
        assert (kept[least] == (kept[0] & (quality >= np.float32(least)))).all()
    assert kept[0].sum() > kept[0.7].sum() > kept[0.9].sum() > kept[1].sum()


# -------- masked observations ------------------------------------------------------------------------------------------

def test_observations_of_low_coherence_are_masked_and_counted(tmp_path):
    stack = Stack(tmp_path / "in")
    threshold = np.float32(0.3)
    stack.coherence[4, 10, 10:20] = threshold                     # kept
    stack.coherence[4, 11, 10:20] = np.nextafter(threshold, np.float32(0))
    stack.coherence[4, 12, 10:20] = np.nan
    a, b = stack.pairs[4]
    write_raster(stack.folder / f"{a:%Y%m%d}_{b:%Y%m%d}_corr.tif", stack.coherence[4])
    done = run("gdal_ih_sbas", stack.csv, tmp_path / "out", "-min_pixel_coherence", 0.3, *REFERENCE)
    phase = np.where(stack.phase == 0, np.nan, stack.phase)
    low = ~(stack.coherence.astype(np.float32) >= threshold)
    masked = (low & np.isfinite(phase)).sum()
    assert low[4, 11:13, 10:20].all() and not low[4, 10, 10:20].any()
    check_against_oracle(tmp_path / "out", stack.pairs, stack.dates, np.where(low, np.nan, phase), stack.coherence,
                         SECONDS, WAVELENGTH_M)
    assert report(tmp_path / "out")["statistics"]["masked_observations"] == masked
    assert f"Masked:      {masked} observations of coherence below 0.3" in done.stdout
    # by the limit 0 all stay but those of unknown coherence; without one all do
    sbas(stack.csv, tmp_path / "zero", "-min_pixel_coherence", 0, *REFERENCE)
    assert report(tmp_path / "zero")["statistics"]["masked_observations"] == np.isfinite(phase[4, 12, 10:20]).sum()
    sbas(stack.csv, tmp_path / "none", *REFERENCE)
    assert report(tmp_path / "none")["statistics"]["masked_observations"] == 0
    assert report(tmp_path / "none")["options"]["min_pixel_coherence"] is None


def test_counts_of_masked_observations_follow_the_selection_of_pairs(stack, tmp_path):
    sbas(stack.csv, tmp_path / "out", "-min_pixel_coherence", 0.3, "-min_coherence", 0.52, "-no_spanning_tree",
         *REFERENCE)
    kept = [(date.fromisoformat(p["reference_date"]), date.fromisoformat(p["secondary_date"]))
            for p in report(tmp_path / "out")["inputs"]]
    rows = [stack.pairs.index(p) for p in kept]
    assert 0 < len(rows) < len(stack.pairs)
    masked = (stack.coherence[rows].astype(np.float32) < np.float32(0.3)) & (stack.phase[rows] != 0)
    assert report(tmp_path / "out")["statistics"]["masked_observations"] == masked.sum()


def test_a_threshold_that_leaves_nothing_is_an_error(simulated, tmp_path):
    done = sbas(simulated, tmp_path / "out", "-min_pixel_coherence", 1, code=1)
    assert done.stderr.strip() and nothing_left(tmp_path / "out")


def give_components(stack, pairs, seed=4):
    """Components 0 to 2 in blocks for these pairs, a declared no-data value among them; returns (pair, row, column)."""
    random = np.random.default_rng(seed)
    components = np.ones(stack.phase.shape)
    lines = stack.csv.read_text().splitlines()
    lines[0] += ",conncomp"
    for k, (a, b) in enumerate(stack.pairs):
        lines[k + 1] += ","
        if k not in pairs:
            continue
        components[k] = np.kron(random.choice([0, 1, 2, 255], (3, 4), p=[0.2, 0.4, 0.3, 0.1]), np.ones((8, 10)))[:23, :37]
        components[k, 5, 7] = 1
        write_raster(stack.folder / f"{a:%Y%m%d}_{b:%Y%m%d}_conncomp.tif", components[k], nodata=255)
        lines[k + 1] += f"{a:%Y%m%d}_{b:%Y%m%d}_conncomp.tif"
    stack.csv.write_text("\n".join(lines) + "\n")
    return components


def test_observations_outside_of_components_are_masked_and_counted(tmp_path):
    stack = Stack(tmp_path / "in")
    without = {2, 7}
    components = give_components(stack, set(range(len(stack.pairs))) - without)
    out = np.isin(components, [0, 255])
    done = run("gdal_ih_sbas", stack.csv, tmp_path / "out", "-mask_unconnected", *REFERENCE)
    phase = np.where(stack.phase == 0, np.nan, stack.phase)
    masked = (out & np.isfinite(phase)).sum()
    assert masked > 1000 and not out[list(without)].any()
    check_against_oracle(tmp_path / "out", stack.pairs, stack.dates, np.where(out, np.nan, phase), stack.coherence,
                         SECONDS, WAVELENGTH_M)
    told = report(tmp_path / "out")
    assert told["statistics"]["masked_observations"] == masked and told["options"]["mask_unconnected"] is True
    assert told["statistics"]["pairs_without_components"] == len(without)
    assert f"Masked:      {masked} observations outside of connected components" in done.stdout
    assert f"2 of {len(stack.pairs)} pairs have no connected components" in done.stderr
    # both masks together, and neither unless asked for
    done = run("gdal_ih_sbas", stack.csv, tmp_path / "both", "-mask_unconnected", "-min_pixel_coherence", 0.3, *REFERENCE)
    both = ((out | (stack.coherence.astype(np.float32) < np.float32(0.3))) & np.isfinite(phase)).sum()
    assert f"Masked:      {both} observations of coherence below 0.3 or outside of connected components" in done.stdout
    done = run("gdal_ih_sbas", stack.csv, tmp_path / "none", *REFERENCE)
    assert report(tmp_path / "none")["statistics"]["masked_observations"] == 0 and "components" not in done.stderr


def test_a_mask_of_components_needs_components(stack, tmp_path):
    done = sbas(stack.csv, tmp_path / "out", "-mask_unconnected", code=1)
    assert "no interferogram has connected components" in done.stderr and nothing_left(tmp_path / "out")


def test_a_pair_whose_components_cannot_be_read_is_left_out(tmp_path):
    stack = Stack(tmp_path / "in")
    give_components(stack, set(range(len(stack.pairs))))
    a, b = stack.pairs[3]
    (stack.folder / f"{a:%Y%m%d}_{b:%Y%m%d}_conncomp.tif").write_bytes(b"no raster")
    done = sbas(stack.csv, tmp_path / "out", "-mask_unconnected", *REFERENCE, code=2)
    assert "conncomp" in done.stderr
    assert len(report(tmp_path / "out")["inputs"]) == len(stack.pairs) - 1


# -------- covariance ---------------------------------------------------------------------------------------------------

def date_covariances(stack, kind, phase):
    """Of the dates' displacement relative to the first, m^2, for each pixel; None where its network is not whole."""
    a = incidence(stack)[:, 1:]
    weight = weights_of(stack.coherence, kind, 41).reshape(phase.shape)
    variance = 1 / weights_of(stack.coherence, "variance", 41).reshape(phase.shape)
    for w, v, ok in zip(weight.T, variance.T, np.isfinite(phase).T):
        if np.linalg.matrix_rank(a[ok]) < a.shape[1]:
            yield None
            continue
        g = np.linalg.solve(a[ok].T @ (w[ok, None] * a[ok]), a[ok].T * w[ok])
        out = np.zeros((len(stack.dates),) * 2)
        out[1:, 1:] = METRES_PER_RAD**2 * (g * v[ok]) @ g.T
        yield out


def compare_deviations(got, expected):
    """(parameter, pixel); NaN where there is none. Both are roots of sums of float32 weights."""
    assert (np.isnan(got) == np.isnan(expected)).all()
    known = np.isfinite(expected)
    assert known.mean() > 0.5
    assert (abs(got - expected)[known] < 2e-6 * abs(expected[known]) + 1e-12).all()


@pytest.mark.parametrize("kind", ["variance", "coherence"])
def test_deviations_are_those_of_dense_covariances(stack, tmp_path, kind):
    out, reference = tmp_path / "out", 3
    sbas(stack.csv, out, "-uncertainty", "covariance", "-displacement_deviation", "-weight", kind, "-reference_date",
         stack.dates[reference], *REFERENCE)
    phase = referenced(stack)
    t = decimal_years(stack.dates, SECONDS)
    inverse = np.linalg.pinv(np.stack([np.ones(len(t)), t - t[0]], axis=1))
    n = phase.shape[1]
    dates, velocity = np.full((len(t), n), np.nan), np.full((1, n), np.nan)
    for i, c in enumerate(date_covariances(stack, kind, phase)):
        if c is None:
            continue
        velocity[0, i] = math.sqrt(inverse[1] @ c @ inverse[1])
        dates[:, i] = np.sqrt(np.maximum(np.diag(c) + c[reference, reference] - 2 * c[reference], 0))
    compare_deviations(read(out, "velocity.tif")[1].reshape(1, -1).astype(float), velocity)
    got = read(out, "displacement_deviation.tif").reshape(len(t), -1).astype(float)
    solved = np.isfinite(dates[0])
    assert (got[reference, solved] == 0).all()
    compare_deviations(np.delete(got, reference, 0), np.delete(dates, reference, 0))
    ds = gdal.Open(str(out / "displacement_deviation.tif"))
    assert ds.GetRasterBand(2).GetDescription() == stack.dates[1].isoformat()
    assert ds.GetRasterBand(2).GetUnitType() == "m"
    assert ds.GetMetadataItem("REFERENCE_DATE") == stack.dates[reference].isoformat()


def test_all_terms_get_their_deviation_also_after_the_error_of_the_elevation_model(tmp_path):
    stack = Stack(tmp_path / "in", dates=14, nx=20, ny=12, holes=0.05)
    out = tmp_path / "out"
    sbas(stack.csv, out, "-uncertainty", "covariance", "-periodic", 0.3, "-polyline", stack.dates[6], "-dem_error",
         "-incidence", 40, "-slant_range", 850000, *REFERENCE)
    phase = referenced(stack)
    t = decimal_years(stack.dates, SECONDS)
    t = t - t[0]
    change = decimal_years([stack.dates[6]], 0)[0] - decimal_years([stack.dates[0]], SECONDS)[0]
    wave = 2 * np.pi * t / 0.3
    inverse = np.linalg.pinv(np.stack([np.ones(len(t)), t, np.cos(wave), np.sin(wave), np.maximum(t - change, 0)],
                                      axis=1))
    # The estimated height takes a multiple of the baselines off the series.
    baselines = np.array([d["perpendicular_baseline_m"] for d in report(out)["dates"]])
    b = baselines - baselines[0]
    heights = np.linalg.pinv(np.stack([b / abs(b).max(), np.ones(len(t)), t, t**2], axis=1))[0]
    inverse = inverse @ (np.eye(len(t)) - np.outer(b / abs(b).max(), heights))

    velocity = read(out, "velocity.tif").reshape(2, -1).astype(float)
    periodic = read(out, "periodic_amplitudes.tif").reshape(4, -1).astype(float)
    after = read(out, "velocity_changes.tif").reshape(2, -1).astype(float)
    n = phase.shape[1]
    expected = np.full((4, n), np.nan)
    for i, c in enumerate(date_covariances(stack, "variance", phase)):
        if c is None or i == 5 * 20 + 7:        # the reference point has no amplitude, so no direction
            continue
        c = inverse @ c @ inverse.T
        amplitude, angle = periodic[0, i], periodic[2, i]
        cosine, sine = amplitude * math.sin(angle), amplitude * math.cos(angle)
        along = np.array([0, 0, cosine, sine, 0]) / amplitude
        across = np.array([0, 0, sine, -cosine, 0]) / amplitude**2
        sum_ = np.array([0, 1, 0, 0, 1])
        expected[:, i] = np.sqrt([c[1, 1], along @ c @ along, across @ c @ across, sum_ @ c @ sum_])
    got = np.stack([velocity[1], periodic[1], periodic[3], after[1]])
    got[:, 5 * 20 + 7] = np.nan
    assert (np.isnan(got) == np.isnan(expected)).all()
    known = np.isfinite(expected)
    # the amplitude is read back as float32, and velocity and its change nearly cancel in the last
    relative = abs(got / expected - 1)[known]
    assert known.mean() > 0.5 and relative.max() < 1e-4


def test_deviations_are_unknown_where_parts_are_joined_by_a_minimum_norm(gaps, tmp_path):
    words = ["-uncertainty", "covariance", "-displacement_deviation", *REFERENCE]
    sbas(gaps.csv, tmp_path / "norm", *words)
    sbas(gaps.csv, tmp_path / "model", "-nsbas", *words)
    parts = read(tmp_path / "norm", "valid_pairs.tif")[1]
    velocity, deviation = read(tmp_path / "norm", "velocity.tif")
    assert np.isfinite(velocity[parts > 1]).all() and np.isnan(deviation[parts > 1]).all()
    assert np.isfinite(deviation[parts == 1]).all()
    assert np.isnan(read(tmp_path / "norm", "displacement_deviation.tif")[:, parts > 1]).all()
    joined = read(tmp_path / "model", "velocity.tif")[1]
    assert np.isfinite(joined[parts > 1]).all() and (joined[parts == 1] == deviation[parts == 1]).all()
    assert np.isfinite(read(tmp_path / "model", "displacement_deviation.tif")[:, parts > 1]).all()


def test_stated_deviations_are_the_scatter_of_noisy_series(tmp_path):
    """Noise of the variance that a coherence stands for: velocities over their deviations have a variance of 1. Over
    2000 independent pixels its estimate scatters by 3 %; five times that is allowed."""
    random = np.random.default_rng(5)
    stack = Stack(tmp_path / "in", nx=50, ny=40, holes=0)
    variance = phase_variance(41)
    for k, (a, b) in enumerate(stack.pairs):
        level = random.integers(60, 195)
        coherence = np.full((40, 50), 0.005 * (level + 1))
        phase = 1 + random.normal(0, math.sqrt(variance[level]), (40, 50))
        phase[5, 7] = 1
        name = f"{a:%Y%m%d}_{b:%Y%m%d}"
        write_raster(stack.folder / f"{name}_unw.tif", phase, stack.metadata)
        write_raster(stack.folder / f"{name}_corr.tif", coherence)
    sbas(stack.csv, tmp_path / "out", "-uncertainty", "covariance", *REFERENCE)
    velocity, deviation = read(tmp_path / "out", "velocity.tif").astype(float)
    elsewhere = np.ones(velocity.shape, bool)
    elsewhere[5, 7] = False
    assert abs(np.mean((velocity / deviation)[elsewhere] ** 2) - 1) < 5 * math.sqrt(2 / 2000)


# -------- operation ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("words", [
    ["-norm", "l1", "-nsbas", "-min_pixel_coherence", 0.3],
    ["-uncertainty", "covariance", "-displacement_deviation", "-nsbas", "-min_pixel_coherence", 0.3, "-periodic", 1],
    ["-uncertainty", "covariance", "-displacement_deviation", "-dem_error", "-deramp", "linear"]])
def test_no_choice_depends_on_threads_memory_or_blocks(simulated, tmp_path, words):
    runs = {"one": (["-threads", 1], {}), "file": (["-threads", 2, "-wm", "100KB"], {}),
            "blocks": (["-threads", 3], {"IH_BLOCK_PIXELS": "512"})}
    for name, (machine, env) in runs.items():
        sbas(simulated, tmp_path / name, *words, *machine, env=env)
    assert report(tmp_path / "file")["execution"]["work_cube_in_file"] is True
    assert report(tmp_path / "one")["statistics"]["gap_pixels"] > 0
    first = contents(tmp_path / "one")
    assert ("displacement_deviation.tif" in first) == ("-displacement_deviation" in words)
    for name in ("file", "blocks"):
        assert contents(tmp_path / name) == first, name


@pytest.mark.parametrize("words, reason", [
    (["-norm", "l3"], "-norm"),
    (["-nsbas", "-min_norm", "displacement"], "exclude each other"),
    (["-norm", "l1", "-uncertainty", "covariance"], "-norm l1"),
    (["-norm", "l1", "-displacement_deviation"], "-norm l1"),
    (["-uncertainty", "covariance", "-outlier_cutoff", 3], "-exclude_date"),
    (["-displacement_deviation", "-reference_date", "auto"], "exclude each other"),
    (["-min_pixel_coherence", 1.5], "-min_pixel_coherence"),
    (["-min_pixel_coherence", "much"], "-min_pixel_coherence")])
def test_choices_that_make_no_sense_are_refused_with_a_reason(stack, tmp_path, words, reason):
    done = sbas(stack.csv, tmp_path / "out", *words, code=1)
    assert reason in done.stderr and nothing_left(tmp_path / "out")


@pytest.mark.parametrize("stage, share", [("solving", 0.5), ("correcting", 0.6), ("writing", 0.3)])
def test_an_interrupted_run_finds_its_masks_and_covariances_again(simulated, tmp_path, stage, share):
    words = ["-threads", 2, "-uncertainty", "covariance", "-displacement_deviation", "-nsbas", "-min_pixel_coherence", 0.3,
             "-dem_error", "-periodic", 1]
    again([simulated, tmp_path / "whole", *words])
    stop_at([simulated, tmp_path / "out", *words], stage, share, signal.SIGKILL)
    again([simulated, tmp_path / "out", *words])
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
