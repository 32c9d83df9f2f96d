# SPDX-License-Identifier: MIT
"""The driver under valgrind: no invalid access, nothing definitely lost, on good and on damaged products."""
import os
import shutil

import pytest
from conftest import run

if shutil.which("valgrind") is None:
    pytest.skip("valgrind is not installed", allow_module_level=True)
if os.environ.get("IH_SANITIZED"):
    pytest.skip("valgrind and the sanitizers exclude each other", allow_module_level=True)

from make_product import make_burst, make_gamma  # noqa: E402

VALGRIND = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite"]


def check(*words, failing=False):
    done = run(*VALGRIND, *words, check=False)
    assert done.returncode != 99, done.stderr
    assert (done.returncode != 0) == failing, done.stderr


def test_a_gamma_product_with_all_its_pixels(tmp_path):
    path = tmp_path / "S1AB_20171111T150004_20171117T145926_VVP006_INT80_G_ueF_4D09.zip"
    make_gamma(path)
    check("gdalinfo", "-checksum", "-stats", path)
    check("gdal_translate", "-q", f"/vsizip/{path}", tmp_path / "all.tif", "-ot", "Float32")


def test_a_burst_product_and_its_subdatasets(tmp_path):
    path = tmp_path / "S1_136231_IW2_20200604_20200616_VV_INT80_663F.zip"
    make_burst(path)
    check("gdalinfo", "-checksum", f'HYP3:"{path}":corr')


def test_a_stack(tmp_path):
    folder = tmp_path / "stack"
    folder.mkdir()
    for reference, secondary in (("20200104", "20200116"), ("20200116", "20200128")):
        make_gamma(folder / f"S1AA_{reference}T150004_{secondary}T150004_VVP012_INT80_G_ueF_1111.zip")
    check("gdalinfo", "-checksum", f'HYP3:"{folder}":unw_phase')


def test_a_truncated_product(tmp_path):
    path = tmp_path / "S1AB_20171111T150004_20171117T145926_VVP006_INT80_G_ueF_4D09.zip"
    make_gamma(path)
    path.write_bytes(path.read_bytes()[:-400])
    check("gdalinfo", path, failing=True)
