# SPDX-License-Identifier: MIT
"""gdal_ih_check: every kind of defect is planted in a clean stack and named, with the product that has it; a clean
stack yields none; what is told of coverage, network and the run to come; footprints; exit status."""
import json
import shutil
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr

import make_product
from conftest import SOURCE, run

gdal.UseExceptions()

SIMULATE = ["-dates", 6, "-ts", 90, 70, "-shift", 1, "-no_unwrap_errors"]


def check(*words, code=None):
    """The JSON of a check; its exit status says whether something was found."""
    done = run("gdal_ih_check", "-json", *words, check=False)
    assert done.returncode in (0, 2), f"{words} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
    report = json.loads(done.stdout)
    assert done.returncode == (2 if report["findings"] else 0)
    assert code is None or done.returncode == code, report["findings"]
    assert report["errors"] + report["warnings"] == len(report["findings"])
    return report


def codes(report):
    return {finding["code"] for finding in report["findings"]}


def simulate(folder, *words):
    run("gdal_ih_simulate", "-q", *SIMULATE, *words, folder)
    shutil.rmtree(folder / "truth", ignore_errors=True)
    return folder


@pytest.fixture(scope="module")
def stacks(tmp_path_factory):
    """Clean stacks by name, made when first asked for."""
    folder = tmp_path_factory.mktemp("stacks")

    def stack(name, *words):
        if not (folder / name).exists():
            simulate(folder / name, *words)
        return folder / name
    return stack


@pytest.fixture
def clean(stacks, tmp_path):
    """A clean stack of GAMMA zips that may be spoilt."""
    return Path(shutil.copytree(stacks("gamma"), tmp_path / "stack"))


def zips(folder):
    return sorted(folder.glob("*.zip"))


