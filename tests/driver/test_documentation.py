# SPDX-License-Identifier: MIT
"""docs/driver-hyp3.md is complete. Its examples are run with those of the other pages."""
import re

import make_product
from conftest import SOURCE

PAGE = SOURCE / "docs" / "driver-hyp3.md"


def test_every_metadata_item_of_a_product_is_on_the_page(tmp_path):
    from osgeo import gdal
    text = PAGE.read_text()
    for maker in (make_product.make_gamma, make_product.make_burst):
        dataset = gdal.Open(str(maker(tmp_path).path))
        for item in dataset.GetMetadata():
            assert re.search(rf"\b{item}\b", text), item
    for option in re.findall(r"name='(\w+)'", gdal.GetDriverByName("HYP3").GetMetadataItem("DMD_OPENOPTIONLIST")):
        assert f"`{option}=" in text
