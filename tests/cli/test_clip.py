# SPDX-License-Identifier: MIT
"""gdal_ih_clip: one grid for products that differ, what is copied and what is resampled, the forms of output, runs that
go on from earlier ones, and what is said of products that are damaged, empty or elsewhere."""
import json
import math
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr, osr

import make_product
from conftest import SOURCE, run
from test_sbas_faults import disk  # noqa: F401

gdal.UseExceptions()

DATES = ["20200604", "20200616", "20200628", "20200710"]
ZONE_BORDER = -114.0    # between zones 11 and 12
SNAP = {"gamma": 0.5, "burst": 0.0}


def clip(*words, code=0, **more):
    done = run("gdal_ih_clip", "-q", *words, check=False, **more)
    assert done.returncode == code, f"{words} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def manifest(folder):
    return json.loads((Path(folder) / "clip.json").read_text())


def grid_of(folder):
    grid = manifest(folder)["content"]["grid"]
    return tuple(grid["geotransform"]), grid["width"], grid["height"]


def read(path):
    """The pixels of the first band; the dataset lives until they are read."""
    dataset = gdal.Open(str(path))
    return dataset.GetRasterBand(1).ReadAsArray()


def layer(folder, name, suffix):
    return read(Path(folder) / name / f"{name}_{suffix}.tif")


def tree(folder, but=("clip.json",)):
    """Every file of a folder with its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(Path(folder).rglob("*"))
            if p.is_file() and p.name not in but}


def stack(folder, shifts=((0, 0), (3, -2), (-4, 5)), maker=make_product.make_gamma, **options):
    return make_product.make_stack(folder, DATES, maker=maker, offsets=shifts, nx=60, ny=50, **options)


def window(product, geotransform, width, height):
    """The columns and rows of a product that a grid covers, as slices."""
    column = round((geotransform[0] - product.geotransform[0]) / geotransform[1])
    row = round((geotransform[3] - product.geotransform[3]) / geotransform[5])
    return np.s_[row:row + height, column:column + width]


# -------- aligned products ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("maker", [make_product.make_gamma, make_product.make_burst, make_product.make_multi_burst])
def test_aligned_products_are_bit_identical_windows_of_the_common_area(tmp_path, maker):
    products = stack(tmp_path / "in", maker=maker)
    clip(tmp_path / "in", tmp_path / "out")
    geotransform, width, height = grid_of(tmp_path / "out")
    # The largest west and south edge, the smallest east and north edge.
    west = max(p.geotransform[0] for p in products)
    north = min(p.geotransform[3] for p in products)
    east = min(p.geotransform[0] + 60 * 80 for p in products)
    south = max(p.geotransform[3] - 50 * 80 for p in products)
    assert (geotransform[0], geotransform[3]) == (west, north)
    assert (width, height) == (round((east - west) / 80), round((north - south) / 80))
    for product in products:
        for suffix, pixels in product.items():
            clipped = layer(tmp_path / "out", product.name, suffix)
            assert clipped.dtype == pixels.dtype
            assert clipped.tobytes() == pixels[window(product, geotransform, width, height)].tobytes(), suffix
        text = (tmp_path / "out" / product.name / f"{product.name}.txt").read_bytes()
        with zipfile.ZipFile(product.path) as archive:
            assert text == archive.read(f"{product.name}/{product.name}.txt")


def test_tags_of_the_layers_are_those_of_the_product(tmp_path):
    product = stack(tmp_path / "in")[0]
    clip(tmp_path / "in", tmp_path / "out")
    for suffix in product:
        clipped = gdal.Open(str(tmp_path / "out" / product.name / f"{product.name}_{suffix}.tif"))
        with zipfile.ZipFile(product.path) as archive:
            gdal.FileFromMemBuffer("/vsimem/own.tif", archive.read(f"{product.name}/{product.name}_{suffix}.tif"))
        own = gdal.Open("/vsimem/own.tif")
        assert clipped.GetRasterBand(1).GetNoDataValue() == own.GetRasterBand(1).GetNoDataValue()
        assert clipped.GetMetadataItem("AREA_OR_POINT") == own.GetMetadataItem("AREA_OR_POINT")
        assert clipped.GetSpatialRef().IsSame(own.GetSpatialRef())
        del own
        gdal.Unlink("/vsimem/own.tif")


def test_a_union_pads_with_no_data(tmp_path):
    products = stack(tmp_path / "in")
    clip(tmp_path / "in", tmp_path / "out", "-extent", "union")
    geotransform, width, height = grid_of(tmp_path / "out")
    assert (width, height) == (60 + 7, 50 + 7)
    for product in products:
        for suffix in ("unw_phase", "dem", "water_mask"):
            whole = np.full((height, width), product.nodata[suffix] or 0, product[suffix].dtype)
            column = round((product.geotransform[0] - geotransform[0]) / 80)
            row = round((geotransform[3] - product.geotransform[3]) / 80)
            whole[row:row + 50, column:column + 60] = product[suffix]
            assert np.array_equal(layer(tmp_path / "out", product.name, suffix), whole)


def test_a_layer_of_another_size_is_clipped_on_its_own_grid(tmp_path):
    products = stack(tmp_path / "in", mask_extra_columns=1)
    clip(tmp_path / "in", tmp_path / "out")
    grid = grid_of(tmp_path / "out")
    for product in products:
        assert np.array_equal(layer(tmp_path / "out", product.name, "water_mask"),
                              product["water_mask"][window(product, *grid)])


def test_products_that_limit_the_area_are_named_and_can_be_left_out(tmp_path):
    products = stack(tmp_path / "in", shifts=((0, 0),) * 4 + ((30, 0),))
    shifted = products[4].name
    clip(tmp_path / "in", tmp_path / "all")
    limits = manifest(tmp_path / "all")["limits"]
    assert limits["west"] == [shifted] and set(limits) == {"west", "east"}
    assert shifted not in limits["east"]
    clip(tmp_path / "in", tmp_path / "most", "-drop_outliers", 0.2)
    assert grid_of(tmp_path / "most")[1:] == (60, 50)
    [left_out] = manifest(tmp_path / "most")["left_out"]
    assert shifted in left_out["input"] and "50 %" in left_out["reason"]
    clip(tmp_path / "in", tmp_path / "lenient", "-drop_outliers", 0.6)
    assert grid_of(tmp_path / "lenient")[1:] == (30, 50)


def test_nothing_in_common_is_an_error_that_names_the_product(tmp_path):
    near = stack(tmp_path / "in", shifts=((0, 0), (24, 0)))
    far = make_product.make_gamma(tmp_path / "in", reference="20200710", secondary="20200722", offset=(48, 0),
                                  product_id="FA12", nx=60, ny=20)
    make_product.make_gamma(tmp_path / "in", reference="20200722", secondary="20200803", offset=(-30, 0),
                            product_id="FA13", nx=60, ny=50)
    done = clip(tmp_path / "in", tmp_path / "out", code=1)
    assert "no area in common" in done.stderr and (far.name in done.stderr or "FA13" in done.stderr)
    assert not (tmp_path / "out").exists() and near


# -------- products of other grids ---------------------------------------------------------------------------------------

def srs(epsg):
    system = osr.SpatialReference()
    system.ImportFromEPSG(epsg)
    system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return system


def transform(x, y, from_epsg, to_epsg):
    """Arrays of one shape to another coordinate system, by PROJ directly."""
    if from_epsg == to_epsg:
        return x, y
    points = np.stack([np.ravel(x), np.ravel(y)], axis=1)
    found = np.array(osr.CoordinateTransformation(srs(from_epsg), srs(to_epsg)).TransformPoints(points))
    return found[:, 0].reshape(np.shape(x)), found[:, 1].reshape(np.shape(x))


def convergence(lon, lat, zone):
    """Grid convergence of UTM in radians, clockwise from true to grid north: the series of Snyder (1987)."""
    lam, phi = np.radians(lon - (zone * 6 - 183)), np.radians(lat)
    eta2 = 0.00673949674 * np.cos(phi) ** 2
    return lam * np.sin(phi) * (1 + (lam * np.cos(phi)) ** 2 / 3 * (1 + 3 * eta2 + 2 * eta2 ** 2))


AZIMUTH = -0.17    # of ground to sensor, anticlockwise from true east


def truth(x, y, epsg):
    """Every layer as a function of the place, told by map coordinates of zone 11 whatever the product's zone."""
    x11, y11 = transform(x, y, epsg, 32611)
    lon, lat = transform(x, y, epsg, 4326)
    u, v = (x11 - 770000) / 1000, (y11 - 3990000) / 1000    # km
    phase = 6 * np.sin(u / 0.9) + 5 * np.cos(v / 1.1) + 0.8 * u
    return {
        "unw_phase": phase + 40,
        "wrapped_phase": np.angle(np.exp(1j * phase)),
        "corr": 0.6 + 0.3 * np.sin(u / 1.3) * np.cos(v / 1.7),
        "dem": 500 + 90 * np.sin(u / 1.2) + 60 * np.cos(v / 0.8),
        "lv_theta": 0.8 + 0.002 * u,
        "lv_phi": AZIMUTH + convergence(lon, lat, epsg % 100),
        "water_mask": (np.hypot(u, v) > 0.7).astype(np.uint8),
        "amp": 0.2 + 0.05 * np.sin(u) * np.cos(v),
    }


def centres(geotransform, width, height):
    column, row = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return geotransform[0] + column * geotransform[1], geotransform[3] + row * geotransform[5]


def product_at(folder, number, epsg=32611, spacing=80, family="gamma", shift=(0, 0), size=(70, 60), change=None):
    """A product around a place at the border of zones 11 and 12, with the layers of truth()."""
    east, north = transform(np.array([767000.0]), np.array([3993000.0]), 32611, epsg)
    column = round(float(east[0]) / spacing) - round(392720 / spacing) + shift[0]
    row = round(3962400 / spacing) - round(float(north[0]) / spacing) + shift[1]
    x0 = (round(392720 / spacing) + column - SNAP[family]) * spacing
    y0 = (round(3962400 / spacing) - row - SNAP[family]) * spacing
    layers = truth(*centres((x0, spacing, 0, y0, 0, -spacing), *size), epsg)
    arrays = {name: values if values.dtype == np.uint8 else values.astype(np.float32)
              for name, values in layers.items()}
    arrays["conncomp"] = np.where(arrays["water_mask"] > 0, 1, 0).astype(np.float32)
    if change:
        change(arrays)
    maker = make_product.make_gamma if family == "gamma" else make_product.make_burst
    names = ["unw_phase", "wrapped_phase", "corr", "dem", "lv_theta", "lv_phi", "water_mask"]
    names.append("amp" if family == "gamma" else "conncomp")
    first = 20200604 + 12 * number if number < 2 else 20200700 + number
    return maker(folder, reference=str(first), secondary=str(20200900 + number + 1), epsg=epsg, spacing=spacing,
                 offset=(column, row), size=size, arrays=arrays, layers=tuple(names), nodata={"water_mask": None},
                 product_id=f"{number:04X}")


