# SPDX-License-Identifier: MIT
"""A stack exported by GDAL to netCDF, and a cube of gdal_ih_clip, are read by xarray with names and values."""
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


def test_a_cube_of_clipped_products_opens_with_dates_and_places(tmp_path):
    folder = tmp_path / "stack"
    folder.mkdir()
    pairs = [("20200104", "20200116", "1111"), ("20200116", "20200128", "2222"), ("20200104", "20200128", "3333")]
    written = {}
    for reference, secondary, ident in pairs:
        name = f"S1AA_{reference}T150004_{secondary}T150004_VVP012_INT80_G_ueF_{ident}"
        written[name] = make_gamma(folder / f"{name}.zip")
    run("gdal_ih_clip", "-q", folder, tmp_path / "out", "-layout", "cube", "-of", "netCDF", "-layers", "unw_phase,water_mask")
    with xarray.open_dataset(tmp_path / "out" / "unw_phase.nc") as cube:
        phase = cube["unw_phase"]
        assert phase.dims == ("pair", "y", "x") and phase.attrs["units"] == "rad"
        days = (cube["secondary_time"] - cube["reference_time"]).values / np.timedelta64(1, "D")
        assert list(days) == [12, 24, 12]
        for i, name in enumerate(cube["product"].values):
            values = written[str(name)]["unw_phase"]
            np.testing.assert_array_equal(np.isnan(phase.values[i]), values == 0)
            np.testing.assert_array_equal(np.nan_to_num(phase.values[i]), values)
        transform = written[str(name)].geotransform
        assert float(cube["x"][0]) == transform[0] + transform[1] / 2
        assert float(cube["y"][0]) == transform[3] + transform[5] / 2
        assert cube[phase.attrs.get("grid_mapping", phase.encoding.get("grid_mapping"))].attrs["grid_mapping_name"] == \
            "transverse_mercator"
