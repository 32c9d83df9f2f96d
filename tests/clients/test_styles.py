# SPDX-License-Identifier: MIT
"""QGIS takes the styles as default styles and paints with them; gdaldem paints the same with the text ramps.

PyQGIS runs in a process of its own, because it must be started and ended once per process.
"""
import importlib.util
import json
import shutil
import sys

import numpy
import pytest
from conftest import SOURCE, run
from osgeo import gdal, osr

if importlib.util.find_spec("qgis") is None:
    pytest.skip("QGIS is not installed", allow_module_level=True)

STYLES = SOURCE / "data" / "styles"
RANGES = {"velocity": (-0.05, 0.05), "displacement": (-0.1, 0.1), "coherence": (0, 1),
          "wrapped_phase": (-numpy.pi, numpy.pi), "diverging": (-1, 1), "amplitude": (0, 0.02), "count": (0, 10),
          "height": (0, 1000)}
WIDTH, HEIGHT = 64, 16

# Every raster that gdal_ih_sbas can write.
EVERYTHING = ["-dem_error", "-polynomial", 2, "-periodic", "1,0.5,0.4", "-step", "2020-04-20", "-polyline", "2020-05-20",
              "-exponential", "2020-03-20,40", "-unwrap_error", "l1"]

PAINT = r"""
import json, sys
from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsRasterLayer
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

app = QgsApplication([], False)
app.initQgis()
reports = []
for path in sys.argv[1:]:
    layer = QgsRasterLayer(path, "layer")
    message, loaded = layer.loadDefaultStyle()
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(layer.extent())
    settings.setOutputSize(QSize(layer.width(), layer.height()))
    settings.setBackgroundColor(QColor(255, 0, 255))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(path + ".png")
    row = [QColor(image.pixel(x, layer.height() // 2)).getRgb()[:3] for x in range(layer.width())]
    colours = len({image.pixel(x, y) for x in range(layer.width()) for y in range(layer.height())})
    reports.append({"loaded": loaded, "renderer": type(layer.renderer()).__name__, "row": row, "colours": colours})
    del job, settings, layer
print("REPORT " + json.dumps(reports))
app.exitQgis()
"""


def write_ramp(path, low, high):
    """Values from a little below low to a little above high, the last four columns without data."""
    raster = gdal.GetDriverByName("GTiff").Create(str(path), WIDTH, HEIGHT, 1, gdal.GDT_Float32)
    raster.SetGeoTransform((500000, 80, 0, 4000000, 0, -80))
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32611)
    raster.SetProjection(srs.ExportToWkt())
    margin = 0.05 * (high - low)
    values = numpy.tile(numpy.linspace(low - margin, high + margin, WIDTH), (HEIGHT, 1))
    values[:, -4:] = numpy.nan
    raster.GetRasterBand(1).SetNoDataValue(float("nan"))
    raster.GetRasterBand(1).WriteArray(values.astype("float32"))


