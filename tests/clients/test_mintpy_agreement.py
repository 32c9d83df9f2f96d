# SPDX-License-Identifier: MIT
"""gdal_ih_sbas -compat mintpy computes what MintPy computes.

Simulated products that share one extent are unpacked into a folder, which both programs read as it is. MintPy runs its own
workflow, from load_data to velocity, with the reference point given; its HDF5 files are compared with our rasters. The bounds
are those within which a paper's figures would not change: MintPy solves in float32 by singular values, we in double by
Cholesky. `pytest -rP` prints the greatest differences that were found.

Where release 1.5.1 differs from the newest one, -compat follows the newest, and the scenario is set up so that both do the
same; a comment says how at each such place.
"""
import csv
import datetime
import json
import os
import re
import shutil
import subprocess
import zipfile

import numpy as np
import pytest
from osgeo import gdal

h5py = pytest.importorskip("h5py")
if not shutil.which("mintpy"):
    pytest.skip("MintPy is not installed", allow_module_level=True)

from conftest import run  # noqa: E402

gdal.UseExceptions()

COLUMNS, ROWS = 80, 60

DISPLACEMENT_M = 1e-5
TEMPORAL_COHERENCE = 1e-5
VELOCITY_M_PER_YEAR = 1e-6
DEM_ERROR_M = 1e-3

# 1.5.1 multiplies by 0.67449 where it has to divide: with this cutoff its threshold is the newest release's of 3.
CUTOFF_3_IN_1_5_1 = 3 / 0.67449**2

TEMPLATE = {
    "load.processor": "hyp3",
    "load.unwFile": "{products}/*/*_unw_phase.tif",
    "load.corFile": "{products}/*/*_corr.tif",
    "load.demFile": "{products}/*/*_dem.tif",
    "load.incAngleFile": "{products}/*/*_lv_theta.tif",
    "load.azAngleFile": "{products}/*/*_lv_phi.tif",
    "load.waterMaskFile": "{products}/*/*_water_mask.tif",
    "troposphericDelay.method": "no",
    "residualRMS.cutoff": CUTOFF_3_IN_1_5_1,
    "plot": "no",
}
# What MintPy does by default, as steps of ours.
DEFAULT_STEPS = ["-dem_error", "-outlier_cutoff", 3, "-reference_date", "auto"]


class Products:
    """Unpacked products in one folder, with the phases and coherences at hand."""

    def __init__(self, folder):
        self.folder = folder
        self.pairs = {}
        for product in sorted(folder.iterdir()):
            dates = re.findall(r"_(\d{8})T", product.name)
            self.pairs[tuple(dates)] = product
        self.dates = sorted({date for pair in self.pairs for date in pair})

    def raster(self, pair, layer):
        product = self.pairs[pair]
        return product / f"{product.name}_{layer}.tif"

    def read(self, layer):
        return {pair: gdal.Open(str(self.raster(pair, layer))).ReadAsArray() for pair in self.pairs}

    def write(self, layer, planes):
        for pair, plane in planes.items():
            dataset = gdal.Open(str(self.raster(pair, layer)), gdal.GA_Update)
            dataset.GetRasterBand(1).WriteArray(plane)
            dataset = None

    def reference(self):
        """The most coherent pixel that has a phase in all pairs, as column and row."""
        phase, coherence = np.array(list(self.read("unw_phase").values())), list(self.read("corr").values())
        quality = np.where((phase != 0).all(axis=0), np.mean(coherence, axis=0), 0)
        row, column = np.unravel_index(quality.argmax(), quality.shape)
        return int(column), int(row)

    def without(self, folder, keep):
        """A copy with the pairs for which keep(i, j) of the dates' numbers holds."""
        number = {date: i for i, date in enumerate(self.dates)}
        for pair, product in self.pairs.items():
            if keep(number[pair[0]], number[pair[1]]):
                shutil.copytree(product, folder / product.name)
        return Products(folder)


@pytest.fixture(scope="module")
def simulate(tmp_path_factory):
    def make(name, *options):
        folder = tmp_path_factory.mktemp(name)
        run("gdal_ih_simulate", "-q", "-same_extent", "-ts", COLUMNS, ROWS, "-dates", 16, "-interval", 24, *options,
            folder / "zips")
        for path in (folder / "zips").glob("*.zip"):
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder / "products")
        shutil.rmtree(folder / "zips")
        return Products(folder / "products")
    return make


