# SPDX-License-Identifier: MIT
"""The examples of docs/driver-hyp3.md do what they say."""
import re

import make_product
from conftest import SOURCE, run

PAGE = SOURCE / "docs" / "driver-hyp3.md"


def examples(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.S)


def test_every_example_of_the_page_works(tmp_path):
    make_product.make_gamma(tmp_path)
    make_product.make_stack(tmp_path / "stack", ["20200604", "20200616", "20200628"])
    script = "set -e\n" + "\n".join(examples("bash"))
    assert script.count("gdal") > 10
    done = run("bash", "-c", script, cwd=tmp_path)
    assert "ERROR" not in done.stderr
    for file in ("unw_phase.tif", "two.tif", "dem.tif", "corr.tif"):
        assert (tmp_path / file).stat().st_size > 0
    assert "Reference Granule=" in done.stdout and "HYP3:\"stack\":unw_phase" in done.stdout
    for code in examples("python"):
        assert "(30, 40)" in run("/usr/bin/python3", "-c", code, cwd=tmp_path).stdout


def test_every_metadata_item_of_a_product_is_on_the_page(tmp_path):
    from osgeo import gdal
    text = PAGE.read_text()
    for maker in (make_product.make_gamma, make_product.make_burst):
        dataset = gdal.Open(str(maker(tmp_path).path))
        for item in dataset.GetMetadata():
            assert re.search(rf"\b{item}\b", text), item
    for option in re.findall(r"name='(\w+)'", gdal.GetDriverByName("HYP3").GetMetadataItem("DMD_OPENOPTIONLIST")):
        assert f"`{option}=" in text