@pytest.mark.parametrize("style", sorted(RANGES))
def test_qgis_and_gdaldem_paint_alike(style, tmp_path):
    raster = tmp_path / "layer.tif"
    write_ramp(raster, *RANGES[style])
    shutil.copy(STYLES / f"{style}.qml", tmp_path / "layer.qml")
    report = paint(raster)[0]
    assert report["loaded"]
    assert report["renderer"] == "QgsSingleBandPseudoColorRenderer"

    painted = tmp_path / "gdaldem.tif"
    run("gdaldem", "color-relief", "-q", "-alpha", raster, STYLES / f"{style}.txt", painted)
    expected = gdal.Open(str(painted)).ReadAsArray()[:, HEIGHT // 2, :]
    qgis = numpy.array(report["row"]).T
    # Both interpolate in integers and round differently; coherence has long steps between its colours.
    assert numpy.abs(qgis[:, :-4] - expected[:3, :-4].astype(int)).max() <= 2
    assert (qgis[:, -4:] == [[255], [0], [255]]).all(), "no data is not transparent"
    assert (expected[3, -4:] == 0).all() and (expected[3, :-4] == 255).all()


def test_every_number_of_cycles_has_its_colour(tmp_path):
    raster = gdal.GetDriverByName("GTiff").Create(str(tmp_path / "layer.tif"), 11, 1, 1, gdal.GDT_Int16)
    raster.GetRasterBand(1).SetNoDataValue(-32768)
    raster.GetRasterBand(1).WriteArray(numpy.array([[-32768, -7, -3, -2, -1, 0, 1, 2, 3, 4, 127]], "int16"))
    raster = None
    shutil.copy(STYLES / "cycles.qml", tmp_path / "layer.qml")
    report = paint(tmp_path / "layer.tif")[0]
    assert report["loaded"] and report["renderer"] == "QgsSingleBandPseudoColorRenderer"
    none, *colours = report["row"]
    assert none == [255, 0, 255]
    minus, clear, plus = colours[:4], colours[4], colours[5:]
    assert clear == none, "what was right hides nothing"
    assert minus[0] == minus[1] and plus[2] == plus[3] == plus[4]
    assert len({tuple(colour) for colour in minus + plus}) == 6
    assert all(red > blue for red, _, blue in minus) and all(red < blue for red, _, blue in plus)


def paint(*rasters):
    """One report per raster, and a picture beside it."""
    # Sanitised runs need no QGIS: nothing of ours runs in it.
    done = run(sys.executable, "-c", PAINT, *rasters, env={"QT_QPA_PLATFORM": "offscreen", "LD_PRELOAD": ""})
    return json.loads([line for line in done.stdout.splitlines()
                       if line.startswith("REPORT ")][0][len("REPORT "):])


def test_every_raster_of_a_result_has_a_style_that_shows_it(tmp_path):
    run("gdal_ih_simulate", "-q", "-dates", 16, "-ts", 90, 70, tmp_path / "stack")
    out = tmp_path / "out"
    run("gdal_ih_sbas", "-q", tmp_path / "stack", tmp_path / "first", env={"IH_DATA": str(SOURCE / "data")})
    x, dx, _, y, _, dy = json.loads((tmp_path / "first" / "run.json").read_text())["grid"]["geotransform"]
    run("gdal_ih_sbas", "-q", tmp_path / "stack", out, *EVERYTHING, "-ref_box", x + 20 * dx, y + 40 * dy, x + 40 * dx,
        y + 20 * dy, env={"IH_DATA": str(SOURCE / "data")})
    rasters = sorted(out.glob("*.tif"))
    assert {r.stem for r in rasters} >= {"dem_error", "acceleration", "annual_amplitude", "semi_annual_amplitude",
                                         "periodic_amplitudes", "steps", "velocity_changes", "decays", "closure",
                                         "unwrapping_cycles", "reference_area", "geometry", "mask", "valid_pairs"}
    for raster, report in zip(rasters, paint(*rasters)):
        classes = raster.stem in ("mask", "reference_area")
        assert report["loaded"], raster.stem
        assert report["renderer"] == ("QgsPalettedRasterRenderer" if classes else
                                      "QgsSingleBandPseudoColorRenderer"), raster.stem
        # Few values are few colours; a measured quantity has many, when its range is that of the raster.
        few = classes or raster.stem in ("unwrapping_cycles", "closure", "valid_pairs")
        assert report["colours"] >= (2 if few else 40), raster.stem


def test_what_gdal_ih_wrap_writes_shows_fringes(tmp_path):
    """Numbers by their styles, whatever the unit; classes by their table and colours as they are."""
    run("gdal_ih_simulate", "-q", "-dates", 3, "-ts", 90, 70, tmp_path / "stack")
    product = sorted((tmp_path / "stack").glob("*.zip"))[0]
    outputs = {"radians": [], "fringes": ["-as", "fringes"], "metres": ["-as", "metres", "-positive", "away"],
               "byte": ["-form", "byte"], "rgba": ["-form", "rgba"]}
    for name, words in outputs.items():
        run("gdal_ih_wrap", "-q", *words, product, tmp_path / f"{name}.tif", env={"IH_DATA": str(SOURCE / "data")})
    run("gdal_ih_wrap", "-q", product, tmp_path / "picture.png")
    rasters = [tmp_path / f"{name}.tif" for name in outputs] + [tmp_path / "picture.png"]
    reports = dict(zip([*outputs, "picture"], paint(*rasters)))
    assert {name: report["renderer"] for name, report in reports.items()} == {
        "radians": "QgsSingleBandPseudoColorRenderer", "fringes": "QgsSingleBandPseudoColorRenderer",
        "metres": "QgsSingleBandPseudoColorRenderer", "byte": "QgsPalettedRasterRenderer",
        "rgba": "QgsMultiBandColorRenderer", "picture": "QgsPalettedRasterRenderer"}
    rows = {name: numpy.array(report["row"], int) for name, report in reports.items()}
    for name, row in rows.items():
        assert reports[name]["colours"] >= 40, name
        # QGIS rounds colours between those of a style; tables and pictures it shows as they are.
        numbers = name in ("radians", "fringes", "metres")
        assert numpy.abs(row - rows["radians" if numbers else "byte"]).max() <= (2 if numbers else 0), name


def test_the_ends_of_the_phase_cycle_have_one_colour():
    lines = [line.split() for line in (STYLES / "wrapped_phase.txt").read_text().splitlines()
             if line[0] not in "#n"]
    assert lines[0][1:] == lines[-1][1:]


@pytest.mark.parametrize("style", ["velocity", "displacement", "diverging"])
def test_diverging_ramps_are_equally_light_on_both_sides(style):
    rows = [line.split() for line in (STYLES / f"{style}.txt").read_text().splitlines()
            if line[0] not in "#n"]
    linear = (numpy.array([row[1:4] for row in rows], float) / 255) ** 2.2
    lightness = (linear @ [0.2126, 0.7152, 0.0722]) ** (1 / 3)
    # Ten per cent of the range of lightness is hard to see between two hues.
    assert numpy.abs(lightness - lightness[::-1]).max() < 0.1
    half = len(lightness) // 2
    assert (numpy.diff(lightness[:half + 1]) > 0).all() and (numpy.diff(lightness[half:]) < 0).all()
