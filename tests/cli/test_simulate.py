# SPDX-License-Identifier: MIT
"""gdal_ih_simulate: the products have the service's form, and the truth beside them is what they contain."""
import json
import re
import signal
import subprocess
import time
import zipfile
from itertools import combinations

import numpy as np
import pytest
from osgeo import gdal

from conftest import run

gdal.UseExceptions()

WAVELENGTH = 299792458.0 / 5.405e9
CYCLE = 2 * np.pi
SMALL = ["-ts", 96, 72, "-dates", 5, "-connections", 2, "-shift", 3]
GAMMA = ["unw_phase", "wrapped_phase", "corr", "amp", "dem", "lv_theta", "lv_phi", "los_disp", "vert_disp",
         "inc_map", "inc_map_ell", "water_mask"]
BURST = ["unw_phase", "wrapped_phase", "corr", "conncomp", "dem", "lv_theta", "lv_phi", "water_mask"]
GAMMA_NAME = (r"S1[A-D]{2}_\d{8}T\d{6}_\d{8}T\d{6}_(?:VV|HH|VH|HV)[PRO]\d{3,4}_INT\d{2,3}_G_[uw][ec][123F]_"
              r"[0-9A-Fa-f]{4}")
BURST_NAME = r"S1_\d{6}_IW[123]_\d{8}_\d{8}_(?:VV|HH|VH|HV)_INT\d{2,3}_[0-9A-Fa-f]{4}"


def simulate(folder, *options, **keywords):
    return run("gdal_ih_simulate", "-q", *options, folder, **keywords)


def zips(folder):
    return sorted(folder.glob("*.zip"))


def open_layer(product, layer):
    """A layer of a zip or of a product folder."""
    root = f"/vsizip/{product}/{product.stem}" if product.suffix == ".zip" else str(product)
    return gdal.Open(f"{root}/{product.stem}_{layer}.tif")


def pixels(product, layer):
    return open_layer(product, layer).ReadAsArray().astype("f8")


def text(product):
    with zipfile.ZipFile(product) as archive:
        lines = archive.read(f"{product.stem}/{product.stem}.txt").decode().splitlines()
    return dict(line.split(": ", 1) for line in lines)


def truth_of(folder):
    return json.loads((folder / "truth" / "truth.json").read_text())


def truth_raster(folder, name):
    return gdal.Open(str(folder / "truth" / f"{name}.tif")).ReadAsArray().astype("f8")


def pairs_of(folder):
    """(pair of truth.json, path of the product, window of the product in the scene, date indices)."""
    truth = truth_of(folder)
    dates = [d["date"] for d in truth["dates"]]
    for pair in truth["pairs"]:
        window = np.s_[pair["row"]:pair["row"] + pair["rows"], pair["column"]:pair["column"] + pair["columns"]]
        yield (pair, folder / (pair["product"] + ".zip"), window,
               (dates.index(pair["reference_date"]), dates.index(pair["secondary_date"])))