@pytest.fixture(scope="module")
def plain(simulate):
    return simulate("plain", "-connections", 3, "-seed", 3)


@pytest.fixture(scope="module")
def gaps(plain, tmp_path_factory):
    """Everything that can be missing: see the comments. Values change only where there was one."""
    products = plain.without(tmp_path_factory.mktemp("gaps") / "products", lambda i, j: True)
    number = {date: i for i, date in enumerate(products.dates)}
    phase, coherence = products.read("unw_phase"), products.read("corr")
    column, row = products.reference()
    random = np.random.default_rng(5)

    def block(index):
        """One of ten blocks of 12 x 16 pixels; the reference point is spared."""
        top, left = divmod(index, 5)
        mask = np.zeros((ROWS, COLUMNS), bool)
        mask[12 + 24 * top:24 + 24 * top, 16 * left:16 * left + 16] = True
        mask[row, column] = False
        return mask

    for k, ((first, second), plane) in enumerate(phase.items()):
        i, j = number[first], number[second]
        if k % 4 == 0:
            plane[block(0)] = 0
        if 5 in (i, j):  # a date without a pair: no solution there
            plane[block(1)] = 0
        if i < 8 <= j:  # the network of the pixels falls into two parts
            plane[block(2)] = 0
        if (i + j) % 2:  # it falls into two parts that interlock, without redundancy
            plane[block(3)] = 0
        if i == 0:  # the first date has no pair: this is a part as well
            plane[block(4)] = 0
        plane[block(5) & (random.random(plane.shape) < 0.3)] = 0
        plane[block(6)] = 0  # no phase at all
        if k % 3 == 0:  # the value of the reference point: 0 once referenced, so no data to MintPy
            plane[block(7) & (plane != 0)] = plane[row, column]
        coherence[first, second][block(8)] = 0  # phases without coherence
        if k % 5 == 0:
            coherence[first, second][block(9)] = 0
    products.write("unw_phase", phase)
    products.write("corr", coherence)
    return products


@pytest.fixture(scope="module")
def begun(plain, tmp_path_factory):
    """Pixels without all pairs of the first date have no phase at all. Where it has no pair, the second date's displacement
    is 0 but for rounding, by least norm, and whether it is exactly 0 decides whether MintPy corrects it."""
    products = plain.without(tmp_path_factory.mktemp("begun") / "products", lambda i, j: True)
    phase = products.read("unw_phase")
    lost = np.any([plane == 0 for pair, plane in phase.items() if pair[0] == products.dates[0]], axis=0)
    for plane in phase.values():
        plane[lost] = 0
    products.write("unw_phase", phase)
    return products


def write_components(products, components):
    """Connected components, which GAMMA products lack."""
    for pair, component in components.items():
        like = gdal.Open(str(products.raster(pair, "corr")))
        raster = gdal.GetDriverByName("GTiff").Create(str(products.raster(pair, "conncomp")), COLUMNS, ROWS, 1, gdal.GDT_Byte)
        raster.SetGeoTransform(like.GetGeoTransform())
        raster.SetSpatialRef(like.GetSpatialRef())
        raster.GetRasterBand(1).WriteArray(component.astype("uint8"))
        raster = None