def interior(valid):
    """Without the outermost pixels, whose neighbours are on one side only."""
    inner = valid.copy()
    for axis in (0, 1):
        for step in (-1, 1):
            inner &= np.roll(valid, step, axis)
    inner[[0, -1]] = inner[:, [0, -1]] = False
    return inner


def registration(clipped, name, geotransform, epsg=32611):
    """Shift in pixels (east, south) that explains best how a layer differs from the truth."""
    height, width = clipped.shape
    x, y = centres(geotransform, width, height)
    exact = truth(x, y, epsg)[name]
    step = geotransform[1]
    slope_x = (truth(x + step / 2, y, epsg)[name] - truth(x - step / 2, y, epsg)[name])
    slope_y = (truth(x, y - step / 2, epsg)[name] - truth(x, y + step / 2, epsg)[name])
    valid = clipped != 0
    columns = np.stack([slope_x[valid], slope_y[valid], np.ones(valid.sum())], axis=1)
    found = np.linalg.lstsq(columns, clipped[valid] - exact[valid], rcond=None)[0]
    return found[:2], np.abs(clipped - exact)[interior(valid)], valid


def test_three_products_of_a_zone_and_one_of_the_next_have_a_common_grid(tmp_path):
    """The common window is that which InSARHub finds for the three alone: the largest left and bottom, the least right and
    top edge, the offset into each raster rounded down and the size up; the fourth covers it and lands on their lattice."""
    three = [product_at(tmp_path / "in", number, shift=shift) for number, shift in enumerate(((0, 0), (4, -3), (-5, 6)))]
    fourth = product_at(tmp_path / "in", 3, epsg=32612, shift=(-35, -35), size=(150, 140))
    clip(tmp_path / "in", tmp_path / "out")
    edges = [(p.geotransform[0], p.geotransform[3] - 60 * 80, p.geotransform[0] + 70 * 80, p.geotransform[3]) for p in three]
    left, bottom = (max(e[k] for e in edges) for k in (0, 1))
    right, top = (min(e[k] for e in edges) for k in (2, 3))
    grid = grid_of(tmp_path / "out")
    assert grid == ((left, 80, 0, top, 0, -80), (right - left) / 80, (top - bottom) / 80)
    for product in three:
        column = math.floor((left - product.geotransform[0]) / 80)
        row = math.floor((product.geotransform[3] - top) / 80)
        part = np.s_[row:row + math.ceil((top - bottom) / 80), column:column + math.ceil((right - left) / 80)]
        for suffix, pixels in product.items():
            assert layer(tmp_path / "out", product.name, suffix).tobytes() == pixels[part].tobytes(), suffix
    for suffix in ("unw_phase", "lv_phi"):
        dataset = gdal.Open(str(tmp_path / "out" / fourth.name / f"{fourth.name}_{suffix}.tif"))
        assert dataset.GetGeoTransform() == grid[0] and (dataset.RasterXSize, dataset.RasterYSize) == grid[1:]
        assert (dataset.ReadAsArray() != 0).all()
    # A plain resample of lv_phi differs by the difference of the grid convergences.
    name = f"{fourth.name}/{fourth.name}_lv_phi.tif"
    plain = gdal.Warp("", f"/vsizip/{fourth.path}/{name}", format="MEM", dstSRS="EPSG:32611", resampleAlg="bilinear",
                      outputBounds=(left, bottom, right, top), xRes=80, yRes=80, errorThreshold=0).ReadAsArray()
    lon, lat = transform(*centres(*grid), 32611, 4326)
    turned = layer(tmp_path / "out", fourth.name, "lv_phi").astype(float) - plain
    assert np.abs(turned - (convergence(lon, lat, 11) - convergence(lon, lat, 12))).max() < 1e-6
    assert np.degrees(np.abs(turned)).min() > 3.4


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Two zones, both families, shifted extents, and one product of 40 m among those of 80 m."""
    folder = tmp_path_factory.mktemp("mixed") / "in"
    return folder, {
        "plain": product_at(folder, 0),
        "shifted": product_at(folder, 1, shift=(3, -4)),
        "third": product_at(folder, 2, shift=(-2, 2)),
        "zone": product_at(folder, 3, epsg=32612),
        "burst": product_at(folder, 4, family="burst"),
        "fine": product_at(folder, 5, spacing=40, size=(140, 120)),
    }


@pytest.fixture(scope="module")
def mixed_clip(mixed, tmp_path_factory):
    out = tmp_path_factory.mktemp("mixed_out") / "out"
    clip(mixed[0], out, "-tr", 80, 80, "-extent", "union")
    return out


def test_a_mixed_stack_comes_to_the_lattice_of_most(mixed, mixed_clip):
    content = manifest(mixed_clip)
    geotransform, width, height = grid_of(mixed_clip)
    assert "UTM zone 11N" in content["content"]["grid"]["srs"]
    for coordinate, own in ((geotransform[0], mixed[1]["plain"].geotransform[0]),
                            (geotransform[3], mixed[1]["plain"].geotransform[3])):
        assert (coordinate - own) % 80 == 0
    aligned = {entry["name"]: entry["on_lattice"] for entry in content["products"]}
    assert {name for name, yes in aligned.items() if yes} == {mixed[1][k].name for k in ("plain", "shifted", "third")}
    residues = {entry["name"]: entry["residue_pixels"] for entry in content["products"]}
    assert residues[mixed[1]["plain"].name] == 0 and residues[mixed[1]["burst"].name] == 0.5
    assert residues[mixed[1]["zone"].name] is None and residues[mixed[1]["fine"].name] is None
    for product in mixed[1].values():
        for file in (mixed_clip / product.name).glob("*.tif"):
            dataset = gdal.Open(str(file))
            assert (dataset.RasterXSize, dataset.RasterYSize) == (width, height)
            assert dataset.GetGeoTransform() == geotransform


def test_aligned_products_of_a_mixed_stack_are_copied(mixed, mixed_clip):
    geotransform, width, height = grid_of(mixed_clip)
    for kind in ("plain", "shifted", "third"):
        product = mixed[1][kind]
        column = round((product.geotransform[0] - geotransform[0]) / 80)
        row = round((geotransform[3] - product.geotransform[3]) / 80)
        for suffix, pixels in product.items():
            part = layer(mixed_clip, product.name, suffix)[row:row + 60, column:column + 70] \
                if suffix in ("unw_phase", "lv_phi", "water_mask", "corr") else None
            assert part is None or part.tobytes() == pixels.tobytes(), (kind, suffix)


@pytest.mark.parametrize("kind, suffix", [(kind, suffix) for kind in ("zone", "burst", "fine")
                                          for suffix in ("unw_phase", "corr", "dem", "amp")
                                          if (kind, suffix) != ("burst", "amp")])
def test_resampled_layers_lie_within_a_twentieth_of_a_pixel(mixed, mixed_clip, kind, suffix):
    product = mixed[1][kind]
    geotransform, width, height = grid_of(mixed_clip)
    shift, error, valid = registration(layer(mixed_clip, product.name, suffix).astype(float), suffix, geotransform)
    # The size of the source in pixels of 80 m.
    assert 0.9 * 70 * 60 < valid.sum() < 1.1 * 70 * 60
    assert np.abs(shift).max() < 0.05
    # Linear interpolation: an eighth of the second derivative times the pixel, along both axes, twice at a factor of two.
    curvature = {"unw_phase": 6 / 0.9 ** 2 + 5 / 1.1 ** 2, "corr": 0.3 / 1.3 ** 2 + 0.3 / 1.7 ** 2,
                 "dem": 90 / 1.2 ** 2 + 60 / 0.8 ** 2, "amp": 0.1}[suffix]
    assert error.max() < 0.08 ** 2 / 8 * curvature * 1.5


@pytest.mark.parametrize("kind", ["zone", "burst", "fine"])
def test_wrapped_phases_are_resampled_as_vectors(mixed, mixed_clip, kind):
    geotransform, width, height = grid_of(mixed_clip)
    clipped = layer(mixed_clip, mixed[1][kind].name, "wrapped_phase")
    valid = interior(clipped != 0)
    exact = truth(*centres(geotransform, width, height), 32611)["wrapped_phase"]
    assert np.abs(clipped).max() <= np.float32(np.pi)
    # As numbers, the mean of -3 and 3 would be 0: an error of up to pi along every fringe.
    assert np.abs(np.angle(np.exp(1j * (clipped - exact))))[valid].max() < 0.02
    assert (np.abs(np.diff(exact, axis=1)) > 4).sum() > 50


def test_the_azimuth_turns_with_the_map(mixed, mixed_clip):
    geotransform, width, height = grid_of(mixed_clip)
    x, y = centres(geotransform, width, height)
    clipped = layer(mixed_clip, mixed[1]["zone"].name, "lv_phi").astype(float)
    valid = interior(clipped != 0)
    exact = truth(x, y, 32611)["lv_phi"]
    # float32 of the product, and the linear interpolation of a function as good as linear.
    assert np.abs(clipped - exact)[valid].max() < 1e-7
    # A plain resample differs by the difference of the convergences, 3.5 degrees here; lv_theta does not turn.
    plain = truth(x, y, 32611)["lv_phi"] - convergence(*transform(x, y, 32611, 4326), 11) \
        + convergence(*transform(x, y, 32611, 4326), 12)
    assert np.degrees(np.abs(clipped - plain)[valid]).min() > 3.4
    theta = layer(mixed_clip, mixed[1]["zone"].name, "lv_theta")
    assert np.abs(theta - truth(x, y, 32611)["lv_theta"])[interior(theta != 0)].max() < 1e-6


def test_masks_and_components_keep_their_values(mixed, mixed_clip):
    geotransform, width, height = grid_of(mixed_clip)
    x, y = centres(geotransform, width, height)
    for kind in ("zone", "burst", "fine"):
        product = mixed[1][kind]
        inside = layer(mixed_clip, product.name, "corr") != 0
        mask = layer(mixed_clip, product.name, "water_mask")
        assert set(np.unique(mask)) <= {0, 1}
        # Wrong only within a pixel of the shore.
        u, v = (x - 770000) / 1000, (y - 3990000) / 1000
        far = inside & (np.abs(np.hypot(u, v) - 0.7) > 0.1)
        assert np.array_equal(mask[far], truth(x, y, 32611)["water_mask"][far])
    assert set(np.unique(layer(mixed_clip, mixed[1]["burst"].name, "conncomp"))) == {0, 1}


def test_no_data_never_leaks(tmp_path):
    """Half of the phase is missing and a square of the height is at sea level: values are constant where there are any."""
    def change(arrays):
        arrays["unw_phase"][:] = 5
        arrays["unw_phase"][:, 30:] = 0
        arrays["dem"][:] = 7
        arrays["dem"][20:30, 20:40] = 0
        for name in ("lv_theta", "corr", "amp", "dem", "lv_phi"):
            if name in arrays:
                arrays[name][:, 60:] = 0
    for number in range(2):
        product_at(tmp_path / "in", number)
    odd = product_at(tmp_path / "in", 3, epsg=32612, change=change)
    clip(tmp_path / "in", tmp_path / "out", "-extent", "union")
    phase = layer(tmp_path / "out", odd.name, "unw_phase")
    assert set(np.unique(phase)) == {0, 5} and 25 * 60 < (phase == 5).sum() < 35 * 60
    height = layer(tmp_path / "out", odd.name, "dem")
    theta = layer(tmp_path / "out", odd.name, "lv_theta")
    # At sea level 0 is a height: its neighbours are averages; beyond the footprint it is none and takes no part.
    edge = (theta != 0) & ((height > 0) & (height < 7))
    assert 30 < edge.sum() < 200
    beyond = np.abs(height - 7)[(theta != 0) & (np.arange(theta.shape[1]) > 52)]
    assert beyond.max() < 1e-5


def test_different_pixel_sizes_need_a_word(tmp_path):
    for number in range(2):
        product_at(tmp_path / "in", number)
    product_at(tmp_path / "in", 2, spacing=40, size=(140, 120))
    done = clip(tmp_path / "in", tmp_path / "out", code=1)
    assert "-tr" in done.stderr and "80" in done.stderr and "40" in done.stderr
    clip(tmp_path / "in", tmp_path / "most", "-allow_mixed")
    assert grid_of(tmp_path / "most")[0][1] == 80
    clip(tmp_path / "in", tmp_path / "fine", "-tr", 40, 40)
    assert grid_of(tmp_path / "fine")[0][1] == 40
    assert [entry["on_lattice"] for entry in manifest(tmp_path / "fine")["products"]] == [False, False, True]


def test_between_zones_with_as_many_products_the_place_decides(tmp_path):
    product_at(tmp_path / "in", 0)
    product_at(tmp_path / "in", 1, epsg=32612)
    for aoi, zone in (("-114.02,36.02,-114.005,36.03", 11), ("-113.998,36.02,-113.99,36.03", 12)):
        clip(tmp_path / "in", tmp_path / str(zone), "-aoi", aoi)
        assert f"zone {zone}N" in manifest(tmp_path / str(zone))["content"]["grid"]["srs"]


def test_another_coordinate_system_and_target_aligned_pixels(tmp_path):
    product = product_at(tmp_path / "in", 0)
    clip(tmp_path / "in", tmp_path / "geo", "-t_srs", "EPSG:4326", "-tr", 0.001, 0.001)
    geotransform, width, height = grid_of(tmp_path / "geo")
    assert geotransform[0] / 0.001 == pytest.approx(round(geotransform[0] / 0.001), abs=1e-6)
    clipped = layer(tmp_path / "geo", product.name, "unw_phase").astype(float)
    shift, error, _ = registration(clipped, "unw_phase", geotransform, 4326)
    assert np.abs(shift).max() < 0.05
    # lv_phi of a map in degrees counts from true east; the convergence changes by 9e-6 within a pixel.
    azimuth = layer(tmp_path / "geo", product.name, "lv_phi").astype(float)
    assert np.abs(azimuth - AZIMUTH)[interior(azimuth != 0)].max() < 9e-7
    clip(tmp_path / "in", tmp_path / "tap", "-tap")
    geotransform = grid_of(tmp_path / "tap")[0]
    assert geotransform[0] % 80 == 0 and geotransform[3] % 80 == 0
    shift, _, _ = registration(layer(tmp_path / "tap", product.name, "dem").astype(float), "dem", geotransform)
    assert np.abs(shift).max() < 0.05


def test_the_reference_point_of_the_text_follows_the_grid(tmp_path):
    for number in range(2):
        product_at(tmp_path / "in", number)
    other = product_at(tmp_path / "in", 3, epsg=32612)
    clip(tmp_path / "in", tmp_path / "out")
    def key(text, start):
        return float(next(line for line in text.splitlines() if line.startswith(start)).split(": ")[1])
    text = (tmp_path / "out" / other.name / f"{other.name}.txt").read_text()
    x, y = transform(np.array([float(other.text["X coordinate of the reference point in the map projection"])]),
                     np.array([float(other.text["Y coordinate of the reference point in the map projection"])]), 32612, 32611)
    assert key(text, "X coordinate") == pytest.approx(x[0], abs=1e-3)
    assert key(text, "Y coordinate") == pytest.approx(y[0], abs=1e-3)
    assert "Baseline: " + other.text["Baseline"] in text


# -------- areas ---------------------------------------------------------------------------------------------------------

def corners_of(out):
    geotransform, width, height = grid_of(out)
    return (geotransform[0], geotransform[3] + height * geotransform[5], geotransform[0] + width * geotransform[1],
            geotransform[3])


def write_vector(path, driver, epsg, geometries, name="areas"):
    source = ogr.GetDriverByName(driver).CreateDataSource(str(path))
    made = source.CreateLayer(name, srs(epsg) if epsg else None, ogr.wkbPolygon)
    made.CreateField(ogr.FieldDefn("kind", ogr.OFTString))
    for kind, wkt in geometries:
        feature = ogr.Feature(made.GetLayerDefn())
        feature.SetField("kind", kind)
        feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
        made.CreateFeature(feature)
    source = None
    return path


def test_an_area_of_interest_may_be_given_in_many_ways(tmp_path):
    products = stack(tmp_path / "in")
    x0, y0 = products[0].geotransform[0], products[0].geotransform[3]
    # A triangle in the map of the stack, and the same in degrees.
    triangle = [(x0 + 1300, y0 - 1500), (x0 + 3310, y0 - 1700), (x0 + 2000, y0 - 2890)]
    lon, lat = transform(*np.array(triangle).T, 32611, 4326)
    wkt = "POLYGON ((%s))" % ", ".join(f"{a:.9f} {b:.9f}" for a, b in zip([*lon, lon[0]], [*lat, lat[0]]))
    utm = "POLYGON ((%s))" % ", ".join(f"{a} {b}" for a, b in [*triangle, triangle[0]])
    geojson = write_vector(tmp_path / "a.geojson", "GeoJSON", 4326, [("a", wkt)])
    shape = write_vector(tmp_path / "a.shp", "ESRI Shapefile", 32611, [("a", utm)])
    package = write_vector(tmp_path / "a.gpkg", "GPKG", 32611, [("a", utm), ("b", "POLYGON ((0 0, 0 1, 1 1, 0 0))")])
    text = ogr.CreateGeometryFromWkt(wkt).ExportToJson()
    expected = None
    for n, words in enumerate([["-aoi", wkt], ["-aoi", geojson], ["-aoi", shape], ["-aoi", text],
                               ["-aoi", utm, "-aoi_srs", "EPSG:32611"], ["-aoi", package, "-cwhere", "kind = 'a'"],
                               ["-cutline", shape, "-crop_to_cutline"],
                               ["-te", triangle[0][0], triangle[2][1], triangle[1][0], triangle[0][1]],
                               ["-aoi", f"{lon[0]},{lat[2]},{lon[1]},{lat[0]}"]]):
        clip(tmp_path / "in", tmp_path / f"out{n}", *words)
        found = corners_of(tmp_path / f"out{n}")
        if expected is None:
            # Outward to whole pixels of the lattice.
            expected = (x0 + 1280, y0 - 2960, x0 + 3360, y0 - 1440)
        # A box in degrees is no box on the map: it may reach a pixel further.
        slack = 80 if n == 8 else 0
        assert np.abs(np.array(found) - expected).max() <= slack, words


def test_a_cutline_makes_what_is_outside_no_data(tmp_path):
    products = stack(tmp_path / "in")
    x0, y0 = products[0].geotransform[0], products[0].geotransform[3]
    corners = np.array([(x0 + 800, y0 - 700), (x0 + 3900, y0 - 1100), (x0 + 1500, y0 - 3300)])
    wkt = "POLYGON ((%s))" % ", ".join(f"{a} {b}" for a, b in [*corners, corners[0]])
    # Two parts that overlap are one area, not a hole.
    file = write_vector(tmp_path / "a.gpkg", "GPKG", 32611, [("a", wkt), ("b", wkt)])
    clip(tmp_path / "in", tmp_path / "plain")
    clip(tmp_path / "in", tmp_path / "cut", "-cutline", file)
    assert grid_of(tmp_path / "cut") == grid_of(tmp_path / "plain")
    x, y = centres(*grid_of(tmp_path / "cut"))
    sides = [(b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])
             for a, b in zip(corners, np.roll(corners, -1, axis=0))]
    inside = np.all(np.array(sides) < 0, axis=0)
    assert 100 < inside.sum() < inside.size
    for product in products[:2]:
        for suffix in ("unw_phase", "corr", "dem"):
            whole = layer(tmp_path / "plain", product.name, suffix)
            assert np.array_equal(layer(tmp_path / "cut", product.name, suffix), np.where(inside, whole, 0))
    # Only the area counts for the share of valid pixels.
    entry = manifest(tmp_path / "cut")["products"][0]
    valid = (layer(tmp_path / "cut", entry["name"], "unw_phase") != 0).sum()
    assert entry["valid_fraction"] == pytest.approx(valid / inside.sum())


def test_one_of_several_layers_of_areas_has_to_be_named(tmp_path):
    products = stack(tmp_path / "in")
    x0, y0 = products[0].geotransform[0], products[0].geotransform[3]
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(tmp_path / "areas.gpkg"))
    for number in range(8):
        made = source.CreateLayer(f"area_{number}", srs(32611), ogr.wkbPolygon)
        feature = ogr.Feature(made.GetLayerDefn())
        left, top = x0 + 800 + 80 * number, y0 - 800
        feature.SetGeometry(ogr.CreateGeometryFromWkt(
            f"POLYGON (({left} {top}, {left + 800} {top}, {left + 800} {top - 800}, {left} {top - 800}, {left} {top}))"))
        made.CreateFeature(feature)
    source = None
    words = [tmp_path / "in", tmp_path / "out", "-aoi", tmp_path / "areas.gpkg"]
    said = clip(*words, code=1).stderr
    # Some of the names, and how many there are.
    assert "its 8 layers: area_0, area_1," in said and "area_7" not in said and "..." in said and "-cl" in said
    assert "no such layer" in clip(*words, "-cl", "area_9", code=1).stderr
    clip(*words, "-cl", "area_3")
    assert corners_of(tmp_path / "out") == (x0 + 1040, y0 - 1600, x0 + 1840, y0 - 800)


def test_products_elsewhere_are_left_out_and_told(tmp_path):
    products = stack(tmp_path / "in", shifts=((0, 0), (0, 0), (0, 20)))
    x0, y0 = products[0].geotransform[0], products[0].geotransform[3]
    done = run("gdal_ih_clip", tmp_path / "in", tmp_path / "out", "-te", x0 + 800, y0 - 1200, x0 + 2400, y0 - 160)
    names = {entry["name"] for entry in manifest(tmp_path / "out")["products"]}
    far = [p for i, p in enumerate(products) if i % 3 == 2]
    assert names == {p.name for p in products} - {p.name for p in far}
    assert done.stdout.count("does not reach the area") == len(far)


@pytest.mark.parametrize("words, said", [
    (["-aoi", "1,2,3"], "-aoi"), (["-aoi", "3,2,1,4"], "smaller numbers first"),
    (["-aoi", "nothing.shp"], "vector file"), (["-aoi", "POINT (1 2)"], "no polygon"),
    (["-aoi", "0,0,1,1"], "outside"), (["-te_srs", "EPSG:4326"], "-te"), (["-zip", "-layout", "cube"], "-zip"),
    (["-aoi", "500000,4000000,501000,4001000"], "no degrees"), (["-layers", "unw_phase,colour"], "colour"),
    (["-frozen_grid"], "holds no clip"), (["-t_srs", "EPSG:99999999"], "not understood"),
    (["-te", 1, 2, 3, 4, "-aoi", "1,2,3,4"], "exclude"), (["-layout", "vrt", "-water_mask", "apply"], "vrt"),
    (["-start_date", "20300101"], "")])
def test_what_cannot_be_done_is_said(tmp_path, words, said):
    stack(tmp_path / "in")
    done = clip(tmp_path / "in", tmp_path / "out", *words, code=1)
    assert said in done.stderr and done.stderr.strip()
    assert not (tmp_path / "out").exists()


# -------- forms of output -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("words", [[], ["-zip"]])
def test_products_open_again_and_can_be_clipped_again(tmp_path, words):
    products = stack(tmp_path / "in")
    clip(tmp_path / "in", tmp_path / "out", *words)
    made = sorted(p for p in (tmp_path / "out").iterdir() if p.name.startswith("S1"))
    assert [p.name.replace(".zip", "") for p in made] == sorted(p.name for p in products)
    for path, product in zip(made, sorted(products, key=lambda p: p.name)):
        dataset = gdal.OpenEx(str(path), allowed_drivers=["HYP3"])
        assert dataset.GetMetadataItem("PRODUCT_NAME") == product.name
        assert dataset.RasterCount == len(product)
        assert dataset.GetGeoTransform() == grid_of(tmp_path / "out")[0]
    clip(tmp_path / "out", tmp_path / "again")
    assert grid_of(tmp_path / "again") == grid_of(tmp_path / "out")
    if not words:
        assert tree(tmp_path / "again") == tree(tmp_path / "out")


def test_the_time_series_of_clipped_products_is_that_of_the_products(tmp_path):
    run("gdal_ih_simulate", "-q", "-ts", 70, 60, "-dates", 5, "-shift", 8, tmp_path / "in")
    clip(tmp_path / "in", tmp_path / "out")
    for name in ("in", "out"):
        run("gdal_ih_sbas", "-q", tmp_path / name, tmp_path / f"{name}_result")
    for raster in ("velocity.tif", "displacement.tif", "temporal_coherence.tif"):
        assert np.array_equal(gdal.Open(str(tmp_path / "in_result" / raster)).ReadAsArray(),
                              gdal.Open(str(tmp_path / "out_result" / raster)).ReadAsArray(), equal_nan=True)


@pytest.mark.parametrize("layout, folder, template, prefix", [
    ("insarhub", "clip", ".mintpy.cfg", "clip/"), ("mintpy", "clip", "mintpy.cfg", "clip/"),
    ("notebook", "{}", "mintpy.cfg", "*/")])
def test_folders_for_mintpy_have_names_templates_and_no_side_cars(tmp_path, layout, folder, template, prefix):
    products = stack(tmp_path / "in")
    clip(tmp_path / "in", tmp_path / "out", "-layout", layout)
    grid = grid_of(tmp_path / "out")
    wanted = ["unw_phase", "corr", "dem", "lv_theta", "lv_phi", "water_mask"]
    for product in products:
        at = tmp_path / "out" / folder.format(product.name)
        for suffix in wanted:
            clipped = read(at / f"{product.name}_{suffix}_clip.tif")
            assert np.array_equal(clipped, product[suffix][window(product, *grid)])
        assert (at / f"{product.name}.txt").is_file()
    allowed = {".tif", ".txt"}
    for file in (tmp_path / "out").rglob("*"):
        if file.is_file() and file.parent != tmp_path / "out":
            assert file.suffix in allowed and (file.suffix == ".txt" or file.name.endswith("_clip.tif"))
            if layout != "notebook":
                assert any(file.name.endswith(f"_{w}_clip.tif") for w in wanted) or file.suffix == ".txt"
    lines = (tmp_path / "out" / template).read_text().splitlines()
    assert f"mintpy.load.unwFile = {prefix}*_unw_phase_clip.tif" in lines
    assert f"mintpy.load.azAngleFile = {prefix}*_lv_phi_clip.tif" in lines
    assert not any("connCompFile" in line for line in lines)


def test_components_are_for_all_pairs_or_for_none(tmp_path):
    products = stack(tmp_path / "in", maker=make_product.make_burst)
    clip(tmp_path / "in", tmp_path / "all", "-layout", "mintpy")
    assert len(list((tmp_path / "all/clip").glob("*_conncomp_clip.tif"))) == len(products)
    assert "connCompFile" in (tmp_path / "all/mintpy.cfg").read_text()
    without = tuple(name for name in make_product.BURST_LAYERS if name != "conncomp")
    products[0].path.unlink()
    make_product.make_burst(tmp_path / "in", reference=DATES[0], secondary=DATES[1], product_id="0001", nx=60, ny=50,
                            layers=without)
    clip(tmp_path / "in", tmp_path / "some", "-layout", "mintpy")
    assert not list((tmp_path / "some/clip").glob("*_conncomp_clip.tif"))
    assert "connCompFile" not in (tmp_path / "some/mintpy.cfg").read_text()


def test_planted_side_cars_are_named_and_removed_on_request(tmp_path):
    products = stack(tmp_path / "in")
    clip(tmp_path / "in", tmp_path / "out", "-layout", "mintpy")
    name = products[1].name
    planted = [tmp_path / "out/clip" / f"{name}_{end}" for end in
               ("unw_phase_clip.tif.aux.xml", "corr_clip.tif.xml", "dem_clip.hdr", "dem_clip.tif.vrt")]
    kept = [tmp_path / "out/clip" / f"{name}_unw_phase_clip.tif.rsc", tmp_path / "out/clip/notes.xml"]
    for file in planted + kept:
        file.write_text("x")
    done = clip(tmp_path / "in", tmp_path / "out", "-layout", "mintpy", code=2)
    for file in planted:
        assert file.name in done.stderr and file.exists()
    assert kept[0].name not in done.stderr.replace(planted[0].name, "")
    clip(tmp_path / "in", tmp_path / "out", "-layout", "mintpy", "-clean_sidecars")
    assert not any(file.exists() for file in planted) and all(file.exists() for file in kept)


def test_virtual_rasters_show_the_same_pixels_from_anywhere(mixed, mixed_clip, tmp_path):
    clip(os.path.relpath(mixed[0], tmp_path), "out", "-layout", "vrt", "-tr", 80, 80, "-extent", "union", cwd=tmp_path)
    assert grid_of(tmp_path / "out") == grid_of(mixed_clip)
    for kind, product in mixed[1].items():
        for suffix in ("unw_phase", "dem", "water_mask", "lv_phi", "wrapped_phase"):
            [file] = (tmp_path / "out" / product.name).glob(f"{product.name}_{suffix}.*")
            copied = layer(mixed_clip, product.name, suffix)
            shown = read(file)
            if kind in ("plain", "shifted", "third"):
                assert file.suffix == ".vrt" and np.array_equal(shown, copied)
            elif suffix in ("lv_phi", "wrapped_phase"):
                # Angles need arithmetic, which a virtual raster has not.
                assert file.suffix == ".tif" and np.array_equal(shown, copied)
            else:
                assert file.suffix == ".vrt"
                both = (shown != 0) & (copied != 0)
                assert np.abs(shown - copied.astype(float))[interior(both)].max() < 0.02 and both.mean() > 0.3
    size = sum(f.stat().st_size for f in (tmp_path / "out").rglob("*.vrt"))
    assert size < 10000 * len(mixed[1]) * 9


def test_a_cube_has_a_band_per_pair_and_nan_for_no_data(tmp_path):
    def place(o):
        return {"X coordinate of the reference point in the map projection": str(o[0]),
                "Y coordinate of the reference point in the map projection": str(o[1])}
    products = stack(tmp_path / "in")
    products[0].path.unlink()
    x, y = products[0].geotransform[0] + 20.5 * 80, products[0].geotransform[3] - 25.5 * 80
    arrays = {"unw_phase": products[0]["unw_phase"].copy()}
    arrays["unw_phase"][25, 20] = 0       # the producer's reference point
    arrays["unw_phase"][26, 22] = 0       # no data
    products[0] = make_product.make_gamma(tmp_path / "in", reference=DATES[0], secondary=DATES[1], nx=60, ny=50,
                                          arrays=arrays, keys=place((x, y)), product_id="0001")
    clip(tmp_path / "in", tmp_path / "out", "-layout", "cube", "-layers", "unw_phase,corr,water_mask")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == \
        ["clip.json", "corr.tif", "unw_phase.tif", "water_mask.tif"]
    grid = grid_of(tmp_path / "out")
    cube = gdal.Open(str(tmp_path / "out/unw_phase.tif"))
    assert cube.RasterCount == len(products) and cube.GetGeoTransform() == grid[0]
    assert cube.GetMetadata("IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    by_name = {p.name: p for p in products}
    for number in range(cube.RasterCount):
        band = cube.GetRasterBand(number + 1)
        product = by_name[band.GetMetadataItem("PRODUCT")]
        assert band.GetDescription() == product.name[5:13] + "_" + product.name[21:29]
        assert band.GetMetadataItem("REFERENCE_DATE").replace("-", "") == product.name[5:13]
        assert band.GetUnitType() == "rad" and math.isnan(band.GetNoDataValue())
        assert float(band.GetMetadataItem("PERPENDICULAR_BASELINE_M")) == float(product.text["Baseline"])
        exact = product["unw_phase"][window(product, *grid)].astype(np.float32)
        expected = np.where(exact == 0, np.nan, exact)
        if product is products[0]:
            column, row = math.floor((x - grid[0][0]) / 80), math.floor((grid[0][3] - y) / 80)
            expected[row, column] = 0
            assert np.isnan(expected[row + 1, column + 2])
        assert np.array_equal(band.ReadAsArray(), expected, equal_nan=True)
    mask = gdal.Open(str(tmp_path / "out/water_mask.tif"))
    assert mask.GetRasterBand(1).DataType == gdal.GDT_Byte


def test_a_cube_of_layers_without_the_phase_is_made_of_the_products_that_have_a_phase(tmp_path):
    products = stack(tmp_path / "in")
    clip(tmp_path / "in", tmp_path / "out", "-layout", "cube", "-layers", "dem")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["clip.json", "dem.tif"]
    assert gdal.Open(str(tmp_path / "out/dem.tif")).RasterCount == len(products)


def text_attribute(array, name):
    return array.GetAttribute(name).ReadAsString()


def test_a_netcdf_cube_holds_the_same_after_the_conventions_for_climate_and_forecast(mixed, tmp_path):
    words = [mixed[0], "-tr", 80, 80, "-extent", "union", "-layout", "cube"]
    clip(*words, tmp_path / "cog")
    clip(*words, tmp_path / "nc", "-of", "netCDF")
    assert {p.stem for p in (tmp_path / "nc").glob("*.nc")} == {p.stem for p in (tmp_path / "cog").glob("*.tif")}
    x, y = centres(*grid_of(tmp_path / "nc"))
    for path in sorted((tmp_path / "nc").glob("*.nc")):
        raster = gdal.Open(str(tmp_path / "cog" / f"{path.stem}.tif"))
        root = gdal.OpenEx(str(path), gdal.OF_MULTIDIM_RASTER).GetRootGroup()
        assert text_attribute(root, "Conventions").startswith("CF-1.")
        values = root.OpenMDArray(path.stem)
        assert [d.GetName() for d in values.GetDimensions()] == ["pair", "y", "x"]
        expected = raster.ReadAsArray().reshape(raster.RasterCount, *x.shape)
        assert np.array_equal(values.ReadAsArray(), expected, equal_nan=expected.dtype == np.float32)
        assert np.array_equal(root.OpenMDArray("x").ReadAsArray(), x[0])
        assert np.array_equal(root.OpenMDArray("y").ReadAsArray(), y[:, 0])
        assert text_attribute(root.OpenMDArray("x"), "standard_name") == "projection_x_coordinate"
        mapping = root.OpenMDArray(text_attribute(values, "grid_mapping"))
        assert text_attribute(mapping, "grid_mapping_name") == "transverse_mercator"
        assert values.GetSpatialRef().IsSame(raster.GetSpatialRef(), ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES"])
        assert values.GetUnit() == raster.GetRasterBand(1).GetUnitType()
        no_data = raster.GetRasterBand(1).GetNoDataValue()
        assert values.GetNoDataValueAsDouble() == no_data or math.isnan(no_data)
        bands = [raster.GetRasterBand(i + 1) for i in range(raster.RasterCount)]
        assert root.OpenMDArray("product").Read() == [b.GetMetadataItem("PRODUCT") for b in bands]
        for name, item in (("reference_time", "REFERENCE_DATE"), ("secondary_time", "SECONDARY_DATE")):
            assert root.OpenMDArray(name).GetUnit() == "days since 1970-01-01"
            days = root.OpenMDArray(name).ReadAsArray().astype("datetime64[D]")
            assert list(days) == [np.datetime64(b.GetMetadataItem(item)) for b in bands]
        assert list(root.OpenMDArray("perpendicular_baseline").ReadAsArray()) == pytest.approx(
            [float(b.GetMetadataItem("PERPENDICULAR_BASELINE_M")) for b in bands], rel=1e-9)
        # Any program that reads rasters finds a band per pair in its place.
        plain = gdal.Open(f"NETCDF:{path}:{path.stem}")
        assert plain.GetGeoTransform() == pytest.approx(raster.GetGeoTransform()) and plain.RasterCount == len(bands)


def test_the_format_of_a_cube_can_be_changed_and_is_remembered(tmp_path):
    products = stack(tmp_path / "in")
    words = [tmp_path / "in", tmp_path / "out", "-layout", "cube", "-layers", "unw_phase,corr"]
    clip(*words)
    clip(*words, "-of", "netCDF")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["clip.json", "corr.nc", "unw_phase.nc"]
    done = run("gdal_ih_clip", *words, "-of", "netCDF")
    assert f"0 made, {len(products)} kept" in done.stdout
    clip(*words, "-of", "netCDF", "-co", "ZLEVEL=9", "-co", "BLOCKSIZE=1,20,20")
    assert gdal.OpenEx(str(tmp_path / "out/corr.nc"), gdal.OF_MULTIDIM_RASTER).GetRootGroup().OpenMDArray("corr") \
        .GetBlockSize() == [1, 20, 20]


@pytest.mark.parametrize("words, said", [
    (["-of", "netCDF"], "-layout cube"), (["-layout", "cube", "-of", "GRIB"], "GRIB"),
    (["-layout", "cube", "-of", "netCDF", "-co", "TILED=YES"], "COMPRESS, ZLEVEL"),
    (["-layout", "cube", "-of", "netCDF", "--config", "GDAL_SKIP", "netCDF"], "no netCDF driver"),
    (["-layout", "cube", "-co", "BLOCKSIZE=100"], "multiple of 16")])
def test_formats_that_cannot_be_written_are_refused_at_once(tmp_path, words, said):
    stack(tmp_path / "in")
    assert said in clip(tmp_path / "in", tmp_path / "out", *words, code=1).stderr
    assert not (tmp_path / "out").exists()


def test_water_is_taken_out_of_the_phase_on_request(tmp_path):
    products = stack(tmp_path / "in", shifts=((0, 0),), masked=False)
    clip(tmp_path / "in", tmp_path / "plain")
    clip(tmp_path / "in", tmp_path / "dry", "-water_mask", "apply")
    for product in products:
        mask = layer(tmp_path / "plain", product.name, "water_mask")
        for suffix in ("unw_phase", "los_disp", "corr"):
            if suffix not in product:
                continue
            whole = layer(tmp_path / "plain", product.name, suffix)
            dry = layer(tmp_path / "dry", product.name, suffix)
            assert np.array_equal(dry, whole if suffix == "corr" else np.where(mask == 1, whole, 0))
        assert (mask == 0).any()


def test_water_is_taken_out_of_a_cube_too(tmp_path):
    stack(tmp_path / "in", shifts=((0, 0),), masked=False)
    words = [tmp_path / "in", "-layout", "cube", "-layers", "unw_phase,corr,water_mask"]
    clip(*words, tmp_path / "plain")
    clip(*words, tmp_path / "dry", "-water_mask", "apply")
    def cube(folder, suffix):
        return gdal.Open(str(tmp_path / folder / f"{suffix}.tif")).ReadAsArray()
    water = cube("plain", "water_mask") == 0
    assert water.any() and not water.all()
    expected = np.where(water, np.nan, cube("plain", "unw_phase"))
    assert np.array_equal(cube("dry", "unw_phase"), expected, equal_nan=True)
    assert np.array_equal(cube("dry", "corr"), cube("plain", "corr"), equal_nan=True)


def lakes(folder):
    """Four products of which each has a lake of its own, one has no mask, and one covers less than the others."""
    made = []
    for number, (column, offset) in enumerate(((5, (0, 0)), (20, (0, 0)), (None, (0, 0)), (30, (4, 3)))):
        mask = np.ones((50, 60), np.uint8)
        layers = ["unw_phase", "corr", "dem"]
        if column:
            mask[10:20, column:column + 8] = 0
            layers.append("water_mask")
        arrays = {"water_mask": mask, "unw_phase": np.full((50, 60), 1.5, np.float32),
                  "corr": np.full((50, 60), 0.5, np.float32)}
        made.append(make_product.make_gamma(
            folder, reference=DATES[0], secondary=f"202008{number + 10}", nx=60, ny=50, offset=offset, layers=tuple(layers),
            arrays={name: arrays[name] for name in layers if name in arrays}, product_id=f"{number:04X}"))
    return made


@pytest.mark.parametrize("words", [["-layout", "product"], ["-layout", "cube"]])
def test_masks_of_all_products_are_combined_where_they_have_data(tmp_path, words):
    products = lakes(tmp_path / "in")
    def read_layer(folder, product, suffix):
        if words[1] == "product":
            return layer(folder, product.name, suffix)
        cube = gdal.Open(str(Path(folder) / f"{suffix}.tif"))
        names = [cube.GetRasterBand(i + 1).GetMetadataItem("PRODUCT") for i in range(cube.RasterCount)]
        return np.nan_to_num(cube.GetRasterBand(names.index(product.name) + 1).ReadAsArray())
    clip(tmp_path / "in", tmp_path / "out", *words, "-extent", "union", "-combine_water_masks", "-water_mask", "apply")
    geotransform, width, height = grid_of(tmp_path / "out")
    land = np.zeros((height, width), bool)
    for product in products:
        if "water_mask" in product:
            at = window(product, geotransform, 60, 50)
            column, row = -at[1].start, -at[0].start
            land[row:row + 50, column:column + 60] = True
    for product in products:
        if "water_mask" in product:
            at = window(product, geotransform, 60, 50)
            column, row = -at[1].start, -at[0].start
            land[row:row + 50, column:column + 60] &= product["water_mask"] == 1
    for product in products:
        at = window(product, geotransform, 60, 50)
        covered = np.zeros_like(land)
        covered[-at[0].start:50 - at[0].start, -at[1].start:60 - at[1].start] = True
        # Beyond the edges of one product its mask, which is 0 there, is no water for the others.
        assert np.array_equal(read_layer(tmp_path / "out", product, "unw_phase"), np.where(covered & land, 1.5, 0))
        if "water_mask" in product:
            assert np.array_equal(read_layer(tmp_path / "out", product, "water_mask"), land)
    assert "3 of 4 products" in " ".join(manifest(tmp_path / "out")["notes"])
    # Without -water_mask apply the phase is as it was, also in the lakes.
    clip(tmp_path / "in", tmp_path / "kept", *words, "-combine_water_masks")
    assert (read_layer(tmp_path / "kept", products[0], "unw_phase") == 1.5).all()
    # A lake more changes all of them.
    before = times(tmp_path / "kept")
    clip(tmp_path / "in", tmp_path / "kept", *words, "-combine_water_masks")
    assert times(tmp_path / "kept") == before
    mask = products[0]["water_mask"].copy()
    mask[40:, :] = 0
    make_product.make_gamma(products[0].path, nx=60, ny=50, layers=tuple(products[0]),
                            arrays={**dict(products[0]), "water_mask": mask})
    clip(tmp_path / "in", tmp_path / "kept", *words, "-combine_water_masks")
    assert (read_layer(tmp_path / "kept", products[1], "water_mask")[-5:] == 0).all()


def test_masks_that_are_not_there_cannot_be_combined(tmp_path):
    make_product.make_gamma(tmp_path / "in", reference=DATES[0], secondary=DATES[1], nx=60, ny=50,
                            layers=("unw_phase", "corr", "dem"))
    assert "no product has a water_mask" in clip(tmp_path / "in", tmp_path / "out", "-combine_water_masks", code=1).stderr


# -------- another reference ---------------------------------------------------------------------------------------------

def at_reference(tmp_path, products, row, column):
    """The ways to name one pixel of the grid of the products."""
    clip(tmp_path / "in", tmp_path / "grid", "-dry_run")
    x, y = products[0].geotransform[0] + (column + 0.5) * 80, products[0].geotransform[3] - (row + 0.5) * 80
    lon, lat = transform(np.array([x]), np.array([y]), 32611, 4326)
    return [["-ref_pixel", column, row], ["-ref_xy", x + 30, y - 30], ["-ref_lonlat", lon[0], lat[0]]]


def test_phases_are_made_zero_at_a_place(tmp_path):
    products = stack(tmp_path / "in", shifts=((0, 0),))
    row, column = 22, 31
    for number, words in enumerate(at_reference(tmp_path, products, row, column)):
        out = tmp_path / f"out{number}"
        clip(tmp_path / "in", out, *words)
        for product in products:
            for suffix in ("unw_phase", "los_disp", "vert_disp"):
                if suffix not in product:
                    continue
                whole = product[suffix]
                moved = layer(out, product.name, suffix)
                assert whole[row, column] != 0 and moved[row, column] == 0
                data = whole != 0
                # One rounding of a float.
                assert np.abs(moved - (whole - whole[row, column]))[data].max() < 1e-5
                # No data stays no data and nothing but the reference becomes it.
                zero = moved == 0
                zero[row, column] = False
                assert not (zero & data).any() and (moved[~data] == 0).all()
            for suffix in ("corr", "dem", "wrapped_phase"):
                if suffix in product:
                    assert np.array_equal(layer(out, product.name, suffix), product[suffix])
        told = manifest(out)["reference"]
        assert (told["column"], told["row"], told["window"]) == (column, row, 1)


def test_the_text_and_the_driver_know_the_new_reference(tmp_path):
    products = stack(tmp_path / "in", shifts=((0, 0),))
    clip(tmp_path / "in", tmp_path / "out", "-ref_pixel", 31, 22)
    for product in products:
        dataset = gdal.OpenEx(str(tmp_path / "out" / product.name), allowed_drivers=["HYP3"])
        geotransform = dataset.GetGeoTransform()
        assert float(dataset.GetMetadataItem("REFERENCE_POINT_X")) == geotransform[0] + 31.5 * 80
        assert float(dataset.GetMetadataItem("REFERENCE_POINT_Y")) == geotransform[3] - 22.5 * 80
        text = (tmp_path / "out" / product.name / f"{product.name}.txt").read_text()
        assert "SAR space" not in text and "Phase at reference" not in text
        for line in (product.path and zipfile.ZipFile(product.path).read(f"{product.name}/{product.name}.txt").decode()).splitlines():
            assert "reference point" in line or line in text
    # The series is that of the same reference on the products as they are.
    for folder in ("in", "out"):
        run("gdal_ih_sbas", "-q", tmp_path / folder, tmp_path / f"{folder}_result", "-ref_pixel", 31, 22)
    series = [gdal.Open(str(tmp_path / f"{folder}_result/displacement.tif")).ReadAsArray() for folder in ("in", "out")]
    both = np.isfinite(series[0]) & np.isfinite(series[1])
    # Pixels that were 0 at the producer's own reference are data in one and the other.
    assert both.mean() > 0.5 and np.abs(series[0] - series[1])[both].max() < 1e-6


def test_texts_without_a_reference_point_get_one(tmp_path):
    products = stack(tmp_path / "in", shifts=((0, 0),), maker=make_product.make_burst)
    clip(tmp_path / "in", tmp_path / "out", "-ref_pixel", 31, 22)
    geotransform = grid_of(tmp_path / "out")[0]
    text = (tmp_path / "out" / products[0].name / f"{products[0].name}.txt").read_text()
    assert f"X coordinate of the reference point in the map projection: {geotransform[0] + 31.5 * 80:.4f}\n" in text
    assert text.startswith(zipfile.ZipFile(products[0].path).read(f"{products[0].name}/{products[0].name}.txt").decode())


@pytest.mark.parametrize("layout", ["product", "cube"])
def test_the_mean_of_a_window_is_subtracted(tmp_path, layout):
    products = stack(tmp_path / "in", shifts=((0, 0),))
    clip(tmp_path / "in", tmp_path / "out", "-ref_pixel", 3, 22, "-ref_window", 9, "-layout", layout, "-layers", "unw_phase")
    for product in products:
        whole = product["unw_phase"].astype(float)
        # Cut by the edge of the grid; pixels without data do not count.
        part = whole[18:27, 0:8]
        expected = np.where(whole != 0, whole - part[part != 0].mean(), 0)
        if layout == "product":
            moved = layer(tmp_path / "out", product.name, "unw_phase")
        else:
            cube = gdal.Open(str(tmp_path / "out/unw_phase.tif"))
            names = [cube.GetRasterBand(i + 1).GetMetadataItem("PRODUCT") for i in range(cube.RasterCount)]
            moved = np.nan_to_num(cube.GetRasterBand(names.index(product.name) + 1).ReadAsArray())
        assert np.abs(moved - expected).max() < 1e-5


def test_the_best_pixel_has_a_phase_in_all_products_and_most_coherence(tmp_path):
    rng = np.random.default_rng(4)
    shape, products = (50, 60), []
    for number in range(4):
        arrays = {"unw_phase": rng.uniform(1, 9, shape).astype(np.float32),
                  "corr": rng.uniform(0.2, 0.8, shape).astype(np.float32)}
        arrays["unw_phase"][number * 5:number * 5 + 5] = 0
        arrays["corr"][7, 9] = 0.99        # best, but not in all
        arrays["corr"][33, 44] = 0.97
        products.append(make_product.make_gamma(
            tmp_path / "in", reference=DATES[0], secondary=f"202008{number + 10}", nx=60, ny=50, arrays=arrays,
            layers=("unw_phase", "corr"), product_id=f"{number:04X}", keys={
                "X coordinate of the reference point in the map projection": "0",
                "Y coordinate of the reference point in the map projection": "0"}))
    words = [tmp_path / "in", "-ref_best"]
    done = run("gdal_ih_clip", *words, tmp_path / "out")
    told = manifest(tmp_path / "out")["reference"]
    assert (told["column"], told["row"]) == (44, 33) and told["mean_coherence"] == pytest.approx(0.97, abs=2e-5)
    assert "column 44, row 33" in done.stdout
    for product in products:
        whole = product["unw_phase"]
        moved = layer(tmp_path / "out", product.name, "unw_phase")
        assert np.abs(moved - np.where(whole != 0, whole - whole[33, 44], 0)).max() < 1e-5
    # The same, whatever the order, and nothing is made anew.
    clip(*words, tmp_path / "one", "-threads", 1)
    assert tree(tmp_path / "one") == tree(tmp_path / "out")
    assert "0 made, 4 kept" in run("gdal_ih_clip", *words, tmp_path / "out").stdout


def test_products_of_other_grids_are_referenced_on_the_common_one(mixed, mixed_clip, tmp_path):
    geotransform = grid_of(mixed_clip)[0]
    column, row = 40, 35
    x, y = geotransform[0] + (column + 0.5) * 80, geotransform[3] - (row + 0.5) * 80
    clip(mixed[0], tmp_path / "out", "-tr", 80, 80, "-extent", "union", "-ref_xy", x, y)
    for kind, product in mixed[1].items():
        whole = layer(mixed_clip, product.name, "unw_phase").astype(float)
        moved = layer(tmp_path / "out", product.name, "unw_phase")
        assert whole[row, column] != 0 and moved[row, column] == 0
        expected = np.where(whole != 0, whole - whole[row, column], 0)
        assert np.abs(moved - expected).max() < 1e-5, kind
        dataset = gdal.OpenEx(str(tmp_path / "out" / product.name), allowed_drivers=["HYP3"])
        assert float(dataset.GetMetadataItem("REFERENCE_POINT_X")) == pytest.approx(x, abs=1e-3)
        assert float(dataset.GetMetadataItem("REFERENCE_POINT_Y")) == pytest.approx(y, abs=1e-3)


def test_a_product_without_a_phase_at_the_reference_is_left_out(tmp_path):
    products = stack(tmp_path / "in", shifts=((0, 0),))
    gap = products[1]["unw_phase"].copy()
    gap[20:25, 28:33] = 0
    make_product.make_gamma(products[1].path, nx=60, ny=50, arrays={**dict(products[1]), "unw_phase": gap})
    for layout in ("product", "cube"):
        clip(tmp_path / "in", tmp_path / layout, "-ref_pixel", 31, 22, "-layout", layout, code=2)
        [left_out] = manifest(tmp_path / layout)["left_out"]
        assert products[1].name in left_out["input"] and "no phase at the reference" in left_out["reason"]


@pytest.mark.parametrize("words, said", [
    (["-ref_pixel", 60, 2], "outside the grid"), (["-ref_lonlat", 1, 2], "outside the grid"),
    (["-ref_pixel", 1, 2, "-ref_best"], "exclude"), (["-ref_window", 3], "-ref_window needs"),
    (["-ref_best", "-ref_window", 4], "odd"), (["-ref_best", "-layout", "vrt"], "vrt")])
def test_references_that_cannot_be_are_refused(tmp_path, words, said):
    stack(tmp_path / "in", shifts=((0, 0),))
    assert said in clip(tmp_path / "in", tmp_path / "out", *words, code=1).stderr
    assert not (tmp_path / "out").exists()


# -------- damaged and unwanted products ---------------------------------------------------------------------------------

def flip_a_byte(archive, member_end):
    """One byte in the middle of a member's packed data."""
    with zipfile.ZipFile(archive) as z:
        [info] = [i for i in z.infolist() if i.filename.endswith(member_end)]
    content = bytearray(archive.read_bytes())
    at = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    content[at] ^= 0x55
    archive.write_bytes(bytes(content))