@pytest.fixture(scope="module")
def gamma(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gamma") / "stack"
    simulate(folder, *SMALL)
    return folder


@pytest.fixture(scope="module")
def burst(tmp_path_factory):
    folder = tmp_path_factory.mktemp("burst") / "stack"
    simulate(folder, *SMALL, "-family", "burst", "-spacing", 40, "-direction", "descending")
    return folder


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """Ground motion alone."""
    folder = tmp_path_factory.mktemp("clean") / "stack"
    simulate(folder, *SMALL, "-no_errors", "-no_water")
    return folder


@pytest.mark.parametrize("family, grammar", [("gamma", GAMMA_NAME), ("burst", BURST_NAME)])
def test_names_follow_the_grammar_and_archives_are_laid_out_as_the_services(family, grammar, request):
    folder = request.getfixturevalue(family)
    layers = {"gamma": GAMMA, "burst": BURST}[family]
    readme = {"gamma": ".README.md.txt", "burst": "_README.md.txt"}[family]
    assert len(zips(folder)) == 7  # 4 + 3 pairs of 5 dates with 2 connections
    for product in zips(folder):
        assert re.fullmatch(grammar, product.stem)
        with zipfile.ZipFile(product) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
        assert names[0] == product.stem + "/"
        expected = {f"{product.stem}/{product.stem}_{layer}.tif" for layer in layers}
        expected |= {f"{product.stem}/{product.stem}{end}" for end in (".txt", readme)}
        assert set(names[1:]) == expected and len(names) == len(expected) + 1


def test_layers_have_gammas_structure(gamma):
    for product in zips(gamma):
        for layer in GAMMA:
            dataset = open_layer(product, layer)
            band, gt = dataset.GetRasterBand(1), dataset.GetGeoTransform()
            water = layer == "water_mask"
            assert band.DataType == (gdal.GDT_Byte if water else gdal.GDT_Float32)
            assert dataset.GetMetadataItem("AREA_OR_POINT") == ("Area" if water else "Point")
            assert dataset.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE") is None
            assert band.GetBlockSize()[0] == dataset.RasterXSize
            assert band.GetNoDataValue() == (255 if water else None if layer == "dem" else 0)
            # Centres on multiples of the spacing, as the outer corner says.
            assert gt[0] % 80 == 40 and gt[3] % 80 == 40 and gt[1] == 80 and gt[5] == -80
            assert dataset.GetSpatialRef().GetAuthorityCode(None) == "32633"
            assert np.isfinite(dataset.ReadAsArray()).all()


def test_layers_have_isce2s_structure(burst):
    for product in zips(burst):
        for layer in BURST:
            dataset = open_layer(product, layer)
            band, gt = dataset.GetRasterBand(1), dataset.GetGeoTransform()
            assert dataset.GetMetadataItem("AREA_OR_POINT") == "Area"
            assert dataset.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE") == "LZW"
            assert band.GetBlockSize() == [256, 256]
            assert band.GetNoDataValue() == (255 if layer == "water_mask" else 0)
            assert gt[0] % 40 == 0 and gt[3] % 40 == 0 and gt[1] == 40
            assert np.isfinite(dataset.ReadAsArray()).all()


GAMMA_KEYS = [
    "Reference Granule", "Secondary Granule", "Reference Pass Direction", "Reference Orbit Number",
    "Secondary Pass Direction", "Secondary Orbit Number", "Baseline", "UTC time", "Heading", "Spacecraft height",
    "Earth radius at nadir", "Slant range near", "Slant range center", "Slant range far", "Range looks",
    "Azimuth looks", "INSAR phase filter", "Phase filter parameter", "Resolution of output (m)",
    "Range bandpass filter", "Azimuth bandpass filter", "DEM source", "DEM resolution (m)", "Unwrapping type",
    "Phase at reference point", "Azimuth line of the reference point in SAR space",
    "Range pixel of the reference point in SAR space", "Y coordinate of the reference point in the map projection",
    "X coordinate of the reference point in the map projection", "Latitude of the reference point (WGS84)",
    "Longitude of the reference point (WGS84)", "Unwrapping threshold", "Speckle filter"]
BURST_KEYS = GAMMA_KEYS[:18] + GAMMA_KEYS[19:24] + [
    "Speckle filter", "Water mask", "Radar n lines", "Radar n samples", "Radar first valid line",
    "Radar n valid lines", "Radar first valid sample", "Radar n valid samples", "Multilook azimuth time interval",
    "Multilook range pixel size", "Radar sensing stop"]


def test_texts_have_the_services_keys_in_order_and_agree_with_the_truth(gamma, burst):
    for folder, keys in ((gamma, GAMMA_KEYS), (burst, BURST_KEYS)):
        for pair, product, _, _ in pairs_of(folder):
            values = text(product)
            assert list(values) == keys
            assert float(values["Baseline"]) == pytest.approx(pair["perpendicular_baseline_m"], abs=1e-4)
            # A 12-day orbit: relative orbit 64 of the names' burst, by the rule for Sentinel-1A.
            assert (int(values["Reference Orbit Number"]) - 73) % 175 + 1 == 64
            reference, secondary = pair["reference_date"].replace("-", ""), pair["secondary_date"].replace("-", "")
            assert reference in values["Reference Granule"] and secondary in values["Secondary Granule"]
            assert reference in product.stem and secondary in product.stem
    assert text(zips(gamma)[0])["Reference Pass Direction"] == "ASCENDING"
    assert text(zips(burst)[0])["Reference Pass Direction"] == "DESCENDING"


def test_the_driver_opens_a_product_and_the_stack(gamma):
    product = gdal.Open(str(zips(gamma)[0]))
    assert product.GetDriver().ShortName == "HYP3"
    assert product.RasterCount == len(GAMMA)
    assert product.GetMetadataItem("REFERENCE_DATE") == "2020-01-04"


def test_extents_differ_on_one_lattice_and_same_extent_makes_them_equal(gamma, tmp_path):
    extents = {open_layer(p, "corr").GetGeoTransform() for p in zips(gamma)}
    assert len(extents) > 1
    simulate(tmp_path / "same", *SMALL, "-same_extent")
    grids = {(d.GetGeoTransform(), d.RasterXSize, d.RasterYSize)
             for d in (open_layer(p, "corr") for p in zips(tmp_path / "same"))}
    assert len(grids) == 1 and next(iter(grids))[1:] == (96, 72)


def test_without_errors_the_unwrapped_phase_is_the_true_displacement(clean):
    displacement = truth_raster(clean, "displacement")
    for pair, product, window, (first, second) in pairs_of(clean):
        unw = pixels(product, "unw_phase")
        phase = -4 * np.pi / WAVELENGTH * (displacement[second] - displacement[first])[window]
        phase -= float(text(product)["Phase at reference point"]) - CYCLE * pair["whole_cycles"]
        valid = unw != 0
        assert valid.mean() > 0.5
        # The text gives the constant with five digits; phases are float32.
        assert np.abs(unw - phase)[valid].max() < 2e-5
        # Away from the satellite is positive phase; los_disp is toward.
        los = pixels(product, "los_disp")
        assert np.abs(los + 0.0554657595 / (4 * np.pi) * unw).max() < 1e-8
        vertical = pixels(product, "vert_disp")
        theta = pixels(product, "lv_theta")
        assert np.abs(vertical * np.sin(theta) - los)[valid].max() < 1e-8


def test_every_error_source_is_in_the_phase_with_its_sign(tmp_path):
    simulate(tmp_path / "s", *SMALL, "-no_noise", "-no_water")
    truth = truth_of(tmp_path / "s")
    displacement, delay, dem = (truth_raster(tmp_path / "s", n) for n in ("displacement", "troposphere", "dem_error"))
    baseline = [d["perpendicular_baseline_m"] for d in truth["dates"]]
    for pair, product, window, (first, second) in pairs_of(tmp_path / "s"):
        wrapped, theta = pixels(product, "wrapped_phase"), pixels(product, "lv_theta")
        valid = theta != 0
        incidence = np.pi / 2 - theta
        # Slant range on a spherical earth, from the values of the text.
        values = text(product)
        earth = float(values["Earth radius at nadir"])
        sensor = earth + float(values["Spacecraft height"])
        slant = np.sqrt(sensor**2 - (earth * np.sin(incidence))**2) - earth * np.cos(incidence)
        apparent = (baseline[second] - baseline[first]) * dem[window] / (slant * np.sin(incidence))
        moved = (displacement[second] - displacement[first])[window]
        phase = 4 * np.pi / WAVELENGTH * ((delay[second] - delay[first])[window] - moved - apparent)
        # Float32 phases of dates of some tens of radians.
        assert np.abs(np.angle(np.exp(1j * (wrapped - phase))))[valid].max() < 1e-4


def test_velocity_truth_is_the_line_fitted_to_the_true_displacements(gamma):
    displacement, velocity = truth_raster(gamma, "displacement"), truth_raster(gamma, "velocity")
    years = [d["years"] for d in truth_of(gamma)["dates"]]
    fitted = np.polyfit(years, displacement.reshape(len(years), -1), 1)[0].reshape(velocity.shape)
    assert np.abs(fitted - velocity).max() < 1e-6
    assert np.abs(displacement[0]).max() == 0


def test_phases_of_noise_free_triplets_close(tmp_path):
    simulate(tmp_path / "s", *SMALL, "-no_noise", "-same_extent", "-no_unwrap_errors")
    by_dates = {dates: product for _, product, _, dates in pairs_of(tmp_path / "s")}
    triplets = 0
    for a, b, c in combinations(range(5), 3):
        if not all(pair in by_dates for pair in ((a, b), (b, c), (a, c))):
            continue
        triplets += 1
        for layer in ("wrapped_phase", "unw_phase"):
            p = [pixels(by_dates[pair], layer) for pair in ((a, b), (b, c), (a, c))]
            valid = (p[0] != 0) & (p[1] != 0) & (p[2] != 0)
            misclosure = (p[0] + p[1] - p[2])[valid]
            if layer == "unw_phase":  # back to the phases before the reference point was made 0
                constants = [float(text(by_dates[pair])["Phase at reference point"])
                             for pair in ((a, b), (b, c), (a, c))]
                misclosure += constants[0] + constants[1] - constants[2]
                assert np.ptp(misclosure) < 1e-4
            assert np.abs(misclosure - CYCLE * np.round(misclosure / CYCLE)).max() < 1e-4
    assert triplets == 3


def test_unwrapped_and_wrapped_phase_differ_by_whole_cycles(gamma, burst):
    for folder in (gamma, burst):
        for product in zips(folder):
            unw, wrapped = pixels(product, "unw_phase"), pixels(product, "wrapped_phase")
            valid = unw != 0
            constant = float(text(product).get("Phase at reference point", 0))
            difference = (unw - wrapped + constant)[valid] / CYCLE
            assert np.abs(difference - np.round(difference)).max() < 1e-5


def test_planted_unwrapping_errors_are_where_the_truth_says(tmp_path):
    options = [*SMALL, "-no_noise", "-no_water", "-no_decorrelation"]
    simulate(tmp_path / "with", *options, "-unwrap_errors", 1)
    simulate(tmp_path / "without", *options, "-no_unwrap_errors")
    planted = gdal.Open(str(tmp_path / "with" / "truth" / "unwrapping_errors.tif"))
    band_of = {planted.GetRasterBand(i + 1).GetDescription(): i for i in range(planted.RasterCount)}
    cycles = planted.ReadAsArray()
    assert len(band_of) == 7 and set(np.unique(cycles)) - {0} != set()
    for pair, product, window, _ in pairs_of(tmp_path / "with"):
        other = tmp_path / "without" / product.name
        jump = sum(float(text(p)["Phase at reference point"]) * s for p, s in ((product, 1), (other, -1)))
        difference = pixels(product, "unw_phase") - pixels(other, "unw_phase") + jump
        valid = (pixels(product, "unw_phase") != 0) & (pixels(other, "unw_phase") != 0)
        assert np.abs(difference / CYCLE - cycles[band_of[pair["product"]]][window])[valid].max() < 1e-4
        assert len(pair["unwrapping_errors"]) in (1, 2)
    assert not (tmp_path / "without" / "truth" / "unwrapping_errors.tif").exists()


def test_noise_has_the_variance_that_looks_and_coherence_demand(tmp_path):
    """L = 41: 0.0395 rad^2 at coherence 0.4975, 0.0133 rad^2 at 0.6975, by the multilook phase distribution."""
    options = ["-ts", 300, 300, "-dates", 2, "-coherence", 0.7, "-no_water", "-no_margins", "-no_unwrap_errors", "-no_turbulence",
               "-no_stratified", "-no_dem_error", "-same_extent"]
    simulate(tmp_path / "noisy", *options)
    simulate(tmp_path / "clean", *options, "-no_noise")
    noisy, clean = zips(tmp_path / "noisy")[0], zips(tmp_path / "clean")[0]
    true = pixels(clean, "corr")
    noise = np.angle(np.exp(1j * (pixels(noisy, "wrapped_phase") - pixels(clean, "wrapped_phase"))))
    for coherence, variance, tolerance in ((0.4975, 0.0394883526917, 0.15), (0.6975, 0.0133121164906, 0.1)):
        near = np.abs(true - coherence) < 0.02
        assert near.sum() > 1000
        # Sampling error of some thousand correlated pixels, and the spread of coherence among them.
        assert noise[near].var() == pytest.approx(variance, rel=tolerance)
    # Estimated coherence is biased upward where there is little.
    low = true < 0.1
    assert pixels(noisy, "corr")[low].mean() > true[low].mean() + 0.02


def test_bursts_have_components_and_gamma_products_a_reference_point(gamma, burst):
    for product in zips(burst):
        labels, unw = pixels(product, "conncomp"), pixels(product, "unw_phase")
        assert set(np.unique(labels)) <= set(range(21)) and (labels == 1).sum() >= (labels == 2).sum()
        assert (unw[labels > 0] != 0).all()
    for product in zips(gamma):
        dataset, values = open_layer(product, "unw_phase"), text(product)
        gt = dataset.GetGeoTransform()
        column = (float(values["X coordinate of the reference point in the map projection"]) - gt[0]) / gt[1]
        row = (float(values["Y coordinate of the reference point in the map projection"]) - gt[3]) / gt[5]
        assert dataset.ReadAsArray()[int(row), int(column)] == 0
        assert pixels(product, "lv_theta")[int(row), int(column)] != 0
        assert float(values["Latitude of the reference point (WGS84)"]) == pytest.approx(40.9, abs=0.2)


def test_water_is_masked_on_request_only(tmp_path):
    for name, options in (("u", []), ("w", ["-apply_water_mask"])):
        simulate(tmp_path / name, *SMALL, *options)
        product = zips(tmp_path / name)[0]
        assert f"_G_{name}eF_" in product.name
        on_water = pixels(product, "unw_phase")[pixels(product, "water_mask") == 0]
        assert on_water.size > 50
        assert (on_water != 0).any() == (name == "u")
    simulate(tmp_path / "n", *SMALL, "-no_water")
    assert (pixels(zips(tmp_path / "n")[0], "water_mask") == 1).all()


def test_margins_hold_no_data_in_all_layers_but_the_water_mask(gamma, tmp_path):
    product = zips(gamma)[0]
    outside = pixels(product, "lv_theta") == 0
    assert 0.1 < outside.mean() < 0.6
    for layer in GAMMA[:-1]:
        assert (pixels(product, layer)[outside] == 0).all()
    simulate(tmp_path / "full", *SMALL, "-no_margins")
    assert (pixels(zips(tmp_path / "full")[0], "lv_theta") != 0).all()


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_one_seed_gives_the_same_bytes_for_any_number_of_threads(gamma, tmp_path):
    simulate(tmp_path / "one", *SMALL, env={"OMP_NUM_THREADS": "1"})
    simulate(tmp_path / "two", *SMALL, env={"OMP_NUM_THREADS": "2"})
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(gamma)


def test_another_seed_is_another_scene(gamma, tmp_path):
    simulate(tmp_path / "other", *SMALL, "-seed", 2)
    assert not np.array_equal(truth_raster(gamma, "height"), truth_raster(tmp_path / "other", "height"))
    assert {p.name for p in zips(gamma)} != {p.name for p in zips(tmp_path / "other")}


@pytest.mark.parametrize("switch, changed", [
    ("-no_turbulence", "troposphere"), ("-no_stratified", "troposphere"), ("-no_dem_error", "dem_error"),
    ("-no_bowl", "velocity"), ("-no_fault", "velocity"), ("-no_seasonal", "seasonal"), ("-no_step", "step"),
    ("-no_water", "land"), ("-no_decorrelation", "decorrelated_patches")])
def test_a_switch_changes_its_own_truth_only(gamma, tmp_path, switch, changed):
    simulate(tmp_path / "s", *SMALL, switch)
    motion = {"velocity", "displacement", "rate", "seasonal", "step"}
    coherence = {"decorrelated_patches", "initial_coherence", "long_term_coherence", "decay_days"}
    related = motion if changed in motion else coherence if changed in coherence else {changed}
    for path in sorted((gamma / "truth").glob("*.tif")):
        same = path.read_bytes() == (tmp_path / "s" / "truth" / path.name).read_bytes()
        if path.stem == changed:
            assert not same
        elif path.stem not in related:
            assert same, path.stem
    # Names come from the seed alone, so the same pairs can be compared.
    assert {p.name for p in zips(gamma)} == {p.name for p in zips(tmp_path / "s")}


@pytest.mark.parametrize("option, value, name, others", [
    ("-bowl", 15, "rate", ["-no_fault"]), ("-fault", 5, "rate", ["-no_bowl"]), ("-seasonal", 24, "seasonal", []),
    ("-turbulence", 12, "troposphere", ["-no_stratified"])])
def test_sizes_of_motion_and_delay_scale_what_they_name(tmp_path, option, value, name, others):
    """Of one seed, so the figure is the same and only its size differs."""
    default = {"-bowl": 60, "-fault": 20, "-seasonal": 6, "-turbulence": 6}[option]
    simulate(tmp_path / "default", *SMALL, *others)
    simulate(tmp_path / "other", *SMALL, *others, option, value)
    expected = truth_raster(tmp_path / "default", name) * value / default
    assert abs(expected).max() > 0
    # float32 in both
    assert np.allclose(truth_raster(tmp_path / "other", name), expected, rtol=1e-5, atol=1e-9)


def test_the_ground_is_as_high_as_it_is_told(gamma, tmp_path):
    simulate(tmp_path / "s", *SMALL, "-relief", 700, "-sea_level", 20, "-zone", 34)
    height, land = truth_raster(tmp_path / "s", "height"), truth_raster(tmp_path / "s", "land") == 1
    assert (height[~land] == 20).all() and height[land].min() == 20
    assert height.max() == pytest.approx(720, abs=0.1)
    zones = [int(open_layer(zips(folder)[0], "dem").GetSpatialRef().GetAuthorityCode(None))
             for folder in (gamma, tmp_path / "s")]
    assert zones == [32633, 32634]


def test_coherence_is_what_the_options_make_of_it(gamma, tmp_path):
    simulate(tmp_path / "s", *SMALL, "-long_term", 0.6, "-decay", 20, "-patches", 0.3, "-baseline", 210)
    land = truth_raster(gamma, "land") == 1

    def median(folder, name):
        forest = truth_raster(folder, "decorrelated_patches") == 1
        return np.median(truth_raster(folder, name)[land & ~forest])
    # Medians over the scene are those told, but for what the random field of a small scene lacks of a median of 0.
    assert median(tmp_path / "s", "decay_days") / median(gamma, "decay_days") == pytest.approx(20 / 60, rel=0.1)
    assert median(gamma, "long_term_coherence") < 0.45 < 0.5 < median(tmp_path / "s", "long_term_coherence")
    share = [truth_raster(folder, "decorrelated_patches").mean() for folder in (gamma, tmp_path / "s")]
    assert share == pytest.approx([0.12, 0.3], abs=0.02)
    baselines = [[date["perpendicular_baseline_m"] for date in truth_of(folder)["dates"]]
                 for folder in (gamma, tmp_path / "s")]
    # to the decimals that are written
    assert baselines[1] == pytest.approx([3 * b for b in baselines[0]], abs=1e-3)


def test_zips_are_as_compressed_as_they_are_told(gamma, tmp_path):
    simulate(tmp_path / "stored", *SMALL, "-deflate", 0)
    simulate(tmp_path / "small", *SMALL, "-deflate", 9)
    for name in (product.name for product in zips(gamma)):
        with zipfile.ZipFile(gamma / name) as usual, zipfile.ZipFile(tmp_path / "stored" / name) as stored, \
                zipfile.ZipFile(tmp_path / "small" / name) as small:
            assert {entry.compress_type for entry in stored.infolist()} == {zipfile.ZIP_STORED}
            for entry in small.infolist():
                assert small.read(entry) == stored.read(entry.filename) == usual.read(entry.filename)
        sizes = [(folder / name).stat().st_size for folder in (tmp_path / "small", gamma, tmp_path / "stored")]
        assert sizes[0] < sizes[1] < sizes[2]


def test_folders_hold_what_zips_hold(gamma, tmp_path):
    simulate(tmp_path / "s", *SMALL, "-format", "folder")
    for product in zips(gamma):
        with zipfile.ZipFile(product) as archive:
            for name in archive.namelist()[1:]:
                assert (tmp_path / "s" / name).read_bytes() == archive.read(name)
    assert not list((tmp_path / "s").glob("*.part"))


def test_two_platforms_alternate_at_six_days(tmp_path):
    simulate(tmp_path / "s", "-ts", 32, 24, "-dates", 3, "-connections", 1, "-interval", 6)
    first, second = zips(tmp_path / "s")
    assert first.name.startswith("S1AB_") and second.name.startswith("S1BA_") and "_VVP006_" in first.name
    # Sentinel-1B: (n - 27) mod 175 + 1.
    assert (int(text(second)["Reference Orbit Number"]) - 27) % 175 + 1 == 64


def test_a_folder_in_use_is_left_alone(gamma, tmp_path):
    before = contents(gamma)
    failed = simulate(gamma, *SMALL, check=False)
    assert failed.returncode == 1 and "-overwrite" in failed.stderr
    assert contents(gamma) == before
    # Not even with -overwrite when it holds no simulation.
    (tmp_path / "thesis.txt").write_text("precious")
    failed = simulate(tmp_path, *SMALL, "-overwrite", check=False)
    assert failed.returncode == 1 and "not a simulation" in failed.stderr
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_overwrite_replaces_the_simulation_and_spares_other_files(tmp_path):
    simulate(tmp_path / "s", *SMALL)
    (tmp_path / "s" / "notes.txt").write_text("mine")
    simulate(tmp_path / "s", "-ts", 48, 40, "-dates", 3, "-connections", 1, "-seed", 9, "-overwrite")
    assert len(zips(tmp_path / "s")) == 2
    assert (tmp_path / "s" / "notes.txt").read_text() == "mine"


def test_overwrite_deletes_nothing_that_a_forged_report_names(tmp_path):
    simulate(tmp_path / "s", "-ts", 32, 24, "-dates", 2)
    victim = tmp_path / "victim.zip"
    victim.write_text("precious")
    report = tmp_path / "s" / "truth" / "truth.json"
    truth = json.loads(report.read_text())
    truth["pairs"][0]["product"] = "../victim"
    report.write_text(json.dumps(truth))
    failed = simulate(tmp_path / "s", "-overwrite", check=False)
    assert failed.returncode == 1 and victim.read_text() == "precious"


def test_ctrl_c_leaves_no_half_written_product(tmp_path):
    process = subprocess.Popen(["gdal_ih_simulate", "-q", "-dates", "40", "-ts", "300", "300", str(tmp_path / "s")])
    deadline = time.monotonic() + 120
    while not zips(tmp_path / "s") and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 1
    files = [p for p in (tmp_path / "s").iterdir() if p.name != "truth"]
    assert files and all(p.suffix == ".zip" for p in files)
    for product in files:
        with zipfile.ZipFile(product) as archive:
            assert archive.testzip() is None


@pytest.mark.parametrize("words, message", [
    ([], "OUT_DIR"),
    (["-ts", 3, 3, "x"], "-ts"),
    (["-ts", 100.5, 80, "x"], "whole numbers"),
    (["-dates", 1, "x"], "-dates"),
    (["-spacing", 20, "x"], "burst"),
    (["-start", "2020-02-30", "x"], "2020-02-30"),
    (["-step_date", "soon", "x"], "soon"),
    (["-lonlat", 10, 89, "x"], "UTM"),
    (["-unwrap_errors", 2, "x"], "-unwrap_errors"),
    (["-family", "ers", "x"], "ers"),
    (["-frobnicate", "x"], "frobnicate"),
    (["a", "b"], "b"),
])
def test_wrong_arguments_are_explained(tmp_path, words, message):
    failed = run("gdal_ih_simulate", *words, check=False, cwd=tmp_path)
    assert failed.returncode == 1
    assert message in failed.stderr
    assert list(tmp_path.iterdir()) == []


def write_result(folder, gt, srs, velocity, deviation, displacement, dates, mask, reference):
    """A result folder as gdal_ih_sbas lays it out."""
    folder.mkdir()
    driver = gdal.GetDriverByName("GTiff")

    def write(name, bands, kind, descriptions=None):
        rows, columns = bands[0].shape
        dataset = driver.Create(str(folder / name), columns, rows, len(bands), kind)
        dataset.SetGeoTransform(gt)
        dataset.SetSpatialRef(srs)
        for i, values in enumerate(bands):
            band = dataset.GetRasterBand(i + 1)
            band.WriteArray(values)
            if descriptions:
                band.SetDescription(descriptions[i])
        dataset.Close() if hasattr(dataset, "Close") else dataset.FlushCache()

    write("velocity.tif", [velocity, deviation], gdal.GDT_Float32)
    write("displacement.tif", displacement, gdal.GDT_Float32, dates)
    write("mask.tif", [mask], gdal.GDT_Byte)
    if reference:
        (folder / "run.json").write_text(json.dumps({"reference": {"x": reference[0], "y": reference[1]}}))


@pytest.mark.parametrize("reported", [True, False])
def test_compare_finds_the_errors_that_were_put_in(gamma, tmp_path, reported):
    truth = gdal.Open(str(gamma / "truth" / "velocity.tif"))
    gt = list(truth.GetGeoTransform())
    window, (row, column) = np.s_[5:65, 10:90], (20, 30)  # the result covers a part of the scene
    gt[0] += 10 * gt[1]
    gt[3] += 5 * gt[5]
    rng = np.random.default_rng(1)
    velocity = truth.ReadAsArray()[window]
    error = rng.normal(0.0005, 0.002, velocity.shape)  # m/year
    error[row, column] = 0
    displacement = truth_raster(gamma, "displacement")[:, window[0], window[1]]
    noise = rng.normal(0, 0.004, displacement.shape)
    noise[0] = noise[:, row, column] = 0
    mask = np.ones(velocity.shape, "u1")
    mask[:10] = 0
    error[:10] = 1e6  # must not count
    dates = [d["date"] for d in truth_of(gamma)["dates"]]
    reference = (gt[0] + (column + 0.5) * gt[1], gt[3] + (row + 0.5) * gt[5])
    write_result(tmp_path / "result", gt, truth.GetSpatialRef(), velocity - velocity[row, column] + error,
                 np.full(velocity.shape, 0.002), list(displacement - displacement[:, row, column][:, None, None] + noise),
                 dates, mask, reference if reported else None)
    report = json.loads(run("gdal_ih_simulate", "-compare", tmp_path / "result", "-json", gamma).stdout)
    used = error[10:]
    assert report["pixels"] == used.size == 80 * 50
    assert (report["reference_x"], report["reference_y"]) == reference
    assert report["velocity_bias_mm_per_year"] == pytest.approx(1e3 * used.mean(), abs=1e-3)
    assert report["velocity_rms_mm_per_year"] == pytest.approx(1e3 * np.sqrt((used**2).mean()), abs=1e-3)
    assert report["predicted_standard_deviation_mm_per_year"] == pytest.approx(2.0, abs=1e-4)
    assert report["rms_to_predicted"] == pytest.approx(np.sqrt((used**2).mean()) / 0.002, abs=1e-3)
    assert report["share_within_1_standard_deviation"] == pytest.approx((np.abs(used) <= 0.002).mean(), abs=1e-3)
    assert report["share_within_2_standard_deviations"] == pytest.approx((np.abs(used) <= 0.004).mean(), abs=1e-3)
    assert report["dates"] == 5
    assert report["displacement_rms_mm"] == pytest.approx(1e3 * np.sqrt((noise[1:, 10:]**2).mean()), abs=1e-3)
    table = run("gdal_ih_simulate", "-compare", tmp_path / "result", gamma).stdout
    assert "Velocity, RMS" in table and "mm/year" in table


def test_compare_takes_series_that_start_later(gamma, tmp_path):
    truth = gdal.Open(str(gamma / "truth" / "displacement.tif"))
    displacement = truth.ReadAsArray().astype("f8")
    dates = [d["date"] for d in truth_of(gamma)["dates"]][2:]
    later = displacement[2:] - displacement[2]
    later -= later[:, 40, 50][:, None, None]
    gt = truth.GetGeoTransform()
    velocity = truth_raster(gamma, "velocity")
    write_result(tmp_path / "result", gt, truth.GetSpatialRef(), velocity, np.full(velocity.shape, 0.001), list(later),
                 dates, np.ones(velocity.shape, "u1"), (gt[0] + 50.5 * gt[1], gt[3] + 40.5 * gt[5]))
    report = json.loads(run("gdal_ih_simulate", "-compare", tmp_path / "result", "-json", gamma).stdout)
    assert report["dates"] == 3
    assert report["displacement_rms_mm"] < 1e-4  # float32 of some centimetres
    assert report["velocity_rms_mm_per_year"] == 0


def test_the_step_is_between_the_dates_around_its_day(tmp_path):
    simulate(tmp_path / "s", *SMALL, "-no_errors", "-no_bowl", "-no_fault", "-no_seasonal", "-step", 100,
             "-step_date", "2020-01-28")
    displacement = truth_raster(tmp_path / "s", "displacement")
    assert [d["date"] for d in truth_of(tmp_path / "s")["dates"]][1:3] == ["2020-01-16", "2020-01-28"]
    assert truth_of(tmp_path / "s")["step_date"] == "2020-01-28"
    assert np.abs(displacement[:2]).max() == 0
    assert (displacement[2] == displacement[3]).all() and 0.06 < displacement[2].max() < 0.1


def test_compare_explains_what_is_missing(gamma, tmp_path):
    failed = run("gdal_ih_simulate", "-compare", tmp_path / "nothing", gamma, check=False)
    assert failed.returncode == 1 and "nothing" in failed.stderr
    failed = run("gdal_ih_simulate", "-compare", tmp_path, tmp_path, check=False)
    assert failed.returncode == 1 and "truth" in failed.stderr
    failed = run("gdal_ih_simulate", "-compare", tmp_path, gamma, check=False)
    assert failed.returncode == 1 and "run.json" in failed.stderr