@pytest.fixture(scope="module")
def connected(begun, tmp_path_factory):
    """Two components in each pair where it is coherent, none elsewhere."""
    products = begun.without(tmp_path_factory.mktemp("connected") / "products", lambda i, j: True)
    column, row = products.reference()
    components = {}
    for pair, plane in products.read("corr").items():
        component = np.where(plane > 0.45, 1 + (np.arange(COLUMNS) > COLUMNS // 2), 0)
        if pair[0] == products.dates[0]:  # see begun
            component[:] = 1
        component[row, column] = 1
        components[pair] = component
    write_components(products, components)
    return products


@pytest.fixture(scope="module")
def islands(simulate):
    """Three regions in each pair, two of which are wrong by whole cycles in some. Every pixel has a phase: MintPy's closure
    turns no data, 0, into a phase when it takes off that of the reference point."""
    products = simulate("islands", "-connections", 3, "-seed", 8, "-no_decorrelation", "-no_turbulence", "-no_water", "-no_margins")
    phase, components = products.read("unw_phase"), {}
    for k, (pair, plane) in enumerate(phase.items()):
        component = np.ones(plane.shape)
        component[:, 30:], component[:, 58:] = 2, 3
        component[:, 28:33] = component[:, 55:58] = 0
        plane[plane == 0] = 1e-3
        plane[component == 2] += 2 * np.pi * {3: 1, 11: -2}.get(k, 0)
        plane[component == 3] += 2 * np.pi * {3: 1, 20: 1}.get(k, 0)
        components[pair] = component
    products.write("unw_phase", phase)
    write_components(products, components)
    return products


@pytest.fixture(scope="module")
def outlier(plain, tmp_path_factory):
    """One date whose phase is spoilt, by the same in all its pairs, far above the others' noise."""
    products = plain.without(tmp_path_factory.mktemp("outlier") / "products", lambda i, j: True)
    phase, date = products.read("unw_phase"), products.dates[7]
    storm = np.random.default_rng(7).normal(scale=12, size=(ROWS, COLUMNS)).astype("float32")
    for (first, second), plane in phase.items():
        sign = (second == date) - (first == date)
        plane[plane != 0] += sign * storm[plane != 0]
    products.write("unw_phase", phase)
    return products


@pytest.fixture(scope="module")
def interlocked(simulate, tmp_path_factory):
    """Two networks, of every other date, with redundancy."""
    whole = simulate("four", "-connections", 4, "-seed", 4)
    return whole.without(tmp_path_factory.mktemp("interlocked") / "products", lambda i, j: (i + j) % 2 == 0)


@pytest.fixture(scope="module")
def split(simulate, tmp_path_factory):
    """Two networks, one after the other. No pixel lacks all pairs of the first date: in the displacement form the mean of its
    series is 0 but for rounding, and whether it is exactly 0 decides whether MintPy estimates its DEM error."""
    whole = simulate("calm", "-connections", 3, "-seed", 6, "-no_decorrelation")
    return whole.without(tmp_path_factory.mktemp("split") / "products", lambda i, j: not i < 6 <= j)


# -------- the two programs --------------------------------------------------------------------------------------------


class MintPy:
    def __init__(self, folder, products, template):
        folder.mkdir()
        self.folder = folder
        lines = {**TEMPLATE, "reference.yx": "{1},{0}".format(*products.reference()), **template}
        text = "".join(f"mintpy.{key} = {value}\n" for key, value in lines.items())
        (folder / "stack.cfg").write_text(text.replace("{products}", str(products.folder)))
        env = {**os.environ, "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "HOME": str(folder)}
        env.pop("LD_PRELOAD", None)  # sanitisers are for our programs
        done = subprocess.run(["mintpy", "smallbaselineApp", "stack.cfg", "--end", "velocity"], cwd=folder, env=env,
                              capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    def read(self, name, dataset):
        with h5py.File(self.folder / f"{name}.h5", "r") as file:
            return file[dataset][()]

    def series(self):
        """The corrected series: the file with the longest history."""
        name = max((path.stem for path in self.folder.glob("timeseries*.h5") if "Residual" not in path.stem), key=len)
        return self.read(name, "timeseries")

    def words(self, name):
        path = self.folder / name
        return path.read_text().split() if path.exists() else []


class Ours:
    def __init__(self, folder, products, options):
        self.folder = folder
        run("gdal_ih_sbas", "-q", "-compat", "mintpy", "-ref_pixel", *products.reference(), *options, products.folder,
            folder)

    def read(self, name):
        return gdal.Open(str(self.folder / f"{name}.tif")).ReadAsArray()

    def judged(self):
        path = self.folder / "residual_rms_dates.csv"
        return list(csv.DictReader(path.open())) if path.exists() else []

    def dates(self, column):
        return [line["date"].replace("-", "") for line in self.judged() if line[column] == "1"]


class Comparison:
    """Differences of two results, printed in the end as a table."""

    def __init__(self, name):
        self.name, self.rows = name, []

    def within(self, quantity, theirs, ours, tolerance):
        """MintPy marks pixels without result by 0, we by NaN."""
        theirs, ours = (np.nan_to_num(np.asarray(a, float)) for a in (theirs, ours))
        assert theirs.shape == ours.shape, quantity
        self.rows.append((quantity, float(abs(theirs - ours).max()), tolerance, float(np.median(abs(theirs)))))

    def identical(self, quantity, theirs, ours):
        theirs, ours = np.asarray(theirs, float), np.asarray(ours, float)
        different = ~((theirs == ours) | (np.isnan(theirs) & np.isnan(ours)))
        self.rows.append((quantity, int(different.sum()), 0, float(np.nanmax(theirs))))

    def conclude(self):
        for quantity, found, allowed, scale in self.rows:
            print(f"{self.name:30} {quantity:28} {found:10.2e} of {allowed:7.0e}   (size {scale:.3g})")
        bad = [row for row in self.rows if not row[1] <= row[2]]
        assert not bad


def deviations(series, design):
    """Standard deviations of the parameters of a design matrix from the residuals, in double precision."""
    y = series.reshape(len(series), -1).astype(float)
    inverse = np.linalg.pinv(design)
    squares = ((y - design @ (inverse @ y))**2).sum(axis=0) / (design.shape[0] - design.shape[1])
    variance = np.diag(inverse @ inverse.T)
    return np.sqrt(variance[:, None] * squares).reshape(-1, *series.shape[1:])


def compare(name, theirs, ours, parameters, design=None):
    """design: where MintPy's deviations are not good to the bound, they are computed from its series instead. The overview
    is compared unless ours left it out."""
    c = Comparison(name)
    c.within("displacement m", theirs.series(), ours.read("displacement"), DISPLACEMENT_M)
    c.within("temporal coherence", theirs.read("temporalCoherence", "temporalCoherence"), ours.read("temporal_coherence"),
             TEMPORAL_COHERENCE)
    velocity = ours.read("velocity")
    c.within("velocity m/year", theirs.read("velocity", "velocity"), velocity[0], VELOCITY_M_PER_YEAR)
    deviation = theirs.read("velocity", "velocityStd") if design is None else deviations(theirs.series(), design)[1]
    c.within("velocity deviation m/year", deviation, velocity[1], VELOCITY_M_PER_YEAR)
    if (theirs.folder / "demErr.h5").exists():
        c.within("DEM error m", theirs.read("demErr", "dem"), ours.read("dem_error"), DEM_ERROR_M)
        rms = np.loadtxt(theirs.folder / "rms_timeseriesResidual_ramp.txt")[:, 1]
        # Ours has six digits.
        c.within("residual of dates m", rms, [float(line["residual_rms_mm"]) / 1e3 for line in ours.judged()], 1e-7)
    # A mean of float32 over tens of pairs.
    c.within("average coherence", theirs.read("avgSpatialCoh", "coherence"), ours.read("average_coherence"), 1e-6)
    if (ours.folder / "stacking_velocity.tif").exists():
        c.within("stacking velocity m/year", theirs.read("avgPhaseVelocity", "velocity"), ours.read("stacking_velocity"),
                 VELOCITY_M_PER_YEAR)
    c.identical("valid pairs", theirs.read("numInvIfgram", "mask"), ours.read("valid_pairs")[0])
    c.identical("mask", theirs.read("maskTempCoh", "mask"), ours.read("mask"))
    if (theirs.folder / "numTriNonzeroIntAmbiguity.h5").exists() and (ours.folder / "closure.tif").exists():
        counts = theirs.read("numTriNonzeroIntAmbiguity", "mask")
        # Newer releases than 1.5.1 blank the pixels where every triplet is ambiguous.
        n_triplets = sum(1 for _ in open(ours.folder / "closures.csv")) - 1
        counts[counts == n_triplets] = np.nan
        c.identical("closure counts", counts, ours.read("closure"))
    for dataset, (name, band) in parameters.items():
        c.within(dataset, theirs.read("velocity", dataset), ours.read(name)[band], VELOCITY_M_PER_YEAR)
    c.conclude()
    assert theirs.words("exclude_date.txt") == ours.dates("outlier")
    assert theirs.words("reference_date.txt") == ours.dates("reference")


def check(tmp_path, name, products, template, options, parameters=None, design=None):
    theirs = MintPy(tmp_path / "mintpy", products, template)
    compare(name, theirs, Ours(tmp_path / "ours", products, options), parameters or {}, design)


WEIGHTS = {"variance": "var", "coherence": "coh", "none": "no"}


def test_an_ordinary_stack_agrees(tmp_path, plain):
    check(tmp_path, "plain, variance", plain, {}, DEFAULT_STEPS)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_gaps_of_every_kind_agree(tmp_path, gaps, weight):
    check(tmp_path, f"gaps, {weight}", gaps, {"networkInversion.weightFunc": WEIGHTS[weight]},
          [*DEFAULT_STEPS, "-weight", weight])


def test_an_outlier_date_is_found_and_left_out_alike(tmp_path, outlier):
    check(tmp_path, "outlier, variance", outlier, {}, DEFAULT_STEPS)
    assert (tmp_path / "mintpy" / "exclude_date.txt").read_text().split() == [outlier.dates[7]]


def test_interlocked_networks_agree(tmp_path, interlocked):
    check(tmp_path, "interlocked, variance", interlocked, {}, DEFAULT_STEPS)


def test_networks_one_after_the_other_agree_in_the_displacement_form(tmp_path, split):
    check(tmp_path, "split, none, displacement", split,
          {"networkInversion.weightFunc": "no", "networkInversion.minNormVelocity": "no"},
          [*DEFAULT_STEPS, "-weight", "none", "-min_norm", "displacement"])


def test_selection_corrections_and_fisher_weights_agree(tmp_path, begun):
    # 1.5.1 compares the unrounded coherence; no pair of this stack is so near the threshold that rounding matters.
    check(tmp_path, "selection, corrections, fisher", begun,
          {"network.coherenceBased": "yes", "network.minCoherence": 0.424, "networkInversion.weightFunc": "fim",
           "troposphericDelay.method": "height_correlation", "deramp": "linear"},
          [*DEFAULT_STEPS, "-min_coherence", 0.424, "-weight", "fisher", "-troposphere", "height_correlation",
           "-deramp", "linear"])


@pytest.mark.parametrize("method, numbers, words", [
    ("bridging", {}, []),
    ("bridging", {"ramp": "linear", "bridgePtsRadius": 2, "connCompMinArea": 10},
     ["-bridge_ramp", "linear", "-bridge_radius", 2, "-region_min_area", 10]),
    ("phase_closure", {}, []),
    ("bridging+phase_closure", {"numSample": 30}, ["-closure_samples", 30])])
def test_corrections_of_regions_agree(tmp_path, islands, method, numbers, words):
    """MintPy's overview is of the phases before. It draws its samples at random, of errors that are the same everywhere."""
    check(tmp_path, f"{method} {words}", islands,
          {"load.connCompFile": "{products}/*/*_conncomp.tif", "unwrapError.method": method,
           **{f"unwrapError.{key}": value for key, value in numbers.items()}},
          [*DEFAULT_STEPS, "-no_overview", "-unwrap_error", method, *words])
    told = json.loads((tmp_path / "ours" / "run.json").read_text())["unwrapping"]
    # bridging takes motion across the gaps for errors in further pairs, as MintPy's does
    assert told["corrected_pairs"] == 3 if method == "phase_closure" else told["corrected_pairs"] >= 3


# MintPy masks observations when it inverts, ours when it reads: the overviews show different things.
MASKED_STEPS = [*DEFAULT_STEPS, "-no_overview"]


def test_a_mask_of_connected_components_agrees(tmp_path, connected):
    check(tmp_path, "components, variance", connected,
          {"load.connCompFile": "{products}/*/*_conncomp.tif", "networkInversion.maskDataset": "connectComponent"},
          [*MASKED_STEPS, "-mask_unconnected"])
    told = json.loads((tmp_path / "ours" / "run.json").read_text())["statistics"]
    assert told["masked_observations"] > 1000 and told["pairs_without_components"] == 0


def test_a_mask_of_coherence_and_redundancy_agree(tmp_path, connected):
    check(tmp_path, "coherence mask, redundancy, variance", connected,
          {"networkInversion.maskDataset": "coherence", "networkInversion.maskThreshold": 0.4,
           "networkInversion.minRedundancy": 2},
          [*MASKED_STEPS, "-min_pixel_coherence", 0.4, "-min_redundancy", 2])


def test_numbers_and_dates_of_corrections_agree(tmp_path, begun):
    dates = begun.dates
    check(tmp_path, "numbers and dates", begun,
          {"troposphericDelay.method": "height_correlation", "troposphericDelay.polyOrder": 2, "troposphericDelay.looks": 4,
           "troposphericDelay.minCorrelation": 0.3, "topographicResidual.phaseVelocity": "yes",
           "topographicResidual.excludeDate": dates[4], "residualRMS.deramp": "linear", "timeFunc.startDate": dates[1], "timeFunc.endDate": dates[13],
           "timeFunc.excludeDate": f"{dates[6]},{dates[9]}"},
          [*DEFAULT_STEPS, "-troposphere", "height_correlation", "-troposphere_polynomial", 2, "-troposphere_looks", 4,
           "-troposphere_min_correlation", 0.3, "-dem_error_velocity", "-dem_error_exclude_date", dates[4], "-residual_ramp", "linear",
           "-model_start_date", dates[1], "-model_end_date", dates[13], "-model_exclude_date", f"{dates[6]},{dates[9]}"])


def test_a_selection_by_coherent_area_agrees(tmp_path, begun):
    Ours(tmp_path / "looked", begun, ["-min_area_ratio", 0])
    with open(tmp_path / "looked" / "network.csv") as file:
        ratios = sorted(float(row["area_ratio"]) for row in csv.DictReader(file))
    # Most pairs, parted from the rest where two ratios are farthest from each other: MintPy's have four decimals.
    middle = max(range(3, len(ratios) // 3), key=lambda k: ratios[k] - ratios[k - 1])
    assert ratios[middle] - ratios[middle - 1] > 1e-3
    least = round((ratios[middle] + ratios[middle - 1]) / 2, 4)
    check(tmp_path, "selection by area", begun, {"network.areaRatioBased": "yes", "network.minAreaRatio": least},
          [*DEFAULT_STEPS, "-min_area_ratio", least])
    kept = json.loads((tmp_path / "ours" / "run.json").read_text())["inputs"]
    assert len(ratios) - middle <= len(kept) < len(ratios)


def time_design(products, step, onset):
    """Columns of a polynomial of degree 2, a period of half a year, a step, and a logarithm of 30 days."""
    product = next(iter(products.pairs.values()))
    text = (product / f"{product.name}.txt").read_text()
    seconds = float(re.search(r"^UTC time: *([0-9.]+)", text, re.M).group(1))

    def decimal_year(date, seconds=0):
        day = datetime.datetime.strptime(date, "%Y%m%d").timetuple()
        return day.tm_year + (day.tm_yday - 1) / 365.25 + seconds / 86400 / 365.25

    years = np.array([decimal_year(date, seconds) for date in products.dates])
    t, since_onset = years - years[0], np.maximum(years - decimal_year(onset), 0)
    return np.stack([t**0, t, t**2 / 2, np.cos(4 * np.pi * t), np.sin(4 * np.pi * t), years > decimal_year(step),
                     np.log1p(since_onset / (30 / 365.25))], axis=1)


def test_a_rich_time_model_agrees(tmp_path, begun):
    """Without the DEM error: 1.5.1 ignores the steps there, and -step serves both. Within a year the terms are hard to tell
    apart: MintPy inverts the normal matrix in float32, which leaves 1e-4 of a deviation uncertain; the deviation is
    therefore found from its series in double."""
    step, onset = begun.dates[9], begun.dates[4]
    check(tmp_path, "time model, none", begun,
          {"networkInversion.weightFunc": "no", "topographicResidual": "no", "reference.date": "no", "deramp": "quadratic",
           "timeFunc.polynomial": 2, "timeFunc.periodic": 0.5, "timeFunc.stepDate": step,
           "timeFunc.log": f"{onset},30"},
          ["-weight", "none", "-deramp", "quadratic", "-polynomial", 2, "-periodic", 0.5, "-step", step,
           "-logarithmic", f"{onset},30"],
          {"acceleration": ("acceleration", 0), "semiAnnualAmplitude": ("semi_annual_amplitude", 0),
           f"step{step}": ("steps", 0), f"step{step}Std": ("steps", 1), f"log{onset}Tau30D": ("decays", 0)},
          time_design(begun, step, onset))
