# SPDX-License-Identifier: MIT
"""A stack exported by GDAL to netCDF is read by xarray with names and values."""
import numpy as np
import pytest

xarray = pytest.importorskip("xarray")
pytest.importorskip("netCDF4")

from conftest import run  # noqa: E402
from make_product import make_gamma  # noqa: E402


def test_a_stack_goes_to_xarray_through_netcdf(tmp_path):
    folder = tmp_path / "stack"
    folder.mkdir()
    pairs = [("20200104", "20200116", "1111"), ("20200116", "20200128", "2222")]
    written = []
    for reference, secondary, ident in pairs:
        name = f"S1AA_{reference}T150004_{secondary}T150004_VVP012_INT80_G_ueF_{ident}"
        written.append(make_gamma(folder / f"{name}.zip"))
    out = tmp_path / "unw.nc"
    run("gdal_translate", "-q", "-of", "netCDF", f'HYP3:"{folder}":unw_phase', out)
    with xarray.open_dataset(out, mask_and_scale=False) as cube:
        bands = [name for name in cube.data_vars if cube[name].ndim == 2]
        assert len(bands) == len(pairs)
        for name, arrays in zip(bands, written):
            values = np.asarray(cube[name])
            # GDAL writes rows from south to north
            np.testing.assert_array_equal(values[::-1], arrays["unw_phase"])
