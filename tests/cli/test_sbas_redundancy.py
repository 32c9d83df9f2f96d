# SPDX-License-Identifier: MIT
"""What nothing can check is not called reliable without a word, and an empty result is no result."""
import json

import numpy as np
from conftest import run
from osgeo import gdal

gdal.UseExceptions()
DATES = ["2020-06-04", "2020-06-16", "2020-06-28", "2020-07-10"]
NX, NY = 9, 7


def write(path, values):
    ds = gdal.GetDriverByName("GTiff").Create(str(path), NX, NY, 1, gdal.GDT_Float32)
    ds.SetGeoTransform((500000, 80, 0, 4500000, 0, -80))
    ds.GetRasterBand(1).SetNoDataValue(0)
    ds.GetRasterBand(1).WriteArray(values.astype(np.float32))


def make_stack(folder, connections, hole=None):
    """Steady motion in all pairs; the pixel `hole` has data in pairs of neighbouring dates only."""
    lines = ["reference_date,secondary_date,perpendicular_baseline_m,unw,corr"]
    for i, first in enumerate(DATES):
        for j in range(i + 1, min(i + 1 + connections, len(DATES))):
            phase = (np.arange(NX * NY).reshape(NY, NX) + 1) * 0.01 * (j - i)
            if hole and j > i + 1:
                phase[hole] = 0
            write(folder / f"{i}{j}_unw.tif", phase)
            write(folder / f"{i}{j}_corr.tif", np.full((NY, NX), 0.9))
            lines.append(f"{first},{DATES[j]},,{i}{j}_unw.tif,{i}{j}_corr.tif")
    (folder / "pairs.csv").write_text("\n".join(lines) + "\n")
    return folder / "pairs.csv"


def sbas(*words):
    return run("gdal_ih_sbas", "-q", "-wavelength", 0.0555, "-looks", 40, *words, check=False)


def read(folder, name):
    return gdal.Open(str(folder / name)).ReadAsArray()


def test_a_network_without_redundancy_is_named_in_every_report(tmp_path):
    out = tmp_path / "out"
    done = sbas(make_stack(tmp_path, connections=1), out)
    assert done.returncode == 0, done.stderr
    assert "no redundancy" in done.stderr
    assert any("no redundancy" in text for text in json.loads((out / "run.json").read_text())["warnings"])
    # all that is known is still shown
    assert (read(out, "mask.tif") == 1).all()


def test_pixels_that_lack_the_redundancy_of_the_stack_are_not_reliable(tmp_path):
    out = tmp_path / "out"
    done = sbas(make_stack(tmp_path, connections=2, hole=(3, 4)), out, "-ref_pixel", 1, 1)
    assert done.returncode == 0, done.stderr
    assert "no redundancy" not in done.stderr
    mask = read(out, "mask.tif")
    assert read(out, "valid_pairs.tif")[0][3, 4] == len(DATES) - 1
    assert mask[3, 4] == 0 and mask.sum() == NX * NY - 1
    assert np.isfinite(read(out, "velocity.tif")[0][3, 4])
    assert json.loads((out / "run.json").read_text())["statistics"]["unchecked_pixels"] == 1


def test_a_result_without_any_pixel_is_an_error(tmp_path):
    out = tmp_path / "out"
    done = sbas(make_stack(tmp_path, connections=2), out, "-min_redundancy", 9)
    assert done.returncode == 1
    assert "no pixel" in done.stderr and "-min_redundancy" in done.stderr
    assert not (out / "velocity.tif").exists()