@pytest.mark.parametrize("layout", ["product", "mintpy", "cube"])
def test_a_product_with_one_damaged_layer_loses_all(tmp_path, layout):
    products = stack(tmp_path / "in")
    flip_a_byte(products[2].path, "_dem.tif")
    done = clip(tmp_path / "in", tmp_path / "out", "-layout", layout, code=2)
    content = manifest(tmp_path / "out")
    assert len(content["products"]) == len(products) - 1
    [left_out] = content["left_out"]
    assert products[2].name in left_out["input"] and left_out["kind"] == "unusable" and "dem" in left_out["reason"]
    assert not [p for p in (tmp_path / "out").rglob("*") if products[2].name in p.name]
    if layout == "cube":
        cube = gdal.Open(str(tmp_path / "out/unw_phase.tif"))
        assert cube.RasterCount == len(products) - 1
    assert not [p for p in (tmp_path / "out").iterdir() if p.name.startswith(".ih")] and done


def test_archives_with_a_comment_are_whole_and_cut_ones_are_not(tmp_path):
    products = stack(tmp_path / "in")
    with zipfile.ZipFile(products[0].path, "a") as archive:
        archive.comment = b"ten bytes!"
    cut = products[1].path
    cut.write_bytes(cut.read_bytes()[:-2000])
    clip(tmp_path / "in", tmp_path / "out", code=2)
    content = manifest(tmp_path / "out")
    assert products[0].name in {entry["name"] for entry in content["products"]}
    [left_out] = content["left_out"]
    assert products[1].name in left_out["input"] and "zip" in left_out["reason"]


