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
          "wrapped_phase": (-numpy.pi, numpy.pi)}
WIDTH, HEIGHT = 64, 16

PAINT = r"""
import json, sys
from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsRasterLayer
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

app = QgsApplication([], False)
app.initQgis()
layer = QgsRasterLayer(sys.argv[1], "layer")
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
row = [QColor(image.pixel(x, layer.height() // 2)).getRgb()[:3] for x in range(layer.width())]
report = {"loaded": loaded, "renderer": type(layer.renderer()).__name__, "row": row}
del job, settings, layer
print("REPORT " + json.dumps(report))
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
    # Sanitised runs need no QGIS: nothing of ours runs in it.
    done = run(sys.executable, "-c", PAINT, raster,
               env={"QT_QPA_PLATFORM": "offscreen", "LD_PRELOAD": ""})
    report = json.loads([line for line in done.stdout.splitlines()
                         if line.startswith("REPORT ")][0][len("REPORT "):])
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


def test_the_ends_of_the_phase_cycle_have_one_colour():
    lines = [line.split() for line in (STYLES / "wrapped_phase.txt").read_text().splitlines()
             if line[0] not in "#n"]
    assert lines[0][1:] == lines[-1][1:]


@pytest.mark.parametrize("style", ["velocity", "displacement"])
def test_diverging_ramps_are_equally_light_on_both_sides(style):
    rows = [line.split() for line in (STYLES / f"{style}.txt").read_text().splitlines()
            if line[0] not in "#n"]
    linear = (numpy.array([row[1:4] for row in rows], float) / 255) ** 2.2
    lightness = (linear @ [0.2126, 0.7152, 0.0722]) ** (1 / 3)
    # Ten per cent of the range of lightness is hard to see between two hues.
    assert numpy.abs(lightness - lightness[::-1]).max() < 0.1
    half = len(lightness) // 2
    assert (numpy.diff(lightness[:half + 1]) > 0).all() and (numpy.diff(lightness[half:]) < 0).all()
