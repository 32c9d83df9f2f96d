# SPDX-License-Identifier: MIT
"""gdal_ih_wrap: fringes are what the formula says, wherever and in whatever form they are written."""
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from conftest import run
from make_product import make_gamma
from osgeo import gdal, osr

gdal.UseExceptions()

WAVELENGTH = 0.055465764662349676
PRODUCT = "S1AB_20171111T150004_20171117T145926_VVP006_INT80_G_ueF_4D09.zip"


def srs_of(epsg):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(epsg)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


def write(path, planes, unit="m", dates=None, origin=(400000, 4500000), pixel=80, epsg=32633, wavelength=WAVELENGTH,
          kind=gdal.GDT_Float64, descriptions=None, options=()):
    """A raster of planes [band][row][column]; NaN is no data."""
    planes = np.asarray(planes, dtype=float)
    raster = gdal.GetDriverByName("GTiff").Create(str(path), planes.shape[2], planes.shape[1], planes.shape[0], kind,
                                                  list(options))
    raster.SetGeoTransform((origin[0], pixel, 0, origin[1], 0, -pixel))
    if epsg:
        raster.SetSpatialRef(srs_of(epsg))
    if wavelength:
        raster.SetMetadataItem("WAVELENGTH_M", repr(wavelength))
    if dates:
        raster.SetMetadataItem("REFERENCE_DATE", dates[0])
    for i, plane in enumerate(planes):
        band = raster.GetRasterBand(i + 1)
        band.SetNoDataValue(float("nan"))
        band.WriteArray(plane)
        if unit:
            band.SetUnitType(unit)
        if dates:
            band.SetDescription(dates[i])
            band.SetMetadataItem("DATE", dates[i])
        elif descriptions:
            band.SetDescription(descriptions[i])
    raster = None
    return path


def read(path, band=1):
    raster = gdal.Open(str(path))
    return raster.GetRasterBand(band).ReadAsArray()


def wrapped(phase):
    return phase - 2 * np.pi * np.floor((phase + np.pi) / (2 * np.pi))


def cyclic_difference(a, b):
    return np.abs(np.angle(np.exp(1j * (np.asarray(a, float) - b))))


def fringes(tmp_path, planes, *words, name="out.tif", **about):
    source = write(tmp_path / "in.tif", planes, **about)
    out = tmp_path / name
    run("gdal_ih_wrap", "-q", "-overwrite", *words, source, out)
    return out


def report(*words):
    return json.loads(run("gdal_ih_wrap", "-json", *words).stdout)