def test_products_without_phase_or_quality_are_dropped_with_their_reasons(tmp_path):
    products = stack(tmp_path / "in")
    empty = make_product.make_gamma(tmp_path / "in", reference="20200710", secondary="20200722", product_id="E000",
                                    nx=60, ny=50, arrays={"unw_phase": np.zeros((50, 60), np.float32)})
    poor = make_product.make_gamma(tmp_path / "in", reference="20200722", secondary="20200803", product_id="E001",
                                   nx=60, ny=50, arrays={"corr": np.full((50, 60), 0.12, np.float32)})
    clip(tmp_path / "in", tmp_path / "out", "-min_coherence", 0.3, code=2)
    content = manifest(tmp_path / "out")
    reasons = {Path(item["input"]).stem: item for item in content["left_out"]}
    assert set(reasons) == {empty.name, poor.name}
    assert "no phase" in reasons[empty.name]["reason"] and reasons[empty.name]["kind"] == "unusable"
    assert "0.120" in reasons[poor.name]["reason"] and reasons[poor.name]["kind"] == "ignored"
    assert {entry["name"] for entry in content["products"]} == {p.name for p in products}
    for entry in content["products"]:
        corr = layer(tmp_path / "out", entry["name"], "corr").astype(float)
        assert entry["mean_coherence"] == pytest.approx(corr[corr > 0].mean(), rel=1e-6)
    clip(tmp_path / "in", tmp_path / "valid", "-min_valid", 0.9999, code=1)


