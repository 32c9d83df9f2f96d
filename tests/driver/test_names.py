# SPDX-License-Identifier: MIT
"""What the driver takes for a product, what it leaves to others, and the names of subdatasets."""
import shutil
import zipfile

import numpy as np
import pytest
from osgeo import gdal

import make_product
from hyp3_helpers import digest, driver_of, layers_of, open_quietly

RTC = "S1A_IW_20180128T161201_DVP_RTC30_G_gpuned_FD6A"


@pytest.fixture
def product(tmp_path):
    return make_product.make_burst(tmp_path)


def raster():
    return make_product.geotiff(np.ones((6, 8), np.float32), (400000, 80, 0, 4000000, 0, -80), 32611, 0)


def spellings(product):
    path = product.path
    return [path, f"/vsizip/{path}", f"/vsizip//{str(path)[1:]}", f"/vsizip/{{{path}}}",
            f"/vsizip/{path}/{product.name}", f"/vsizip/{{{path}}}/{product.name}",
            f"/vsizip/{path}/{product.name}/{product.name}.txt", f"HYP3:{path}", f'HYP3:"{path}"',
            f'hyp3:"{path}"', f"HYP3:/vsizip/{path}", f'HYP3:"/vsizip/{{{path}}}/"']


def test_every_spelling_of_an_archive_shows_the_same_bands(product):
    expected = layers_of(gdal.Open(str(product.path)))
    for name in spellings(product):
        dataset, said = open_quietly(name)
        assert dataset, (name, said)
        assert dataset.GetDriver().ShortName == "HYP3", name
        assert layers_of(dataset) == expected, name
        assert np.array_equal(dataset.GetRasterBand(1).ReadAsArray(), product.arrays["unw_phase"]), name


def test_a_folder_and_its_text_file_open_as_the_product(tmp_path):
    product = make_product.make_gamma(tmp_path, zipped=False)
    for name in (product.path, f"{product.path}/", product.path / f"{product.name}.txt", f"HYP3:{product.path}",
                 f'HYP3:"{product.path}/{product.name}.txt"'):
        assert driver_of(name) == "HYP3", name


@pytest.mark.parametrize("zip_name", ["download", "S1_136231_IW2_20200604_20200616_VV_INT80_0000",
                                      "S1_136231_IW2_20200604_20200616_VV_INT80_4D09 (1)"])
def test_a_renamed_archive_has_the_name_of_the_folder_inside(tmp_path, zip_name):
    product = make_product.make_burst(tmp_path, zip_name=zip_name)
    assert gdal.Open(str(product.path)).GetMetadataItem("PRODUCT_NAME") == product.name


def test_an_archive_without_extension_is_known_by_its_first_entry(tmp_path, product):
    renamed = tmp_path / "download"
    shutil.copy(product.path, renamed)
    assert driver_of(renamed) == "HYP3"


def test_an_inner_folder_of_another_name_is_accepted(tmp_path):
    name = "S1_136231_IW2_20200604_20200616_VV_INT80_4D09"
    path = tmp_path / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("my area/clip_unw_phase.tif", raster())
        archive.writestr("my area/clip_corr.tif", raster())
    dataset = gdal.Open(str(path))
    assert layers_of(dataset) == ["unw_phase", "corr"]
    assert dataset.GetMetadataItem("PRODUCT_NAME") == name


def test_layers_without_a_folder_are_accepted(tmp_path, product):
    path = tmp_path / "flat.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{product.name}_unw_phase.tif", raster())
        archive.writestr(f"__MACOSX/._{product.name}_unw_phase.tif", b"not a raster")
    assert layers_of(gdal.Open(str(path))) == ["unw_phase"]


class TestLeftToOthers:
    def test_a_layer_by_itself_stays_a_tiff(self, tmp_path):
        product = make_product.make_burst(tmp_path, zipped=False)
        assert driver_of(product.path / f"{product.name}_corr.tif") == "GTiff"
        assert driver_of(product.path / f"{product.name}_unw_phase.png") == "PNG"

    def test_a_layer_inside_an_archive_stays_a_tiff(self, product):
        assert driver_of(f"/vsizip/{product.path}/{product.name}/{product.name}_corr.tif") == "GTiff"

    def test_other_archives_are_not_claimed(self, tmp_path):
        name = "S1_136231_IW2_20200604_20200616_VV_INT80_4D09"
        for file, entry in ((f"{name}_unw_phase.kmz", f"{name}_unw_phase.png"), ("photos.zip", "a/b.jpg"),
                            ("S1A_IW_SLC__1SDV_20200604T022312_20200604T022339_032861_03CE65_C8A4.zip",
                             "S1A_IW_SLC__1SDV_20200604T022312_20200604T022339_032861_03CE65_C8A4.SAFE/a")):
            with zipfile.ZipFile(tmp_path / file, "w") as archive:
                archive.writestr(entry, b"x" * 100)
            dataset, said = open_quietly(tmp_path / file)
            assert dataset is None and "HyP3" not in " ".join(said) and "HYP3" not in " ".join(said), said

    def test_a_product_name_without_layers_is_declined_in_silence(self, tmp_path):
        name = "S1_136231_IW2_20200604_20200616_VV_INT80_4D09"
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").write_text("nothing")
        path = make_product.write_package(tmp_path, name, {"notes.txt": b"nothing"})
        for place in (tmp_path / name, path, f"/vsizip/{path}"):
            dataset, said = open_quietly(place)
            assert dataset is None
            assert "HYP3" not in " ".join(said) and "HyP3" not in " ".join(said), said

    def test_a_folder_of_products_needs_the_prefix(self, tmp_path, product):
        dataset, said = open_quietly(tmp_path)
        assert dataset is None and "HYP3" not in " ".join(said)

    def test_text_files_that_only_resemble_are_not_claimed(self, tmp_path):
        product = make_product.make_gamma(tmp_path, zipped=False)
        assert driver_of(product.path / f"{product.name}.README.md.txt") is None


