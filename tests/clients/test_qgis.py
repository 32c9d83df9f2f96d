# SPDX-License-Identifier: MIT
"""A headless QGIS loads the same zip by both spellings of its path and renders it.

PyQGIS runs in a process of its own, because it must be started and ended once per process.
"""
import importlib.util
import json
import os
import sys

import pytest
from conftest import run

if importlib.util.find_spec("qgis") is None:
    pytest.skip("QGIS is not installed", allow_module_level=True)

from make_product import make_gamma  # noqa: E402

RENDER = r"""
import json, sys
from qgis.core import (QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsRasterLayer,
                       QgsRasterMinMaxOrigin, QgsContrastEnhancement)
from qgis.PyQt.QtCore import QSize

app = QgsApplication([], False)
app.initQgis()
layer = QgsRasterLayer(sys.argv[1], "product")
# summary() of a layer without error crashes in QGIS 3.22
report = {"valid": layer.isValid(), "error": "" if layer.isValid() else layer.error().summary(), "bands": layer.bandCount(),
          "crs": layer.crs().authid(), "names": [layer.bandName(i + 1) for i in range(layer.bandCount())]}
if layer.isValid():
    layer.setContrastEnhancement(QgsContrastEnhancement.StretchToMinimumMaximum,
                                 QgsRasterMinMaxOrigin.MinMax)
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(layer.extent())
    settings.setOutputSize(QSize(240, 200))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(sys.argv[2])
    report["errors"] = [e.message for e in job.errors()]
    report["colours"] = len({image.pixel(x, y) for x in range(0, 240, 3) for y in range(0, 200, 3)})
    del job, settings
del layer
print("REPORT " + json.dumps(report))
app.exitQgis()
"""


def render(path, png):
    # Sanitised runs need no QGIS: the plugin is the same code.
    done = run(sys.executable, "-c", RENDER, path, png, env={"QT_QPA_PLATFORM": "offscreen", "LD_PRELOAD": ""})
    line = [text for text in done.stdout.splitlines() if text.startswith("REPORT ")]
    return json.loads(line[0][len("REPORT "):]), done.stderr


@pytest.fixture
def product(tmp_path):
    folder = tmp_path / "with space"
    folder.mkdir()
    zip_path = folder / "S1AB_20171111T150004_20171117T145926_VVP006_INT80_G_ueF_4D09.zip"
    make_gamma(zip_path, nx=60, ny=50)
    return zip_path


@pytest.mark.parametrize("prefix", ["", "/vsizip/"])
def test_both_spellings_of_the_path_load_and_render(product, tmp_path, prefix):
    before = product.read_bytes()
    png = tmp_path / "map.png"
    report, stderr = render(f"{prefix}{product}", png)
    assert report["valid"], report["error"]
    assert report["names"][0].endswith(": unw_phase")
    assert report["crs"].startswith("EPSG:326")
    assert report["errors"] == []
    assert report["colours"] > 10, "the picture is blank"
    assert png.stat().st_size > 500
    assert "Unable to save auxiliary information" not in stderr
    assert product.read_bytes() == before
    # statistics, when QGIS keeps any, lie beside the zip
    assert {p.name for p in product.parent.iterdir()} <= {product.name, product.name + ".aux.xml"}


def test_a_subdataset_loads(product, tmp_path):
    report, _ = render(f'HYP3:"{product}":corr', tmp_path / "corr.png")
    assert report["valid"], report["error"]
    assert report["bands"] == 1 and report["colours"] > 10