def test_pairs_are_chosen_by_dates_and_lists(tmp_path):
    products = stack(tmp_path / "in")
    clip(tmp_path / "in", tmp_path / "late", "-start_date", "2020-06-16")
    assert [e["reference_date"] for e in manifest(tmp_path / "late")["products"]] == ["2020-06-16"] * 2 + ["2020-06-28"]
    clip(tmp_path / "in", tmp_path / "less", "-exclude_pair", "20200604_20200616", "-exclude_date", "20200710")
    names = [e["name"] for e in manifest(tmp_path / "less")["products"]]
    assert len(names) == 2 and all("20200710" not in name for name in names)
    assert len(manifest(tmp_path / "less")["left_out"]) == len(products) - 2
    clip(tmp_path / "in", tmp_path / "early", "-end_date", "20200628")
    assert all(e["secondary_date"] <= "2020-06-28" for e in manifest(tmp_path / "early")["products"])
    assert len(manifest(tmp_path / "early")["products"]) == 3
    clip(tmp_path / "in", tmp_path / "named", "-include_pair", "20200604_20200616,20200616_20200628")
    assert [e["reference_date"] for e in manifest(tmp_path / "named")["products"]] == ["2020-06-04", "2020-06-16"]


def test_a_layer_of_the_cutline_is_named_and_creation_options_are_the_formats(tmp_path):
    products = stack(tmp_path / "in")
    x0, y0 = products[0].geotransform[0], products[0].geotransform[3]

    def box(west, east):
        corners = [(x0 + west, y0 - 700), (x0 + east, y0 - 700), (x0 + east, y0 - 2500), (x0 + west, y0 - 2500)]
        return "POLYGON ((%s))" % ", ".join(f"{a} {b}" for a, b in [*corners, corners[0]])
    file = write_vector(tmp_path / "two.gpkg", "GPKG", 32611, [("a", box(800, 1600))], name="west")
    source = ogr.Open(str(file), 1)
    made = source.CreateLayer("east", srs(32611), ogr.wkbPolygon)
    feature = ogr.Feature(made.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkt(box(2000, 3600)))
    made.CreateFeature(feature)
    made = feature = source = None
    for name, (west, east) in {"west": (800, 1600), "east": (2000, 3600)}.items():
        clip(tmp_path / "in", tmp_path / name, "-cutline", file, "-cl", name, "-co", "TILED=YES", "-co", "BLOCKXSIZE=64",
             "-co", "BLOCKYSIZE=64")
        x, _ = centres(*grid_of(tmp_path / name))
        shown = layer(tmp_path / name, products[0].name, "corr") != 0
        assert shown.any() and x[shown].min() > x0 + west and x[shown].max() < x0 + east
        path = next((tmp_path / name).rglob(f"{products[0].name}*_corr*.tif"))
        assert gdal.Open(str(path)).GetRasterBand(1).GetBlockSize() == [64, 64]