class TestOtherProducts:
    def test_an_rtc_archive_is_refused_in_one_sentence(self, tmp_path):
        path = make_product.write_package(tmp_path, RTC, {f"{RTC}_VV.tif": raster(), f"{RTC}_dem.tif": raster()})
        for name in (path, f'HYP3:"{path}"'):
            dataset, said = open_quietly(name)
            assert dataset is None
            assert "not InSAR" in said[-1] and "RTC" in said[-1]
            assert digest(path)

    def test_an_rtc_folder_is_left_to_others(self, tmp_path):
        folder = make_product.write_package(tmp_path, RTC, {f"{RTC}_VV.tif": raster()}, zipped=False)
        dataset, said = open_quietly(folder)
        assert dataset is None and "HyP3" not in " ".join(said)

    def test_rtc_layers_do_not_make_an_insar_product(self, tmp_path):
        path = make_product.write_package(tmp_path, "mine", {"mine_dem.tif": raster(), "mine_inc_map.tif": raster()})
        dataset, said = open_quietly(f"HYP3:{path}")
        assert dataset is None and "no layer of a HyP3 InSAR product" in said[-1]


class TestSubdatasetNames:
    def test_every_listed_name_opens(self, product):
        for name, _ in gdal.Open(str(product.path)).GetSubDatasets():
            dataset = gdal.Open(name)
            layer = name.rsplit(":", 1)[1]
            assert layers_of(dataset) == [layer]
            assert np.array_equal(dataset.ReadAsArray(), product.arrays[layer])

    def test_quotes_are_optional_and_case_does_not_matter(self, product):
        assert layers_of(gdal.Open(f"HYP3:{product.path}:CORR")) == ["corr"]

    def test_paths_with_colons_quotes_and_braces(self, tmp_path):
        folder = tmp_path / 'a:b "c" {d'
        product = make_product.make_burst(folder)
        dataset = gdal.Open(f'HYP3:"{product.path}":corr')
        assert np.array_equal(dataset.ReadAsArray(), product.arrays["corr"])
        names = [name for name, _ in gdal.Open(f'HYP3:"{product.path}"').GetSubDatasets()]
        assert layers_of(gdal.Open(names[0])) == ["unw_phase"]

    @pytest.mark.parametrize("name", [
        "HYP3:", "HYP3::", 'HYP3:"', 'HYP3:""', 'HYP3:"":corr', "HYP3::corr", 'HYP3:"{p}', 'HYP3:"{p}":',
        'HYP3:"{p}"corr', 'HYP3:"{p}":corr:dem', 'HYP3:"{p}":../corr', 'HYP3:"{p}":%s%n%s', 'HYP3:"{p}":nothing',
        'HYP3:"{p}":los_disp', "HYP3:{p}:nothing", "HYP3:/nowhere/at/all.zip", 'HYP3:"/nowhere":corr',
        "HYP3:/vsizip/", "HYP3:/vsizip/{{", "HYP3:/vsizip/{{}}", "HYP3:/vsizip/nowhere.zip", "HYP3:\x01\xff",
        "HYP3:" + "a" * 9000, 'HYP3:"' + "/a" * 5000 + '":corr', 'HYP3:"{p}":' + "corr" * 3000])
    def test_names_that_make_no_sense_end_in_a_message(self, product, name):
        dataset, said = open_quietly(name.replace("{p}", str(product.path)))
        assert dataset is None
        assert said and said[-1].strip()
        assert "not recognized" not in said[-1]


def test_a_truncated_archive_says_so_at_every_length(tmp_path, product):
    content = product.path.read_bytes()
    cut = tmp_path / "cut" / product.path.name
    cut.parent.mkdir()
    for length in list(range(0, 200, 7)) + list(range(200, len(content), len(content) // 40)):
        cut.write_bytes(content[:length])
        for name in (cut, f"/vsizip/{cut}"):
            dataset, said = open_quietly(name)
            assert dataset is None
            assert said[-1].strip()


def test_files_of_other_products_in_a_folder_are_mentioned(tmp_path):
    product = make_product.make_burst(tmp_path, zipped=False)
    (product.path / "S1_136231_IW2_20200616_20200628_VV_INT80_AAAA_corr.tif").write_bytes(raster())
    dataset, said = open_quietly(product.path)
    assert dataset.GetMetadataItem("PRODUCT_NAME") == product.name
    assert any("1 layer files of other products" in text for text in said)
