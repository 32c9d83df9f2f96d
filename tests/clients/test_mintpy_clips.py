# SPDX-License-Identifier: MIT
"""MintPy loads what gdal_ih_clip writes, as it is: from load_data to velocity without a hand edit. The stack has shifted extents,
on which MintPy itself stops, and the series is compared with that of gdal_ih_sbas."""
import os
import shutil
import subprocess

import numpy as np
import pytest
from osgeo import gdal

h5py = pytest.importorskip("h5py")
if not shutil.which("mintpy"):
    pytest.skip("MintPy is not installed", allow_module_level=True)

from conftest import run  # noqa: E402

gdal.UseExceptions()


def run_mintpy(folder, template):
    words = ["mintpy", "smallbaselineApp", template, "--end", "velocity"]
    environment = {**os.environ, "HOME": str(folder), "MPLBACKEND": "Agg"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def products(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mintpy") / "products"
    run("gdal_ih_simulate", "-q", "-ts", 70, 60, "-dates", 6, "-shift", 6, folder)
    return folder


@pytest.mark.parametrize("layout, template", [("mintpy", "mintpy.cfg"), ("insarhub", ".mintpy.cfg"),
                                              ("notebook", "mintpy.cfg")])
def test_mintpy_runs_on_clips_without_a_hand_edit(products, tmp_path, layout, template):
    out = tmp_path / "out"
    run("gdal_ih_clip", "-q", products, out, "-layout", layout)
    run_mintpy(out, template)
    with h5py.File(out / "inputs/ifgramStack.h5") as stack:
        assert stack["unwrapPhase"].shape[0] == len(list(products.glob("*.zip")))
        assert stack.attrs["PROCESSOR"] == "hyp3"
    with h5py.File(out / "velocity.h5") as result:
        assert np.isfinite(result["velocity"][:]).any()
    with h5py.File(out / "maskTempCoh.h5") as mask:
        reliable = mask["mask"][:].astype(bool)
    # The series before MintPy's corrections, at its last date; MintPy has chosen another date to count from.
    with h5py.File(out / "timeseries.h5") as series:
        theirs = series["timeseries"][-1] - series["timeseries"][0]
        row, column = int(series.attrs["REF_Y"]), int(series.attrs["REF_X"])
        grid = [float(series.attrs[key]) for key in ("X_FIRST", "Y_FIRST")]
    # Ours from the zips as they came, with the same reference.
    run("gdal_ih_sbas", "-q", "-no_overview", "-compat", "mintpy", "-ref_pixel", column, row, products, tmp_path / "ours")
    displacement = gdal.Open(str(tmp_path / "ours/displacement.tif"))
    geotransform = displacement.GetGeoTransform()
    ours = displacement.GetRasterBand(displacement.RasterCount).ReadAsArray()
    # Release 1.5.1 takes half a pixel off the corner that GDAL tells.
    assert ours.shape == theirs.shape and [geotransform[0] - 40, geotransform[3] + 40] == grid
    both = reliable & np.isfinite(ours)
    assert both.sum() > 500
    # MintPy solves in float32 by singular values, we in double by Cholesky.
    assert np.abs(ours - theirs)[both].max() < 1e-5