def test_the_nearest_neighbour_brings_values_of_the_product_only(mixed, tmp_path):
    product = mixed[1]["zone"]
    values = {}
    for method in "near", "bilinear":
        clip(mixed[0], tmp_path / method, "-r", method, "-tr", 80, 80, "-extent", "union")
        pixels = layer(tmp_path / method, product.name, "corr")
        values[method] = set(np.unique(pixels[pixels != 0]).tolist())
    own = set(np.unique(product["corr"].astype(np.float32)).tolist())
    assert values["near"] <= own and not values["bilinear"] <= own


def test_of_duplicates_one_is_kept_or_all(tmp_path):
    products = stack(tmp_path / "in")
    twin = make_product.make_gamma(tmp_path / "in", reference=DATES[0], secondary=DATES[1], product_id="FFFF", nx=60, ny=50)
    clip(tmp_path / "in", tmp_path / "one")
    content = manifest(tmp_path / "one")
    assert len(content["products"]) == len(products) and twin.name in {e["name"] for e in content["products"]}
    assert content["left_out"][0]["kind"] == "duplicate"
    clip(tmp_path / "in", tmp_path / "all", "-keep_duplicates")
    assert len(manifest(tmp_path / "all")["products"]) == len(products) + 1


# -------- running again -------------------------------------------------------------------------------------------------