@pytest.fixture
def displacement():
    """Metres, tens of fringes, with a hole."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:90, 0:120]
    values = 0.4 * np.sin(x / 31) * np.cos(y / 23) + rng.normal(0, 0.002, x.shape)
    values[40:45, 50:60] = np.nan
    return values


# The formula


def test_wrapping_is_the_closed_form_within_a_millionth_of_a_radian(tmp_path, displacement):
    out = read(fringes(tmp_path, [displacement]))
    phase = -4 * np.pi * displacement / WAVELENGTH
    hole = np.isnan(displacement)
    assert np.array_equal(np.isnan(out), hole)
    inside = out[~hole].astype(float)
    assert inside.min() >= -np.pi and inside.max() < np.pi
    assert cyclic_difference(inside, wrapped(phase)[~hole]).max() < 1e-6
    # And back: the whole cycles that wrapping took off bring the displacement again.
    cycles = np.round((phase[~hole] - inside) / (2 * np.pi))
    again = -(inside + 2 * np.pi * cycles) * WAVELENGTH / (4 * np.pi)
    assert np.abs(again - displacement[~hole]).max() < 1e-6 * WAVELENGTH / (4 * np.pi)


def test_a_fringe_is_half_a_wavelength_to_the_digit(tmp_path):
    steps = 0.004 + WAVELENGTH / 2 * np.arange(-20, 21)
    out = read(fringes(tmp_path, [[steps]]))
    # One float near 0.9 rad is 6e-8; 20 fringes of rounded doubles come to less.
    assert np.ptp(out) < 1e-7
    told = report("-overwrite", tmp_path / "in.tif", tmp_path / "out.tif")
    assert told["cycle_m"] == WAVELENGTH / 2 and told["cycle_rad"] == 2 * np.pi
    assert round(told["cycle_m"], 6) == 0.027733


def test_metres_are_not_taken_for_centimetres(tmp_path):
    """A quarter of a fringe, 6.93 mm toward the satellite, is -pi/2; in centimetres over metres it would be any angle."""
    quarter = WAVELENGTH / 8
    for unit, factor in (("m", 1), ("cm", 100), ("mm", 1000)):
        out = read(fringes(tmp_path, [[[quarter * factor]]], unit=unit))
        assert abs(out[0, 0] + np.pi / 2) < 1e-6, unit


@pytest.mark.parametrize("cycle, metres", [("0.05", 0.05), ("5cm", 0.05), ("28 mm", 0.028),
                                           ("6.283185307179586rad", WAVELENGTH / 2),
                                           ("12.566370614359172rad", WAVELENGTH)])
def test_any_cycle_can_be_chosen(tmp_path, displacement, cycle, metres):
    out = read(fringes(tmp_path, [displacement], "-cycle", cycle, "-as", "fringes", "-positive", "toward"))
    turns = displacement / metres
    inside = ~np.isnan(displacement)
    assert cyclic_difference(2 * np.pi * out, 2 * np.pi * turns)[inside].max() < 1e-6
    assert out[inside].min() >= -0.5 and out[inside].max() < 0.5


def test_metres_stay_within_a_quarter_of_a_wavelength_and_positive_toward(tmp_path, displacement):
    path = fringes(tmp_path, [displacement], "-as", "metres")
    out, inside = read(path), ~np.isnan(displacement)
    rest = (displacement - out)[inside] / (WAVELENGTH / 2)
    assert np.abs(rest - np.round(rest)).max() < 1e-6
    assert np.abs(out[inside]).max() <= 0.0138664412
    raster = gdal.Open(str(path))
    band = raster.GetRasterBand(1)
    assert band.GetUnitType() == "m" and band.GetMetadataItem("SIGN") == "positive_toward"


def test_phase_is_wrapped_as_it_is_and_turned_on_demand(tmp_path):
    phase = np.linspace(-40, 40, 500).reshape(1, 20, 25)
    away = read(fringes(tmp_path, phase, unit="rad", wavelength=None))
    assert cyclic_difference(away, phase[0]).max() < 1e-6
    toward = read(fringes(tmp_path, phase, "-positive", "toward", unit="rad"))
    assert cyclic_difference(toward, -phase[0]).max() < 1e-6


def test_velocity_becomes_the_motion_of_some_years_and_its_deviation_is_left_out(tmp_path):
    velocity = np.linspace(-0.1, 0.1, 60).reshape(6, 10)
    source = write(tmp_path / "velocity.tif", [velocity, velocity * 0 + 0.001], unit="m/year",
                   descriptions=["velocity", "velocity standard deviation"])
    told = report("-years", 2.5, source, tmp_path / "out.tif")
    assert told["quantity"] == "velocity" and told["bands_left_out"] == 1 and len(told["items"]) == 1
    assert cyclic_difference(read(tmp_path / "out.tif"), -4 * np.pi * 2.5 * velocity / WAVELENGTH).max() < 1e-6


# Inputs


def test_of_a_product_the_unwrapped_phase_is_taken(tmp_path):
    layers = make_gamma(tmp_path / PRODUCT)
    told = report(tmp_path / PRODUCT, tmp_path / "out.tif")
    assert [item["description"] for item in told["items"]] == ["unw_phase"]
    assert told["items"][0]["reference_date"] == "2017-11-11" and told["items"][0]["secondary_date"] == "2017-11-17"
    out, phase = read(tmp_path / "out.tif"), layers["unw_phase"]
    assert np.isnan(out[phase == 0]).sum() >= (phase == 0).sum() - 1
    assert cyclic_difference(out[phase != 0], phase[phase != 0].astype(float)).max() < 1e-6


def test_a_layer_taken_out_of_its_product_is_known_by_its_name(tmp_path):
    phase = np.linspace(-9, 9, 40).reshape(1, 5, 8)
    phase[0, 0, :3] = 0
    path = tmp_path / "S1AA_20200104T170605_20200116T170605_VVP012_INT80_G_ueF_1334_unw_phase.tif"
    raster = gdal.GetDriverByName("GTiff").Create(str(path), 8, 5, 1, gdal.GDT_Float32)
    raster.SetGeoTransform((400000, 80, 0, 4500000, 0, -80))
    raster.GetRasterBand(1).WriteArray(phase[0])
    raster = None
    told = report(path, tmp_path / "out.tif")
    assert told["unit_from_name"] and told["zero_taken_for_no_data"] and told["wavelength_m"] is None
    out = read(tmp_path / "out.tif")
    assert np.array_equal(np.isnan(out), phase[0] == 0)
    assert cyclic_difference(out, phase[0])[phase[0] != 0].max() < 1e-6


def test_declared_and_given_no_data_have_no_fringes(tmp_path):
    values = np.full((1, 4, 5), 0.01)
    values[0, 0, 0], values[0, 1, 1] = -9999, 7
    source = write(tmp_path / "in.tif", values)
    raster = gdal.Open(str(source), gdal.GA_Update)
    raster.GetRasterBand(1).SetNoDataValue(-9999)
    raster = None
    run("gdal_ih_wrap", "-q", source, tmp_path / "declared.tif")
    run("gdal_ih_wrap", "-q", "-srcnodata", 7, source, tmp_path / "given.tif")
    assert np.argwhere(np.isnan(read(tmp_path / "declared.tif"))).tolist() == [[0, 0]]
    assert np.argwhere(np.isnan(read(tmp_path / "given.tif"))).tolist() == [[1, 1]]


def test_phase_zero_is_data_at_the_products_own_reference_pixel(tmp_path):
    values = np.full((1, 4, 5), 1.5)
    values[0, 1, 3] = values[0, 2, 2] = 0
    source = write(tmp_path / "in.tif", values, unit="rad")
    raster = gdal.Open(str(source), gdal.GA_Update)
    raster.GetRasterBand(1).SetNoDataValue(0)
    raster.SetMetadataItem("REFERENCE_POINT_X", str(400000 + 80 * 3.5))
    raster.SetMetadataItem("REFERENCE_POINT_Y", str(4500000 - 80 * 1.5))
    raster = None
    run("gdal_ih_wrap", "-q", source, tmp_path / "out.tif")
    out = read(tmp_path / "out.tif")
    assert np.argwhere(np.isnan(out)).tolist() == [[2, 2]] and out[1, 3] == 0


def test_a_mask_leaves_out_what_is_zero_or_no_data_in_it(tmp_path, displacement):
    rows, columns = displacement.shape
    mask = np.ones((rows, columns))
    mask[:10] = 0
    mask[10:12] = np.nan
    mask[12:14] = 0.3
    write(tmp_path / "mask.tif", [mask], unit=None)
    out = read(fringes(tmp_path, [displacement], "-mask", tmp_path / "mask.tif"))
    assert np.array_equal(np.isnan(out), np.isnan(displacement) | (np.arange(rows) < 12)[:, None])


# Series


@pytest.fixture
def series(displacement):
    dates = ["2020-01-04", "2020-01-16", "2020-02-09", "2020-03-16"]
    return dates, np.array([displacement * factor for factor in (0, 0.3, 0.8, 1)])


def test_a_series_is_wrapped_date_by_date_into_one_file(tmp_path, series):
    dates, planes = series
    out = gdal.Open(str(fringes(tmp_path, planes, dates=dates)))
    assert [out.GetRasterBand(i + 1).GetDescription() for i in range(4)] == dates
    assert out.GetRasterBand(3).GetMetadataItem("SECONDARY_DATE") == "2020-02-09"
    assert out.GetRasterBand(3).GetMetadataItem("REFERENCE_DATE") == "2020-01-04"
    for i in range(4):
        expected = -4 * np.pi * planes[i] / WAVELENGTH
        assert np.nanmax(cyclic_difference(out.GetRasterBand(i + 1).ReadAsArray(), expected)) < 1e-6


def test_intervals_are_differences_of_consecutive_dates(tmp_path, series):
    dates, planes = series
    out = gdal.Open(str(fringes(tmp_path, planes, "-series", "interval", dates=dates)))
    assert out.RasterCount == 3
    for i in range(3):
        band = out.GetRasterBand(i + 1)
        assert band.GetDescription() == f"{dates[i]}_{dates[i + 1]}"
        expected = -4 * np.pi * (planes[i + 1] - planes[i]) / WAVELENGTH
        assert np.nanmax(cyclic_difference(band.ReadAsArray(), expected)) < 1e-6


def test_another_reference_date_is_subtracted(tmp_path, series):
    dates, planes = series
    out = gdal.Open(str(fringes(tmp_path, planes, "-reference_date", "20200209", dates=dates)))
    for i in range(4):
        expected = -4 * np.pi * (planes[i] - planes[2]) / WAVELENGTH
        assert np.nanmax(cyclic_difference(out.GetRasterBand(i + 1).ReadAsArray(), expected)) < 1e-6
    assert np.nanmax(np.abs(out.GetRasterBand(3).ReadAsArray())) == 0


def test_bands_are_chosen_by_number_date_or_description(tmp_path, series):
    dates, planes = series
    source = write(tmp_path / "in.tif", planes, dates=dates)
    told = report("-b", "2", "-b", "20200316", source, tmp_path / "out.tif")
    assert [item["description"] for item in told["items"]] == ["2020-01-16", "2020-03-16"]


def test_pictures_of_a_series_have_the_date_in_their_names(tmp_path, series):
    dates, planes = series
    source = write(tmp_path / "in.tif", planes, dates=dates)
    told = report("-series", "interval", "-legend", source, tmp_path / "new" / "f.png")
    names = sorted(path.name for path in (tmp_path / "new").iterdir() if path.suffix == ".png")
    assert names == ["f_20200104_20200116.png", "f_20200116_20200209.png", "f_20200209_20200316.png", "f_legend.png"]
    assert [file["path"] for file in told["files"]] == [str(tmp_path / "new" / name) for name in names[:3]]


# Colours


def classes_of(turns):
    return np.where(np.isnan(turns), 0, np.floor((turns + 0.5) * 255) + 1)


def test_classes_follow_the_phase_and_zero_is_no_data(tmp_path, displacement):
    path = fringes(tmp_path, [displacement], "-form", "byte")
    turns = wrapped(-4 * np.pi * displacement / WAVELENGTH) / (2 * np.pi)
    raster = gdal.Open(str(path))
    band = raster.GetRasterBand(1)
    assert np.array_equal(band.ReadAsArray(), classes_of(turns))
    assert band.GetNoDataValue() == 0
    table = band.GetColorTable()
    assert table.GetCount() == 256 and table.GetColorEntry(0)[3] == 0
    # The cycle is closed: the last colour is as near to the first as any is to its neighbour.
    colours = np.array([table.GetColorEntry(i)[:3] for i in range(1, 256)], float)
    steps = np.abs(np.diff(np.vstack([colours, colours[:1]]), axis=0)).sum(axis=1)
    assert steps[-1] <= steps[:-1].max()


@pytest.mark.parametrize("ramp", ["hue", "even", "blue_red", "notebook"])
def test_colours_with_transparency_are_those_of_the_table(tmp_path, displacement, ramp):
    indexed = gdal.Open(str(fringes(tmp_path, [displacement], "-form", "byte", "-ramp", ramp, name="i.tif")))
    colours = gdal.Open(str(fringes(tmp_path, [displacement], "-form", "rgba", "-ramp", ramp, name="c.tif")))
    table = indexed.GetRasterBand(1).GetColorTable()
    entries = np.array([table.GetColorEntry(i) for i in range(256)])
    expected = np.moveaxis(entries[indexed.ReadAsArray()], 2, 0)
    assert np.array_equal(colours.ReadAsArray(), expected)
    kinds = [colours.GetRasterBand(i).GetColorInterpretation() for i in range(1, 5)]
    assert kinds == [gdal.GCI_RedBand, gdal.GCI_GreenBand, gdal.GCI_BlueBand, gdal.GCI_AlphaBand]


def test_the_notebooks_colours_are_blue_red_yellow_green(tmp_path):
    # Phases -pi, -pi/2, 0 and pi/2, and a hair more, as the classes are.
    phase = np.array([[[-np.pi, -np.pi / 2, 0, np.pi / 2]]]) + 1e-4
    out = gdal.Open(str(fringes(tmp_path, phase, "-form", "rgb", "-ramp", "notebook", unit="rad"))).ReadAsArray()
    wanted = np.array([[0, 0, 255], [255, 0, 0], [255, 255, 0], [0, 255, 0]])
    # A class is 1/255 of the cycle, in which a channel changes by 4.
    assert np.abs(out[:, 0, :].T.astype(int) - wanted).max() <= 4


def test_without_transparency_no_data_is_white(tmp_path, displacement):
    out = gdal.Open(str(fringes(tmp_path, [displacement], "-form", "rgb"))).ReadAsArray()
    assert (out[:, np.isnan(displacement)] == 255).all() and out.shape[0] == 3


def test_a_png_lies_where_its_raster_lies(tmp_path, displacement):
    path = fringes(tmp_path, [displacement], name="f.png")
    world = [float(line) for line in (tmp_path / "f.pgw").read_text().split()]
    assert world == [80, 0, 0, -80, 400040, 4499960]
    picture = gdal.Open(str(path))
    assert picture.GetGeoTransform() == (400000, 80, 0, 4500000, 0, -80)
    assert picture.GetSpatialRef().GetAuthorityCode(None) == "32633"
    turns = wrapped(-4 * np.pi * displacement / WAVELENGTH) / (2 * np.pi)
    assert np.array_equal(picture.ReadAsArray(), classes_of(turns))
    assert picture.GetRasterBand(1).GetColorTable().GetColorEntry(0)[3] == 0
    assert {file.name for file in tmp_path.iterdir()} == {"in.tif", "f.png", "f.pgw", "f.png.aux.xml"}


# Fewer pixels


def phasor_means(phase, factor):
    rows, columns = (size // factor for size in phase.shape)
    phasors = np.exp(1j * phase).reshape(rows, factor, columns, factor)
    return np.angle(np.nansum(phasors, axis=(1, 3)))


@pytest.mark.parametrize("words", [("-outsize", 30, 18), ("-outsize", 30, 0), ("-tr", 320, 400), ])
def test_averages_are_those_of_the_exponential(tmp_path, displacement, words):
    path = fringes(tmp_path, [displacement], *words)
    raster = gdal.Open(str(path))
    out = raster.ReadAsArray()
    step_x, step_y = 120 / out.shape[1], 90 / out.shape[0]
    transform = raster.GetGeoTransform()
    assert transform[:1] + transform[3:4] == (400000, 4500000)
    assert np.allclose(transform[1:6:4], (80 * step_x, -80 * step_y))
    phasors = np.exp(-4j * np.pi * displacement / WAVELENGTH)
    weights_x = np.clip(np.minimum.outer(np.arange(1, 121), (np.arange(out.shape[1]) + 1) * step_x)
                        - np.maximum.outer(np.arange(120), np.arange(out.shape[1]) * step_x), 0, 1)
    weights_y = np.clip(np.minimum.outer(np.arange(1, 91), (np.arange(out.shape[0]) + 1) * step_y)
                        - np.maximum.outer(np.arange(90), np.arange(out.shape[0]) * step_y), 0, 1)
    expected = np.angle(weights_y.T @ np.nan_to_num(phasors) @ weights_x)
    # A cell that lies in the hole has no value, one that touches it has that of its other pixels.
    seen = weights_y.T @ ~np.isnan(displacement) @ weights_x > 0
    assert np.array_equal(~np.isnan(out), seen)
    assert cyclic_difference(out, expected)[seen].max() < 1e-5


def test_averages_of_tall_cells_do_not_depend_on_how_many_rows_are_read_at_a_time(tmp_path):
    """20000 columns leave a slab some 50 rows, cells are 300 rows high."""
    rng = np.random.default_rng(2)
    row = np.cumsum(rng.normal(0, 0.001, 20000))
    values = (row[None, :] + np.arange(600)[:, None] * 1e-5)[None]
    out = read(fringes(tmp_path, values, "-outsize", 50, 2, kind=gdal.GDT_Float32))
    phasors = np.exp(-4j * np.pi * values[0].astype(np.float32).astype(float) / WAVELENGTH)
    expected = np.angle(phasors.reshape(2, 300, 50, 400).mean(axis=(1, 3)))
    assert cyclic_difference(out, expected).max() < 1e-5


def test_cells_without_agreement_can_be_left_out(tmp_path):
    rng = np.random.default_rng(3)
    phase = np.zeros((1, 8, 16))
    phase[0, :, 8:] = rng.uniform(-np.pi, np.pi, (8, 8))
    out = read(fringes(tmp_path, phase, "-outsize", 2, 1, "-min_resultant", 0.8, unit="rad"))
    assert out[0, 0] == 0 and np.isnan(out[0, 1])


@pytest.mark.parametrize("words, half", [((), np.pi), (("-as", "fringes"), 0.5), (("-as", "metres"), WAVELENGTH / 4),
                                         (("-as", "metres", "-cycle", "5cm"), 0.025)])
def test_a_style_for_qgis_spans_one_cycle_in_the_unit_of_the_numbers(tmp_path, displacement, words, half):
    path = fringes(tmp_path, [displacement], *words)
    shader = ElementTree.parse(path.with_suffix(".qml")).find(".//colorrampshader")
    values = [float(item.get("value")) for item in shader.iter("item")]
    assert (values[0], values[-1]) == pytest.approx((-half, half), rel=1e-6)
    assert (float(shader.get("minimumValue")), float(shader.get("maximumValue"))) == pytest.approx((-half, half), rel=1e-6)
    colours = [item.get("color") for item in shader.iter("item")]
    assert colours[0] == colours[-1] and len(set(colours)) == len(colours) - 1


def test_a_style_of_the_user_stays_until_everything_is_replaced(tmp_path, displacement):
    source = write(tmp_path / "in.tif", [displacement])
    (tmp_path / "out.qml").write_text("mine")
    run("gdal_ih_wrap", "-q", source, tmp_path / "out.tif")
    assert (tmp_path / "out.qml").read_text() == "mine"
    run("gdal_ih_wrap", "-q", "-overwrite", "-as", "fringes", source, tmp_path / "out.tif")
    assert "colorrampshader" in (tmp_path / "out.qml").read_text()


@pytest.mark.parametrize("form", ["float", "byte"])
def test_overviews_average_the_phase_and_not_its_numbers(tmp_path, form):
    y, x = np.mgrid[0:700, 0:1100]
    phase = (x + 2 * y) * 0.21
    path = fringes(tmp_path, [phase], "-form", form, unit="rad")
    raster = gdal.Open(str(path))
    band = raster.GetRasterBand(1)
    out = band.GetOverview(0).ReadAsArray().astype(float)
    assert out.shape == (350, 550) and band.GetOverviewCount() == 2
    if form == "byte":
        out = ((out - 0.5) / 255 - 0.5) * 2 * np.pi
    # Classes are steps of 0.025 rad; their means are classes again.
    assert cyclic_difference(out, phasor_means(phase, 2)).max() < (1e-5 if form == "float" else 0.025)


# Google Earth


def in_pixels(box, size, longitude, latitude):
    west, south, east, north = box
    return (longitude - west) / (east - west) * size[0], (north - latitude) / (north - south) * size[1]


def box_of(kml):
    """west, south, east, north of the ground overlay of a page."""
    overlay = re.search(r"<LatLonBox>(.*?)</LatLonBox>", kml, re.S).group(1)
    return [float(re.search(f"<{side}>(.*?)</{side}>", overlay).group(1)) for side in ("west", "south", "east", "north")]


def pictures(kmz):
    """Box and classes of every picture of the lowest level."""
    with zipfile.ZipFile(kmz) as archive:
        assert archive.testzip() is None and archive.namelist()[0] == "doc.kml"
        names = [name for name in archive.namelist() if name.endswith(".png") and name != "legend.png"]
        pages = {name: "doc.kml" if name == "fringes.png" else name[:-3] + "kml" for name in names}
        lowest = max(name.split("/")[0] for name in names)
        for name in names:
            if name.split("/")[0] == lowest:
                data = gdal.Open(f"/vsizip/{kmz}/{name}")
                yield box_of(archive.read(pages[name]).decode()), data.ReadAsArray()


def marked(rows, columns):
    """Phase 0, but for squares of 9 pixels at the corners, whose phase is pi/2; and the pixel centres of the squares."""
    phase = np.zeros((rows, columns))
    centres = []
    for row in (4, rows - 5):
        for column in (4, columns - 5):
            phase[row - 4:row + 5, column - 4:column + 5] = np.pi / 2
            centres.append((column + 0.5, row + 0.5))
    return phase, centres


@pytest.mark.parametrize("rows, columns, epsg, origin", [(300, 400, 32633, (233000, 7300000)),
                                                         (250, 2300, 32611, (600000, 4100000)),
                                                         (300, 300, 3413, (-200000, -2200000))],
                         ids=["one picture", "pyramid", "polar"])
@pytest.mark.parametrize("resampling", ["bilinear", "near"])
def test_a_kmz_has_corners_where_proj_says(tmp_path, rows, columns, epsg, origin, resampling):
    phase, centres = marked(rows, columns)
    path = fringes(tmp_path, [phase], "-r", resampling, unit="rad", epsg=epsg, origin=origin, name="f.kmz")
    to_degrees = osr.CoordinateTransformation(srs_of(epsg), srs_of(4326))
    found = [[] for _ in centres]
    parts = list(pictures(path))
    assert len(parts) == 1 if columns < 2048 else len(parts) > 4
    for box, classes in parts:
        size = classes.shape[1], classes.shape[0]
        here = np.argwhere((classes > 150))
        for k, (column, row) in enumerate(centres):
            longitude, latitude, _ = to_degrees.TransformPoint(origin[0] + 80 * column, origin[1] - 80 * row)
            x, y = in_pixels(box, size, longitude, latitude)
            distance = np.hypot(here[:, 1] + 0.5 - x, here[:, 0] + 0.5 - y)
            found[k] += [(px + 0.5 - x, py + 0.5 - y) for (py, px), d in zip(here, distance) if d < 25]
    for offsets in found:
        # All pixels of a square, whichever picture they are in; the square keeps its size.
        assert 60 < len(offsets) < 110
        assert np.abs(np.mean(offsets, axis=0)).max() < 0.5


def test_a_format_may_be_named_in_place_of_an_ending(tmp_path, displacement):
    by_name = fringes(tmp_path, [displacement], name="a.png")
    fringes(tmp_path, [displacement], "-of", "PNG", name="b")
    assert (tmp_path / "b.png").read_bytes() == by_name.read_bytes()
    fringes(tmp_path, [displacement], "-of", "COG", name="c")
    assert gdal.Open(str(tmp_path / "c.tif")).GetDriver().ShortName == "GTiff"


def test_a_kmz_keeps_the_phase_of_its_raster(tmp_path):
    """Across the jump at pi, where numbers between neighbours would be anything."""
    y, x = np.mgrid[0:120, 0:160]
    phase = 0.2 * x + 0.1 * y
    path = fringes(tmp_path, [phase], unit="rad", name="f.kmz")
    box, classes = next(pictures(path))
    back = osr.CoordinateTransformation(srs_of(4326), srs_of(32633))
    rows, columns = np.nonzero(classes)
    longitudes = box[0] + (columns + 0.5) / classes.shape[1] * (box[2] - box[0])
    latitudes = box[3] - (rows + 0.5) / classes.shape[0] * (box[3] - box[1])
    places = np.array(back.TransformPoints(np.column_stack([longitudes, latitudes])))[:, :2]
    px, py = (places[:, 0] - 400000) / 80 - 0.5, (4500000 - places[:, 1]) / 80 - 0.5
    inner = (px > 1) & (px < 158) & (py > 1) & (py < 118)
    angle = ((classes[rows, columns] - 0.5) / 255 - 0.5) * 2 * np.pi
    difference = cyclic_difference(angle, 0.2 * px + 0.1 * py)[inner]
    # Half a class is 0.012 rad; what is linear between pixels is a chord, which the angle leaves by 1e-3.
    assert inner.sum() > 15000 and difference.max() < 0.02


def test_gdal_opens_a_kmz_with_its_place(tmp_path, displacement):
    path = fringes(tmp_path, [displacement], name="f.kmz")
    raster = gdal.Open(str(path))
    box, classes = next(pictures(path))
    transform = raster.GetGeoTransform()
    assert raster.GetSpatialRef().IsSame(srs_of(4326), ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES"])
    assert np.allclose((transform[0], transform[3]), (box[0], box[3]), atol=1e-9)
    with zipfile.ZipFile(path) as archive:
        assert "legend.png" in archive.namelist()
        assert "One fringe is 2.773 cm" in archive.read("doc.kml").decode()


def test_a_raster_in_longitude_and_latitude_is_not_resampled(tmp_path, displacement):
    path = fringes(tmp_path, [displacement], epsg=4326, origin=(14.5, 40.25), pixel=0.001, name="f.kmz")
    box, classes = next(pictures(path))
    assert np.allclose(box, [14.5, 40.16, 14.62, 40.25], atol=1e-9)
    turns = wrapped(-4 * np.pi * displacement / WAVELENGTH) / (2 * np.pi)
    # Phasors of 16 bits may tip a value at the border of two classes.
    assert (classes != classes_of(turns)).mean() < 0.01 and np.abs(classes - classes_of(turns)).max() in (0, 1, 254)


def test_a_kmz_across_the_antimeridian_stays_small(tmp_path):
    phase, _ = marked(200, 300)
    source = write(tmp_path / "in.tif", [phase], unit="rad", epsg=32660, origin=(625000, 7300000))
    file, = report(source, tmp_path / "f.kmz")["files"]
    west, _, east, _ = file["bbox"]
    assert 170 < west < 180 < east < 190 and file["columns"] < 400


def test_a_pyramid_shows_averaged_phase_above_and_nothing_where_there_is_nothing(tmp_path):
    y, x = np.mgrid[0:600, 0:2400]
    phase = 0.3 * x
    phase[:, 1100:] = np.nan
    path = fringes(tmp_path, [phase], unit="rad", epsg=4326, origin=(10, 50), pixel=0.001, name="f.kmz")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        links = [href for name in names if name.endswith(".kml")
                 for href in re.findall(r"<href>(\S+?\.kml)</href>", archive.read(name).decode())]
    assert len(links) == len([name for name in names if name.endswith(".kml")]) - 1
    assert "3/0/0.png" in names and "3/2/0.png" in names and "3/3/0.png" not in names
    upper = gdal.Open(f"/vsizip/{path}/2/0/0.png").ReadAsArray()
    expected = phasor_means(phase[:, :1024], 2)
    angle = ((upper[:300].astype(float) - 0.5) / 255 - 0.5) * 2 * np.pi
    assert cyclic_difference(angle, expected).max() < 0.015
    assert (upper[300:] == 0).all() if upper.shape[0] > 300 else True


# Promises of all programs


@pytest.mark.parametrize("words, name", [((), "f.tif"), (("-form", "byte"), "f.tif"), (("-form", "rgba"), "f.tif"), ((), "f.png"),
                                         ((), "f.kmz"), (("-outsize", "700", "0"), "f.tif")])
def test_the_same_bytes_for_any_number_of_threads(tmp_path, words, name):
    y, x = np.mgrid[0:600, 0:2100]
    values = 0.2 * np.sin(x / 131) * np.cos(y / 83)
    source = write(tmp_path / "in.tif", [values], kind=gdal.GDT_Float32)
    results = []
    for threads, cache in (("1", "20"), ("3", "512")):
        folder = tmp_path / threads
        run("gdal_ih_wrap", "-q", "-threads", threads, *words, source, folder / name,
            env={"GDAL_NUM_THREADS": threads, "GDAL_CACHEMAX": cache})
        results.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert results[0] == results[1] and name in results[0]


@pytest.mark.parametrize("words, reason", [
    (("{plain}", "o.tif"), "-unit"),
    (("-unit", "furlong", "{plain}", "o.tif"), "furlong is not known"),
    (("-unit", "m", "{plain}", "o.tif"), "-wavelength"),
    (("{metres}", "o.xyz"), "does not tell the format"),
    (("-form", "float", "{metres}", "o.png"), "-form byte"),
    (("-form", "rgb", "{metres}", "o.kmz"), "colour table"),
    (("-as", "metres", "-form", "byte", "{metres}", "o.tif"), "-form float"),
    (("-b", "7", "{metres}", "o.tif"), "no band 7"),
    (("-b", "1", "-b", "1", "{metres}", "o.tif"), "given twice"),
    (("-cycle", "-3cm", "{metres}", "o.tif"), "positive number"),
    (("-cycle", "3 inches", "{metres}", "o.tif"), "positive number"),
    (("-series", "interval", "{metres}", "o.tif"), "has no date"),
    (("-reference_date", "2020-01-01", "{metres}", "o.tif"), "has no date"),
    (("-outsize", "1000", "0", "{metres}", "o.tif"), "only be made fewer"),
    (("-outsize", "2", "2", "-tr", "200", "200", "{metres}", "o.tif"), "exclude each other"),
    (("-min_resultant", "0.5", "{metres}", "o.tif"), "needs -outsize"),
    (("-mask", "{small}", "{metres}", "o.tif"), "has 3 x 2 pixels"),
    (("-mask", "nowhere.tif", "{metres}", "o.tif"), "cannot be opened"),
    (("nowhere.tif", "o.tif"), "cannot be opened"),
    (("{plain}", "-unit", "rad", "o.kmz"), "no coordinate system"),
    (("{empty}", "o.kmz"), "no pixel has data"),
    (("-co", "BLOCKSIZE=100", "{metres}", "o.tif"), "multiple of 16"),
    (("-co", "LEVEL=9", "{metres}", "o.png"), "-co is for GeoTIFFs"),
])
def test_what_cannot_be_done_is_said_and_leaves_nothing(tmp_path, displacement, words, reason):
    files = {"plain": write(tmp_path / "plain.tif", [displacement], unit=None, wavelength=None, epsg=None),
             "metres": write(tmp_path / "metres.tif", [displacement]),
             "small": write(tmp_path / "small.tif", np.ones((1, 2, 3))),
             "empty": write(tmp_path / "empty.tif", np.full((1, 9, 9), np.nan))}
    before = {file.name for file in tmp_path.iterdir()}
    done = run("gdal_ih_wrap", "-q", *[word.format(**files) for word in words], check=False, cwd=tmp_path)
    assert done.returncode == 1 and reason in done.stderr, done.stderr
    assert done.stderr.count("ERROR") == 1
    assert {file.name for file in tmp_path.iterdir()} == before


def test_the_input_is_never_replaced(tmp_path, displacement):
    source = write(tmp_path / "in.tif", [displacement])
    (tmp_path / "link.tif").symlink_to(source)
    before = source.read_bytes()
    done = run("gdal_ih_wrap", "-q", "-overwrite", source, tmp_path / "link.tif", check=False)
    assert done.returncode == 1 and "is the input" in done.stderr and source.read_bytes() == before


def test_existing_files_are_replaced_only_when_asked(tmp_path, displacement):
    path = fringes(tmp_path, [displacement])
    before = path.read_bytes()
    done = run("gdal_ih_wrap", "-q", "-as", "fringes", tmp_path / "in.tif", path, check=False)
    assert done.returncode == 1 and "-overwrite" in done.stderr and path.read_bytes() == before
    run("gdal_ih_wrap", "-q", "-overwrite", "-as", "fringes", tmp_path / "in.tif", path)
    assert path.read_bytes() != before


def sparse(path, columns, rows, **about):
    """Mostly nothing, so that it takes no room; some values at the upper left."""
    raster = gdal.GetDriverByName("GTiff").Create(str(path), columns, rows, 1, gdal.GDT_Float32,
                                                  ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "SPARSE_OK=TRUE"])
    raster.SetGeoTransform((400000, 20, 0, 4500000, 0, -20))
    raster.SetSpatialRef(srs_of(32633))
    raster.SetMetadataItem("WAVELENGTH_M", repr(WAVELENGTH))
    raster.GetRasterBand(1).SetUnitType("m")
    raster.GetRasterBand(1).WriteArray(np.linspace(-0.1, 0.1, 10000).reshape(100, 100).astype(np.float32))
    raster = None
    return path


@pytest.mark.skipif("IH_SANITIZED" in os.environ, reason="sanitizers take memory of their own")
@pytest.mark.parametrize("words, name", [((), "f.tif"), (("-form", "rgba"), "f.tif"), ((), "f.png"), ((), "f.kmz"),
                                         (("-outsize", "500", "0"), "f.png")])
def test_memory_does_not_grow_with_the_raster(tmp_path, words, name):
    """Rows as long as those of 20000 x 20000 pixels; what is held is some rows, whatever their number."""
    source = sparse(tmp_path / "in.tif", 20000, 700)
    script = ("import resource, subprocess, sys\n"
              "done = subprocess.run(sys.argv[1:])\n"
              "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
              "sys.exit(done.returncode)\n")
    done = run(sys.executable, "-c", script, "gdal_ih_wrap", "-q", *words, source, tmp_path / name)
    assert int(done.stdout) < 256 * 1024


@pytest.mark.parametrize("name", ["f.tif", "f.png", "f.kmz"])
def test_ctrl_c_leaves_nothing(tmp_path, name):
    source = sparse(tmp_path / "in.tif", 20000, 20000)
    process = subprocess.Popen(["gdal_ih_wrap", "-q", str(source), str(tmp_path / "o" / name)], stderr=subprocess.PIPE)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1 and b"interrupted" in said
    assert not (tmp_path / "o").exists()


def test_a_long_series_is_a_picture_for_every_date(tmp_path):
    dates = [f"20{10 + i // 12:02d}-{i % 12 + 1:02d}-01" for i in range(40)]
    planes = np.zeros((40, 20, 30)) + np.linspace(0, 0.1, 30)
    fringes(tmp_path, planes, name="p.png", dates=dates)
    made = sorted(path.name for path in tmp_path.glob("p_*.png"))
    assert len(made) >= 39 and set(made) <= {f"p_{date.replace('-', '')}.png" for date in dates}


def test_a_failure_half_way_ends_the_bar_before_it_is_told(tmp_path):
    source = write(tmp_path / "in.tif", np.zeros((1, 2000, 1000)))
    with open(source, "r+b") as file:
        file.truncate(os.path.getsize(source) * 2 // 3)
    done = subprocess.run(["gdal_ih_wrap", source, tmp_path / "out.tif"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "ERROR" in done.stderr
    assert not done.stdout or done.stdout.endswith("\n")
    assert "0..." in done.stdout and "100" not in done.stdout