def rewrite(path, change, name=None, stored=()):
    """Packs an archive anew after change(files) has changed its files, a dict of bytes by suffix ("_corr.tif"); under
    another product name if one is given. Returns the product's name."""
    old = path.stem
    with zipfile.ZipFile(path) as archive:
        files = {i.filename.split("/", 1)[1][len(old):]: archive.read(i) for i in archive.infolist()
                 if not i.filename.endswith("/")}
    change(files)
    path.unlink()
    name = name or old
    with zipfile.ZipFile(path.with_name(f"{name}.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix, content in files.items():
            archive.writestr(f"{name}/{name}{suffix}", content,
                             zipfile.ZIP_STORED if suffix in stored else zipfile.ZIP_DEFLATED)
    return name


def edit_text(files, old, new):
    assert old in files[".txt"]
    files[".txt"] = files[".txt"].replace(old, new)


def flip(path, suffix, share=0.5):
    """Changes a byte in the packed data of a member."""
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(f"{path.stem}/{path.stem}{suffix}")
    data = bytearray(path.read_bytes())
    name_length, extra_length = struct.unpack("<HH", data[info.header_offset + 26:info.header_offset + 30])
    start = info.header_offset + 30 + name_length + extra_length
    data[start + int(share * info.compress_size)] ^= 0x55
    path.write_bytes(bytes(data))
    return path.stem


def changed_pixels(content, change):
    """The bytes of a TIFF whose pixels change() has changed."""
    gdal.FileFromMemBuffer("/vsimem/changed.tif", content)
    dataset = gdal.Open("/vsimem/changed.tif", gdal.GA_Update)
    band = dataset.GetRasterBand(1)
    band.WriteArray(change(band.ReadAsArray()))
    del band, dataset
    handle = gdal.VSIFOpenL("/vsimem/changed.tif", "rb")
    size = gdal.VSIStatL("/vsimem/changed.tif").size
    content = bytes(gdal.VSIFReadL(1, size, handle))
    gdal.VSIFCloseL(handle)
    gdal.Unlink("/vsimem/changed.tif")
    return content


def translated(content, **options):
    """The bytes of a TIFF made by gdal_translate, whose options may depend on its bounds."""
    gdal.FileFromMemBuffer("/vsimem/in.tif", content)
    x0, dx, _, y0, _, dy = gdal.Open("/vsimem/in.tif").GetGeoTransform()
    if "columns" in options:
        x0 += options.pop("columns") * dx
        source = gdal.Open("/vsimem/in.tif")
        options["outputBounds"] = [x0, y0, x0 + source.RasterXSize * dx, y0 + source.RasterYSize * dy]
        del source
    gdal.Translate("/vsimem/out.tif", "/vsimem/in.tif", **options)
    handle = gdal.VSIFOpenL("/vsimem/out.tif", "rb")
    content = bytes(gdal.VSIFReadL(1, gdal.VSIStatL("/vsimem/out.tif").size, handle))
    gdal.VSIFCloseL(handle)
    gdal.Unlink("/vsimem/in.tif")
    gdal.Unlink("/vsimem/out.tif")
    return content


def rewrite_layers(path, **options):
    def change(files):
        for suffix in [suffix for suffix in files if suffix.endswith(".tif")]:
            files[suffix] = translated(files[suffix], **options)
    return rewrite(path, change)


def with_pixels(path, suffix, change):
    def spoil(files):
        files[suffix] = changed_pixels(files[suffix], change)
    return rewrite(path, spoil)


def drop_pairs(folder, drop):
    """Removes the pairs for which drop(reference, secondary) says so, dates as YYYYMMDD."""
    for path in zips(folder):
        words = path.stem.split("_")
        if drop(words[1][:8], words[2][:8]):
            path.unlink()


def pairs_csv(folder, options):
    """A table of plain rasters; options(i) gives translate options of the i-th pair."""
    folder.mkdir()
    dates = ["20200104", "20200116", "20200128"]
    lines = ["reference_date,secondary_date,unw,corr"]
    for i, (first, second) in enumerate([(0, 1), (0, 2), (1, 2)]):
        names = []
        for kind, value in (("unw", 1.5), ("corr", 0.8)):
            memory = gdal.GetDriverByName("MEM").Create("", 40, 30, 1, gdal.GDT_Float32)
            memory.SetGeoTransform((500000, 80, 0, 4000000, 0, -80))
            memory.GetRasterBand(1).Fill(value)
            name = f"{dates[first]}_{dates[second]}_{kind}.tif"
            gdal.Translate(str(folder / name), memory, **options(i))
            names.append(name)
        lines.append(f"{dates[first]},{dates[second]},{names[0]},{names[1]}")
    (folder / "pairs.csv").write_text("\n".join(lines) + "\n")
    return folder / "pairs.csv"


# -------- the defects, one function per code ----------------------------------------------------------------------------
# Each spoils a clean stack (or makes another) and returns the words of the command line and the name of a product that
# the finding must list, None when it concerns the whole stack.

DEFECTS = {}


def defect(code, *also):
    """Registers a defect, with further codes that it brings about."""
    def register(function):
        assert code not in DEFECTS
        DEFECTS[code] = (function, set(also))
        return function
    return register


@defect("damaged_archive")
def truncated(folder, stacks):
    path = zips(folder)[3]
    path.write_bytes(path.read_bytes()[:-3000])
    return [folder], path.name


@defect("damaged_text")
def text_flipped(folder, stacks):
    return [folder], flip(zips(folder)[3], ".txt")


@defect("damaged_layer")
def header_overwritten(folder, stacks):
    return [folder], rewrite(zips(folder)[3], lambda files: files.update({"_dem.tif": b"no TIFF at all"}))


@defect("damaged_member")
def pixels_flipped(folder, stacks):
    return ["-deep", folder], flip(zips(folder)[3], "_amp.tif", 0.9)


@defect("unusable", "missing_layer", "missing_text")
def no_dates(folder, stacks):
    path = zips(folder)[3]
    with zipfile.ZipFile(path) as archive:
        files = {suffix: archive.read(f"{path.stem}/{path.stem}_{suffix}.tif") for suffix in ("unw_phase", "corr")}
    with zipfile.ZipFile(folder / "mine.zip", "w") as archive:
        for suffix, content in files.items():
            archive.writestr(f"mine/mine_{suffix}.tif", content)
    return [folder], "mine"


@defect("missing_needed_layer")
def no_coherence(folder, stacks):
    return [folder], rewrite(zips(folder)[3], lambda files: files.pop("_corr.tif"))


@defect("missing_layer")
def no_elevation_model(folder, stacks):
    return [folder], rewrite(zips(folder)[3], lambda files: files.pop("_dem.tif"))


@defect("missing_text")
def no_text(folder, stacks):
    return [folder], rewrite(zips(folder)[3], lambda files: files.pop(".txt"))


@defect("layer_grid")
def shifted_layer(folder, stacks):
    def shift(files):
        files["_dem.tif"] = translated(files["_dem.tif"], srcWin=[1, 0, 80, 70])
    return [folder], rewrite(zips(folder)[3], shift)


@defect("foreign_files")
def layers_of_another(folder, stacks):
    product, other = zips(folder)[3], zips(folder)[4]
    with zipfile.ZipFile(other) as archive:
        content = archive.read(f"{other.stem}/{other.stem}_corr.tif")
    with zipfile.ZipFile(product, "a") as archive:
        archive.writestr(f"{product.stem}/{other.stem}_corr.tif", content)
    return [folder], product.stem


@defect("unusable_members")
def member_outside(folder, stacks):
    path = zips(folder)[3]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../evil.txt", "outside")
    return [folder], path.stem


@defect("duplicate_product")
def copied(folder, stacks):
    path = zips(folder)[3]
    shutil.copy(path, folder / f"{path.stem} (1).zip")
    return [folder], path.stem


@defect("duplicate_pair")
def processed_twice(folder, stacks):
    path = zips(folder)[3]
    shutil.copy(path, folder / "kept.zip")
    name = rewrite(path, lambda files: None, path.stem[:-4] + "0000")
    (folder / "kept.zip").rename(path)
    return [folder], name


# Names of simulated products hold their dates, not their seeds: other start dates keep stacks apart.

@defect("mixed_families", "off_lattice", "disconnected", "gap", "bridge", "weak_date")
def bursts_among_frames(folder, stacks):
    other = stacks("burst", "-family", "burst", "-start", "2021-01-04")
    return [folder, zips(other)[0]], zips(other)[0].stem


def renamed(folder, stacks, old, new):
    path = zips(folder)[3]
    return [folder], rewrite(path, lambda files: None, path.stem.replace(old, new, 1))


@defect("mixed_polarisations")
def other_polarisation(folder, stacks):
    return renamed(folder, stacks, "_VVP", "_HHP")


@defect("mixed_spacings", "mixed_looks", "limits_common_area", "off_lattice", "disconnected", "gap", "bridge",
        "weak_date", "no_common_grid")
def other_spacing(folder, stacks):
    other = stacks("fine", "-spacing", 40, "-ts", 180, 140, "-start", "2021-01-04")
    return [folder, zips(other)[0]], zips(other)[0].stem


@defect("mixed_directions", "mixed_tracks", "disconnected", "gap", "bridge", "weak_date", "limits_common_area",
        "mixed_times")
def other_direction(folder, stacks):
    other = stacks("descending", "-direction", "descending", "-start", "2021-01-04")
    return [folder, zips(other)[0]], zips(other)[0].stem


@defect("mixed_tracks")
def other_track(folder, stacks):
    def change(files):
        lines = files[".txt"].decode().splitlines()
        orbit = next(line for line in lines if line.startswith("Reference Orbit Number"))
        number = int(orbit.split(":")[1])
        edit_text(files, orbit.encode(), f"Reference Orbit Number: {number + 5}".encode())
    return [folder], rewrite(zips(folder)[3], change)


@defect("mixed_bursts")
def other_burst(folder, stacks):
    folder = Path(shutil.copytree(stacks("burst", "-family", "burst", "-start", "2021-01-04"), folder / "burst"))
    path = zips(folder)[3]
    return [folder], rewrite(path, lambda files: None, path.stem.replace("_136231_", "_136232_"))


@defect("mixed_scenes", "no_common_area", "disconnected", "gap", "bridge", "weak_date")
def other_place(folder, stacks):
    other = stacks("apart", "-lonlat", 14.2, 40.5, "-start", "2021-01-04")
    return [folder, zips(other)[0]], zips(other)[0].stem


@defect("mixed_looks")
def other_looks(folder, stacks):
    return [folder], rewrite(zips(folder)[3],
                             lambda files: edit_text(files, b"Range looks: 20", b"Range looks: 10"))


@defect("mixed_filters")
def other_filter(folder, stacks):
    return [folder], rewrite(zips(folder)[3], lambda files: edit_text(
        files, b"Phase filter parameter: 0.6", b"Phase filter parameter: 0.2"))


@defect("mixed_versions")
def other_version(folder, stacks):
    def version(files, number):
        files[".README.md.txt"] = (f"This data was processed by ASF DAAC HyP3 2021 using the hyp3_gamma plugin version\n"
                                   f"{number} running GAMMA release 20210701.\n").encode()
    for path in zips(folder):
        name = rewrite(path, lambda files: version(files, "5.4.0" if path == zips(folder)[3] else "8.1.0"))
    return [folder], zips(folder)[3].stem


@defect("mixed_water_masks")
def mask_applied(folder, stacks):
    return renamed(folder, stacks, "_G_u", "_G_w")


@defect("mixed_dems")
def other_elevation_model(folder, stacks):
    return [folder], rewrite(zips(folder)[3], lambda files: edit_text(files, b"DEM source: GLO-30", b"DEM source: NED13"))


@defect("mixed_unwrappers")
def other_unwrapper(folder, stacks):
    return [folder], rewrite(zips(folder)[3], lambda files: edit_text(files, b"Unwrapping type: mcf",
                                                                      b"Unwrapping type: bc"))


@defect("unknown_wavelength")
def plain_rasters(folder, stacks):
    return [pairs_csv(folder / "plain", lambda i: {"outputSRS": "EPSG:32633"})], None


@defect("no_common_grid", "unknown_wavelength", "mixed_scenes")
def some_without_coordinates(folder, stacks):
    return [pairs_csv(folder / "plain", lambda i: {"outputSRS": "EPSG:32633"} if i else {})], None


@defect("no_common_area", "mixed_scenes")
def apart(folder, stacks):
    return [folder], rewrite_layers(zips(folder)[3], columns=400)


@defect("limits_common_area")
def shrunk(folder, stacks):
    return [folder], rewrite_layers(zips(folder)[3], srcWin=[0, 0, 60, 70])


@defect("mixed_zones", "limits_common_area", "bridge", "weak_date", "disconnected", "gap")
def other_zone(folder, stacks):
    other = stacks("zone", "-zone", 32, "-start", "2021-01-04")
    return [folder, zips(other)[0]], zips(other)[0].stem


@defect("off_lattice")
def half_a_pixel_off(folder, stacks):
    return [folder], rewrite_layers(zips(folder)[3], columns=0.5)


@defect("empty")
def no_phase(folder, stacks):
    return ["-deep", folder], with_pixels(zips(folder)[3], "_unw_phase.tif", lambda pixels: 0 * pixels)


@defect("few_valid")
def little_phase(folder, stacks):
    def keep_a_corner(pixels):
        pixels[10:] = 0
        return pixels
    return ["-deep", folder], with_pixels(zips(folder)[3], "_unw_phase.tif", keep_a_corner)


@defect("decorrelated")
def low_coherence(folder, stacks):
    return ["-deep", folder], with_pixels(zips(folder)[3], "_corr.tif", lambda pixels: 0.2 * pixels)


@defect("disconnected")
def two_parts(folder, stacks):
    drop_pairs(folder, lambda first, second: first < "20200205" <= second)
    return [folder], None


@defect("bridge")
def one_link(folder, stacks):
    drop_pairs(folder, lambda first, second: first < "20200205" <= second
               and (first, second) != ("20200128", "20200209"))
    return [folder], next(folder.glob("*20200128*20200209*")).stem


@defect("weak_date", "bridge")
def last_date_with_one_pair(folder, stacks):
    drop_pairs(folder, lambda first, second: second == "20200304" and first != "20200221")
    return [folder], next(folder.glob("*20200221*20200304*")).stem


@defect("gap")
def half_a_year_without(folder, stacks):
    return [stacks("yearly", "-interval", 180), "-max_gap", 100], None


@defect("mintpy_sidecar")
def file_of_a_viewer(folder, stacks):
    run("gdal_ih_clip", "-q", folder, folder / "out", "-layout", "insarhub")
    clip = sorted((folder / "out" / "clip").glob("*_corr_clip.tif"))[2]
    (clip.parent / f"{clip.name}.aux.xml").write_text("<PAMDataset/>")
    return [folder / "out" / "clip"], clip.name[:-len("_corr_clip.tif")]


@defect("mintpy_grid")
def beyond_the_zone(folder, stacks):
    return [stacks("beyond", "-zone", 34, "-lonlat", 12.1, 0.5)], None


@defect("disk_space")
def full_disk(folder, stacks):
    return [folder, "-scratch", "/proc"], None


@defect("memory")
def little_memory(folder, stacks):
    return [folder, "-wm", "1MB"], None


def known_codes():
    return [line.split()[0] for line in run("gdal_ih_check", "-list_codes").stdout.splitlines()]


def test_every_code_has_its_planted_defect():
    assert sorted(known_codes()) == sorted(DEFECTS)


def test_the_manual_page_has_every_code_with_its_severity():
    page = (SOURCE / "docs" / "programs" / "gdal_ih_check.md").read_text()
    for line in run("gdal_ih_check", "-list_codes").stdout.splitlines():
        code, severity, meaning = line.split(None, 2)
        assert f"| `{code}` | {severity} | {meaning} |" in page


@pytest.mark.parametrize("code", DEFECTS)
def test_a_planted_defect_is_named_with_its_product(clean, stacks, code):
    plant, also = DEFECTS[code]
    words, product = plant(clean, stacks)
    report = check(*words, code=2)
    found = codes(report)
    assert code in found, report["findings"]
    assert found <= also | {code}, report["findings"]
    finding = next(f for f in report["findings"] if f["code"] == code)
    assert product is None or product in finding["products"]
    # A sentence that says what to do, and nothing that a number of one would make wrong.
    assert finding["message"].endswith((".", "pixels")) and "1 products" not in finding["message"].split(" of ")[0]


# -------- clean stacks --------------------------------------------------------------------------------------------------

FAMILIES = {"gamma": [], "burst": ["-family", "burst", "-start", "2021-01-04"],
            "folders": ["-format", "folder"], "masked": ["-apply_water_mask"],
            "burst_20_m": ["-family", "burst", "-spacing", 20]}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("deep", [False, True])
def test_a_clean_stack_yields_nothing(stacks, family, deep):
    report = check(stacks(family, *FAMILIES[family]), *["-deep"] * deep, code=0)
    assert report["findings"] == [] and report["not_in_stack"] == []
    assert all(product["on_lattice"] for product in report["products"])
    for product in report["products"]:
        assert ("mean_coherence" in product) == deep
        if deep:
            assert 0.2 < product["mean_coherence"] < 1 and 0.2 < product["valid_share"] <= 1


def test_a_clean_stack_of_multi_burst_products_yields_nothing(tmp_path):
    make_product.make_stack(tmp_path, ["20200604", "20200616", "20200628", "20200710"],
                            maker=make_product.make_multi_burst, nx=60, ny=50)
    check(tmp_path, code=0)
    check("-deep", tmp_path, code=0)


@pytest.mark.parametrize("layout", ["product", "insarhub", "notebook"])
def test_what_gdal_ih_clip_writes_is_clean(stacks, tmp_path, layout):
    source = stacks("gamma")
    run("gdal_ih_clip", "-q", source, tmp_path / "out", "-layout", layout)
    folder = tmp_path / "out" / ("clip" if layout == "insarhub" else ".")
    report = check("-deep", folder, code=0)
    assert len(report["products"]) == len(zips(source))
    assert report["coverage"]["common_share_of_union"] == 1


# -------- how deep it looks ---------------------------------------------------------------------------------------------

def test_damaged_bytes_are_found_by_deep_alone(clean):
    flip(zips(clean)[3], "_amp.tif", 0.9)
    check(clean, code=0)
    assert codes(check("-deep", clean)) == {"damaged_member"}


@pytest.mark.parametrize("suffix", ["_corr.tif", ".README.md.txt"])
def test_members_that_are_stored_are_checked_too(clean, suffix):
    path = zips(clean)[3]
    rewrite(path, lambda files: None, stored=[suffix])
    name = flip(path, suffix, 0.9)
    [finding] = check("-deep", clean)["findings"]
    assert finding["code"] == "damaged_member" and finding["products"] == [name] and suffix in finding["message"]


def test_a_damaged_phase_is_one_finding(clean):
    name = flip(zips(clean)[3], "_unw_phase.tif", 0.9)
    [finding] = check("-deep", clean)["findings"]
    assert finding["code"] == "damaged_member" and finding["products"] == [name]


def test_a_layer_of_a_folder_that_cannot_be_decoded_is_found(stacks, tmp_path):
    folder = Path(shutil.copytree(stacks("burst_folders", "-family", "burst", "-format", "folder"), tmp_path / "in"))
    layer = sorted(folder.glob("*/*_lv_theta.tif"))[2]
    data = bytearray(layer.read_bytes())
    for i in range(1000, 3000):
        data[i] = 0xFF
    layer.write_bytes(bytes(data))
    [finding] = [f for f in check("-deep", folder)["findings"] if f["code"] == "damaged_member"]
    assert finding["products"] == [layer.parent.name] and layer.name in finding["message"]


def test_a_phase_of_nothing_is_noticed_without_reading_it(tmp_path):
    simulate(tmp_path / "stack", "-ts", 400, 300)
    name = with_pixels(zips(tmp_path / "stack")[3], "_unw_phase.tif", lambda pixels: 0 * pixels)
    [finding] = check(tmp_path / "stack")["findings"]
    assert finding["code"] == "empty" and finding["products"] == [name]


def test_coherence_and_valid_share_are_those_of_the_pixels(tmp_path):
    product = make_product.make_gamma(tmp_path, nx=60, ny=50)
    [facts] = check("-deep", tmp_path)["products"]
    inside = product["corr"] > 0
    # float32 coherences summed in double on both sides.
    assert facts["mean_coherence"] == pytest.approx(product["corr"][inside].astype(float).mean(), rel=1e-12)
    assert facts["valid_share"] == np.count_nonzero(product["unw_phase"][inside]) / np.count_nonzero(inside)


@pytest.mark.parametrize("option,key,code", [("-min_valid", "valid_share", "few_valid"),
                                             ("-min_coherence", "mean_coherence", "decorrelated")])
def test_limits_of_the_pixels_are_the_users(stacks, option, key, code):
    folder = stacks("gamma")
    values = {p["name"]: p[key] for p in check("-deep", folder)["products"]}
    limit = sorted(values.values())[5] + 1e-6
    findings = check("-deep", folder, option, limit)["findings"]
    assert {f["code"] for f in findings} == {code}
    assert sorted(name for f in findings for name in f["products"]) == \
        sorted(name for name, value in values.items() if value < limit)


# -------- what is told --------------------------------------------------------------------------------------------------

def test_the_common_area_is_that_of_the_geotransforms(stacks):
    folder = stacks("shifted", "-shift", 9)
    boxes = []
    for path in zips(folder):
        dataset = gdal.Open(f"/vsizip/{path}/{path.stem}/{path.stem}_unw_phase.tif")
        x0, dx, _, y0, _, dy = dataset.GetGeoTransform()
        boxes.append((x0, y0 + dataset.RasterYSize * dy, x0 + dataset.RasterXSize * dx, y0))
    boxes = np.array(boxes)

    def common(rows):
        west, south = rows[:, :2].max(axis=0)
        east, north = rows[:, 2:].min(axis=0)
        return west, south, east, north

    def size(box):
        return max(0, box[2] - box[0]) * max(0, box[3] - box[1])
    report = check(folder)
    coverage = report["coverage"]
    assert coverage["common_area"]["bounds"] == list(common(boxes))
    assert coverage["common_area"]["square_kilometres"] == pytest.approx(size(common(boxes)) / 1e6)
    assert coverage["union"]["bounds"] == [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
    names = [path.stem for path in zips(folder)]
    for product in report["products"]:
        others = np.delete(boxes, names.index(product["name"]), axis=0)
        assert product["shrinks_common_area"] == pytest.approx(1 - size(common(boxes)) / size(common(others)))
    for side, column, at in (("west", 0, np.argmax), ("south", 1, np.argmax), ("east", 2, np.argmin),
                             ("north", 3, np.argmin)):
        assert names[at(boxes[:, column])] in coverage["limits"][side]


def test_the_limit_of_shrinking_is_the_users(clean, stacks):
    words, name = DEFECTS["limits_common_area"][0](clean, stacks)
    [product] = [p for p in check(*words)["products"] if p["name"] == name]
    assert product["shrinks_common_area"] == pytest.approx(1 / 3, abs=0.03)
    check(*words, "-max_shrink", 0.5, code=0)


def test_the_network_is_told(clean):
    drop_pairs(clean, lambda first, second: second == "20200304" and first == "20200221")
    network = check(clean)["network"]
    assert (network["pairs"], network["dates"], network["parts"], network["bridges"]) == (11, 6, 1, 0)
    assert (network["first_date"], network["last_date"]) == ("2020-01-04", "2020-03-04")
    assert (network["weakest_date"], network["pairs_of_weakest_date"]) == ("2020-03-04", 2)
    assert [(d["pairs"], d["part"]) for d in network["pairs_per_date"]] == [(3, 0), (4, 0), (5, 0), (5, 0), (3, 0), (2, 0)]
    assert network["median_interval_days"] == network["longest_gap_days"] == 12


def test_products_of_one_pair_count_once(clean, stacks):
    before = check(clean)
    words, _ = DEFECTS["duplicate_pair"][0](clean, stacks)
    after = check(*words)
    assert after["network"]["pairs"] == before["network"]["pairs"]
    assert after["run"] == before["run"]


def test_the_forecast_bounds_a_real_run(stacks, tmp_path):
    folder = stacks("gamma")
    forecast = check(folder)["run"]
    run("gdal_ih_sbas", "-q", "-no_resume", folder, tmp_path / "out")
    written = sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert written < forecast["result_bytes"] < forecast["disk_bytes"]
    execution = json.loads((tmp_path / "out" / "run.json").read_text())["execution"]
    assert execution["work_cube_bytes"] == forecast["work_cube_memory_bytes"]
    # What a run continues from lies in a file.
    run("gdal_ih_sbas", "-q", folder, tmp_path / "resumable")
    execution = json.loads((tmp_path / "resumable" / "run.json").read_text())["execution"]
    assert execution["work_cube_bytes"] == forecast["work_cube_bytes"]


def test_the_forecast_grows_with_the_stack(stacks):
    small = check(stacks("gamma"))["run"]
    large = check(stacks("large", "-ts", 360, 280))["run"]
    ratio = large["pixels"] / small["pixels"]
    assert ratio > 15
    # Blocks of the cube are filled up: 8192 pixels and less make one.
    pairs, dates = 12, 6
    for run_ in (small, large):
        blocks = -(-run_["pixels"] // 8192)
        assert run_["work_cube_bytes"] == blocks * 8192 * (5 * pairs + 4 * dates)
    assert large["temporary_bytes"] / small["temporary_bytes"] == pytest.approx(ratio)
    assert large["seconds"] > small["seconds"]


# -------- options and output --------------------------------------------------------------------------------------------

def test_ignored_codes_are_counted_and_do_not_count(clean, stacks):
    words, _ = DEFECTS["weak_date"][0](clean, stacks)
    report = check(*words, "-ignore", "bridge,weak_date", "-ignore", "gap", code=0)
    assert report["ignored"] == 2
    done = run("gdal_ih_check", *words, "-ignore", "no_such", check=False)
    assert done.returncode == 1 and "no_such" in done.stderr


def test_side_cars_are_removed_and_nothing_else(clean, stacks):
    words, _ = DEFECTS["mintpy_sidecar"][0](clean, stacks)
    [folder] = words
    clips = sorted(folder.glob("*_dem_clip.tif"))
    planted = [folder / f"{clips[0].name}.xml", folder / f"{clips[1].stem}.hdr", *folder.glob("*.aux.xml")]
    bystander = folder / "notes.xml"
    for path in [*planted, bystander]:
        path.write_text("x")
    before = set(folder.iterdir())
    report = check(folder, "-clean_sidecars", code=0)
    assert report["removed_sidecars"] == 3
    assert before - set(folder.iterdir()) == set(planted)
    check(folder, code=0)


def test_delivered_products_may_have_their_own_side_cars(stacks, tmp_path):
    folder = Path(shutil.copytree(stacks("folders", "-format", "folder"), tmp_path / "in"))
    layer = sorted(folder.glob("*/*_corr.tif"))[0]
    Path(f"{layer}.xml").write_text("<metadata/>")
    check(folder, code=0)
    # Once MintPy has been given it, they matter.
    Path(f"{layer}.rsc").write_text("X 1\n")
    assert codes(check(folder)) == {"mintpy_sidecar"}


@pytest.mark.parametrize("extension,driver", [("geojson", "GeoJSON"), ("gpkg", "GPKG"), ("shp", "ESRI Shapefile"),
                                              ("", "GeoJSON")])
def test_footprints_are_written_in_the_format_of_the_extension(clean, stacks, tmp_path, extension, driver):
    words, name = DEFECTS["limits_common_area"][0](clean, stacks)
    path = tmp_path / "made" / (f"footprints.{extension}" if extension else "footprints")
    path.parent.mkdir()
    check(*words, "-footprints", path)
    dataset = ogr.Open(str(path))
    assert dataset.GetDriver().GetName() == driver
    layer = dataset.GetLayer(0)
    features = [feature for feature in layer]
    assert sorted(f.GetField("role") for f in features) == ["common area"] + ["product"] * 12 + ["union"]
    common = next(f for f in features if f.GetField("role") == "common area").GetGeometryRef()
    union = next(f for f in features if f.GetField("role") == "union").GetGeometryRef()
    for feature in features:
        shape = feature.GetGeometryRef()
        # Edges are followed by 21 points each: less than a tenth of a second of arc from the true line.
        assert shape.Buffer(1e-5).Contains(common) and union.Buffer(1e-5).Contains(shape)
        limited = feature.GetField("name") == name
        assert ("limits_common_area" in (feature.GetField("findings") or "")) == limited
    assert {p.name.split(".")[0] for p in path.parent.iterdir()} == {"footprints"}
    done = run("gdal_ih_check", *words, "-footprints", path, check=False)
    assert done.returncode == 1 and "-overwrite" in done.stderr
    check(*words, "-footprints", path, "-overwrite")


def test_a_footprint_has_the_corners_of_its_raster(stacks, tmp_path):
    folder = stacks("gamma")
    check(folder, "-footprints", tmp_path / "f.geojson", code=0)
    features = json.loads((tmp_path / "f.geojson").read_text())["features"]
    for path in zips(folder):
        info = gdal.Info(f"/vsizip/{path}/{path.stem}/{path.stem}_corr.tif", format="json")
        [feature] = [f for f in features if f["properties"]["name"] == path.stem]
        ring = np.array(feature["geometry"]["coordinates"][0])
        for corner in info["wgs84Extent"]["coordinates"][0]:
            # GeoJSON is written with seven digits.
            assert np.abs(ring - corner).max(axis=1).min() < 2e-7


@pytest.mark.parametrize("words,why", [(["-footprints", "x.nothing"], "extension"),
                                       (["-footprints", "/no/such/folder/x.geojson"], "cannot be written"),
                                       (["-scratch", "/no/such/folder"], "no such folder")])
def test_options_that_cannot_be_followed_are_failures(stacks, words, why):
    done = run("gdal_ih_check", stacks("gamma"), *words, check=False)
    assert done.returncode == 1 and why in done.stderr and done.stdout == ""


def test_words_that_lead_to_nothing_are_failures(tmp_path):
    for words in ([], [tmp_path / "nothing"]):
        done = run("gdal_ih_check", *words, check=False)
        assert done.returncode == 1 and "ERROR" in done.stderr or "FAILURE" in done.stderr


def test_inputs_of_which_none_can_be_used_are_findings(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"")
    report = check(tmp_path, code=2)
    assert codes(report) == {"damaged_archive"} and report["products"] == []


def test_an_archive_of_something_else_is_not_called_damaged(clean):
    with zipfile.ZipFile(clean / "notes.zip", "w") as archive:
        archive.writestr("notes.txt", "about the stack")
    [finding] = check(clean)["findings"]
    assert finding["code"] == "unusable" and finding["products"] == ["notes.zip"]


def test_products_of_other_kinds_are_passed_over(clean):
    (clean / "S1A_IW_20200604T022312_DVP_RTC30_G_gpuned_AB12.zip").write_bytes(b"PK")
    report = check(clean, code=0)
    assert [entry["reason"] for entry in report["not_in_stack"]] == ["it is RTC, not an interferogram"]


def test_the_report_for_people_names_what_was_found(clean, stacks):
    words, name = DEFECTS["limits_common_area"][0](clean, stacks)
    done = run("gdal_ih_check", *words, check=False)
    assert done.returncode == 2
    assert "WARNING limits_common_area" in done.stdout and name in done.stdout
    assert "Found: 0 errors, 1 warning" in done.stdout
    quiet = run("gdal_ih_check", "-q", *words, check=False)
    assert quiet.returncode == 2 and quiet.stdout == ""
    assert "Nothing found." in run("gdal_ih_check", stacks("gamma")).stdout


def test_the_same_report_for_any_number_of_threads(clean, stacks):
    words, _ = DEFECTS["few_valid"][0](clean, stacks)

    def text(threads):
        done = run("gdal_ih_check", "-json", *words, "-threads", threads, check=False)
        report = json.loads(done.stdout)
        del report["run"]
        return report
    assert text(1) == text(3)


def test_of_products_on_a_server_no_pixel_is_fetched(tmp_path):
    import sys
    sys.path.insert(0, str(SOURCE / "tests" / "driver"))
    from range_server import serving
    rng = np.random.default_rng(5)
    size = (900, 700)
    names = ("unw_phase", "corr", "dem", "lv_theta", "lv_phi")
    products = [make_product.make_gamma(tmp_path / "in", reference=a, secondary=b, size=size, layers=names,
                                        arrays={name: rng.random(size[::-1], np.float32) + 0.1 for name in names})
                for a, b in (("20200604", "20200616"), ("20200616", "20200628"), ("20200604", "20200628"))]
    whole = sum(product.path.stat().st_size for product in products)
    with serving(tmp_path / "in") as server:
        words = [f"/vsicurl/{server.address}/{product.path.name}" for product in products]
        report = check(*words, code=0)
        # Directories, headers and texts, which GDAL fetches in pieces of 16 kB and more.
        assert server.bytes_sent() < 0.15 * whole
        deep = check("-deep", *words, code=0)
        assert server.bytes_sent() > 0.9 * whole
    assert [p["name"] for p in report["products"]] == [p["name"] for p in deep["products"]]
    assert {p["name"] for p in report["products"]} == {p.name for p in products}