def times(folder):
    return {p: p.stat().st_mtime_ns for p in Path(folder).rglob("*.tif")}


@pytest.mark.parametrize("layout", ["product", "insarhub", "cube", "vrt"])
def test_a_second_run_makes_nothing_anew(tmp_path, layout):
    products = stack(tmp_path / "in")
    clip(tmp_path / "in", tmp_path / "out", "-layout", layout)
    before, first = times(tmp_path / "out"), tree(tmp_path / "out")
    done = run("gdal_ih_clip", tmp_path / "in", tmp_path / "out", "-layout", layout)
    assert f"0 made, {len(products)} kept" in done.stdout
    assert times(tmp_path / "out") == before and tree(tmp_path / "out") == first
    clip(tmp_path / "in", tmp_path / "out", "-layout", layout, "-overwrite")
    assert tree(tmp_path / "out") == first and manifest(tmp_path / "out")["execution"]["made"] == len(products)


def test_what_changes_is_made_again_and_nothing_else(tmp_path):
    products = stack(tmp_path / "in", shifts=((0, 0),))
    clip(tmp_path / "in", tmp_path / "out")
    before = times(tmp_path / "out")
    # A new product, one that is no longer there, one whose content is another, and one whose clip has gone.
    new = make_product.make_gamma(tmp_path / "in", reference="20200710", secondary="20200722", nx=60, ny=50,
                                  product_id="0007")
    products[0].path.unlink()
    make_product.make_gamma(products[1].path, nx=60, ny=50,
                            arrays={"dem": np.full((50, 60), 9, np.float32)})
    lost = tmp_path / "out" / products[2].name / f"{products[2].name}_corr.tif"
    lost.unlink()
    clip(tmp_path / "in", tmp_path / "out")
    after = times(tmp_path / "out")
    touched = {path.parent.name for path in after if after[path] != before.get(path)}
    assert touched == {new.name, products[1].name, products[2].name}
    assert not (tmp_path / "out" / products[0].name).exists() and lost.exists()
    assert (layer(tmp_path / "out", products[1].name, "dem") == 9).all()
    clip(tmp_path / "in", tmp_path / "fresh")
    assert tree(tmp_path / "fresh") == tree(tmp_path / "out")


def test_a_product_that_shrinks_the_area_changes_all_clips(tmp_path):
    products = stack(tmp_path / "in", shifts=((0, 0),))
    clip(tmp_path / "in", tmp_path / "out", "-layout", "insarhub")
    clip(tmp_path / "in", tmp_path / "frozen", "-layout", "insarhub")
    wide = grid_of(tmp_path / "out")
    new = make_product.make_gamma(tmp_path / "in", reference="20200710", secondary="20200722", nx=60, ny=50,
                                  offset=(10, 0), product_id="0007")
    clip(tmp_path / "in", tmp_path / "out", "-layout", "insarhub")
    assert grid_of(tmp_path / "out")[1:] == (50, 50)
    sizes = {(d.RasterXSize, d.RasterYSize) for d in map(gdal.Open, map(str, (tmp_path / "out/clip").glob("*.tif")))}
    assert sizes == {(50, 50)}
    # The grid stays on request, and the new product is padded.
    before = times(tmp_path / "frozen")
    clip(tmp_path / "in", tmp_path / "frozen", "-layout", "insarhub", "-frozen_grid")
    assert grid_of(tmp_path / "frozen") == wide
    after = times(tmp_path / "frozen")
    assert all(after[path] == moment for path, moment in before.items())
    added = read(tmp_path / "frozen/clip" / f"{new.name}_corr_clip.tif")
    assert np.array_equal(added[:, 10:], new["corr"][:, :50]) and (added[:, :10] == 0).all() and products


def test_a_run_that_was_stopped_goes_on(tmp_path):
    products = stack(tmp_path / "in")
    clip(tmp_path / "in", tmp_path / "whole")
    clip(tmp_path / "in", tmp_path / "out")
    # As a killed run leaves it: the manifest knows of some, files of the others lie about.
    content = manifest(tmp_path / "out")
    gone = content["products"][2:]
    content["files"] = [file for entry in gone for file in entry["files"]]
    content["products"], content["complete"] = content["products"][:2], False
    (tmp_path / "out/clip.json").write_text(json.dumps(content))
    (tmp_path / "out" / gone[0]["name"] / f"{gone[0]['name']}_dem.tif").write_bytes(b"half")
    done = run("gdal_ih_clip", tmp_path / "in", tmp_path / "out")
    assert f"{len(products) - 2} made, 2 kept" in done.stdout
    assert tree(tmp_path / "out") == tree(tmp_path / "whole") and manifest(tmp_path / "out")["complete"]


@pytest.mark.parametrize("words", [[], ["-zip"], ["-layout", "mintpy"], ["-layout", "cube"],
                                   ["-layout", "cube", "-of", "netCDF"]])
def test_a_full_disk_is_told_and_a_further_run_completes_what_there_was_no_room_for(tmp_path, disk, words):  # noqa: F811
    stack(tmp_path / "in")
    clip(tmp_path / "in", tmp_path / "whole", *words)
    needed = sum(p.stat().st_size for p in (tmp_path / "whole").rglob("*") if p.is_file())
    out = disk.folder / "out"
    for share in (0.1, 0.5, 0.9):
        disk.resize(share * needed)
        done = clip(tmp_path / "in", out, *words, code=1)
        assert done.stderr.count("ERROR") == 1 and ("No space" in done.stderr or "written" in done.stderr), done.stderr
        # What is there is whole, and nothing hidden is left.
        for path in out.rglob("*") if out.exists() else ():
            assert not path.name.startswith(".ih"), path
            if path.is_file() and path.suffix in (".tif", ".nc", ".zip", ".txt"):
                assert path.read_bytes() == (tmp_path / "whole" / path.relative_to(out)).read_bytes()
        # Cubes are written without compression first, or may be.
        disk.resize(40 * needed)
        clip(tmp_path / "in", out, *words)
        assert tree(out) == tree(tmp_path / "whole")
        shutil.rmtree(out)


def test_folders_of_others_and_paths_that_lead_elsewhere_are_left_alone(tmp_path):
    stack(tmp_path / "in")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("mine")
    assert "not empty" in clip(tmp_path / "in", tmp_path / "mine", code=1).stderr
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["letter.txt"]
    clip(tmp_path / "in", tmp_path / "out")
    content = manifest(tmp_path / "out")
    content["files"] = [{"path": "../mine/letter.txt", "bytes": 4}, {"path": str(tmp_path / "mine/letter.txt"), "bytes": 4}]
    (tmp_path / "out/clip.json").write_text(json.dumps(content))
    clip(tmp_path / "in", tmp_path / "out")
    assert (tmp_path / "mine/letter.txt").read_text() == "mine"


def test_a_template_changed_by_hand_stays(tmp_path):
    stack(tmp_path / "in")
    clip(tmp_path / "in", tmp_path / "out", "-layout", "mintpy")
    template = tmp_path / "out/mintpy.cfg"
    mine = template.read_text() + "mintpy.deramp = linear\n"
    template.write_text(mine)
    for _ in range(2):
        assert "by hand" in clip(tmp_path / "in", tmp_path / "out", "-layout", "mintpy").stderr
        assert template.read_text() == mine


@pytest.mark.parametrize("form", [["product"], ["cube"], ["cube", "-of", "netCDF"]])
def test_threads_and_memory_change_no_byte(mixed, tmp_path, form):
    words = [mixed[0], "-tr", 80, 80, "-extent", "union", "-layout", *form]
    clip(*words, tmp_path / "one", "-threads", 1)
    clip(*words, tmp_path / "four", "-threads", 4)
    clip(*words, tmp_path / "small", "-wm", "1MB", "--config", "IH_CACHE_MB", "0")
    assert tree(tmp_path / "one") == tree(tmp_path / "four") == tree(tmp_path / "small")


def test_a_dry_run_writes_nothing_and_json_is_the_manifest(tmp_path):
    products = stack(tmp_path / "in")
    done = run("gdal_ih_clip", tmp_path / "in", tmp_path / "out", "-dry_run")
    assert not (tmp_path / "out").exists() and f"Products: {len(products)}" in done.stdout
    done = run("gdal_ih_clip", "-json", tmp_path / "in", tmp_path / "out")
    assert json.loads(done.stdout) == manifest(tmp_path / "out")
    assert manifest(tmp_path / "out")["network"] == {"pairs": 5, "dates": 4, "parts": 1, "bridges": 0}


# -------- on a server ---------------------------------------------------------------------------------------------------

def test_of_products_on_a_server_only_what_is_needed_is_fetched(tmp_path):
    import sys
    sys.path.insert(0, str(SOURCE / "tests" / "driver"))
    from range_server import serving
    rng = np.random.default_rng(5)
    size = (600, 500)
    names = ("unw_phase", "wrapped_phase", "corr", "amp", "dem", "lv_theta", "lv_phi")
    products = [make_product.make_gamma(
        tmp_path / "in", reference=a, secondary=b, size=size, offset=offset, layers=names, product_id=f"{k:04X}",
        arrays={name: rng.random(size[::-1], np.float32) + 0.1 for name in names})
        for k, (a, b, offset) in enumerate([(DATES[0], DATES[1], (0, 0)), (DATES[1], DATES[2], (20, 10)),
                                            (DATES[2], DATES[3], (0, 220))])]
    geotransform = products[0].geotransform
    box = [geotransform[0] + 8000, geotransform[3] - 12000, geotransform[0] + 16000, geotransform[3] - 4000]
    with serving(tmp_path / "in") as server:
        clip(*[f"/vsicurl/{server.address}/{p.path.name}" for p in products], tmp_path / "out", "-layers",
             "unw_phase,corr", "-te", *box)
        sent = dict.fromkeys((p.path.name for p in products), 0)
        for path, _, n in server.sent:
            sent[Path(path).name] += n
    assert {e["name"] for e in manifest(tmp_path / "out")["products"]} == {p.name for p in products[:2]}
    for product in products[:2]:
        with zipfile.ZipFile(product.path) as archive:
            packed = sum(archive.getinfo(f"{product.name}/{product.name}_{layer}.tif").compress_size
                         for layer in ("unw_phase", "corr"))
        # Two of seven layers once, and what it takes to list the archive and read headers.
        assert packed < sent[product.path.name] < packed + 700_000 < 0.6 * product.path.stat().st_size
        for suffix in ("unw_phase", "corr"):
            assert np.array_equal(layer(tmp_path / "out", product.name, suffix),
                                  product[suffix][window(product, *grid_of(tmp_path / "out"))])
    # The one that does not reach the area costs no layer.
    assert sent[products[2].path.name] < 700_000
