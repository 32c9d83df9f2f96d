# SPDX-License-Identifier: MIT
"""Damaged, lying and hostile products: a clear refusal, an error, or the right pixels; never a crash, a hang,
unbounded memory, or other pixels than those that were packed.

Whatever may bring a process down runs in one of its own, with a time limit and an address-space limit, and
reports what it saw as JSON.
"""
import io
import json
import os
import resource
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from make_product import geotiff, make_burst, make_gamma, write_package  # noqa: E402
from osgeo import gdal  # noqa: E402

NAME = "S1_136231_IW2_20200604_20200616_VV_INT80_4D09"
GRID = (392720.0, 80.0, 0.0, 3962400.0, 0.0, -80.0)
SMALL = {"nx": 8, "ny": 6, "tile": 16, "extras": False, "layers": ("unw_phase", "corr")}
ADDRESS_SPACE = 3 << 30


# ---- what is seen of a dataset

def examine(path, window=None, **options):
    """Opens with our driver alone and reads everything. Errors and warnings are collected, nothing is raised.

    A band appears as the list of its pixels, or None when reading failed. garbled: a message was not UTF-8, which
    makes GDAL's Python binding raise SystemError from the call.
    """
    said = {"failures": [], "warnings": []}

    def listen(kind=gdal.CE_Failure, _number=0, text="(not UTF-8)"):
        if kind >= gdal.CE_Failure:
            said["failures"].append(text)
        elif kind == gdal.CE_Warning:
            said["warnings"].append(text)

    gdal.DontUseExceptions()
    gdal.PushErrorHandler(listen)
    seen = {"opened": False, "garbled": False, "bands": {}, "subdatasets": {}, **said}
    try:
        dataset = gdal.OpenEx(str(path), gdal.OF_RASTER, allowed_drivers=["HYP3"],
                              open_options=[f"{key}={value}" for key, value in options.items()])
        seen["failures_of_open"] = len(said["failures"])
        if dataset is not None:
            seen["opened"] = True
            seen["size"] = [dataset.RasterXSize, dataset.RasterYSize]
            for domain in dataset.GetMetadataDomainList() or []:
                dataset.GetMetadata(domain)
            seen["text"] = dataset.GetMetadata("HYP3")
            seen["bands"] = _bands(dataset, window)
            for name, _ in dataset.GetSubDatasets():
                part = gdal.OpenEx(name, gdal.OF_RASTER, allowed_drivers=["HYP3"])
                layer = name.rsplit(":", 1)[1]
                seen["subdatasets"][layer] = None if part is None else _bands(part, window)
                part = None
        dataset = None
    except SystemError:
        seen["garbled"] = True
    finally:
        gdal.PopErrorHandler()
    return seen


def _bands(dataset, window):
    bands = {}
    for i in range(1, dataset.RasterCount + 1):
        band = dataset.GetRasterBand(i)
        pixels = band.ReadAsArray(*(window or ()))
        key = band.GetDescription() or str(i)
        bands[key] = None if pixels is None else np.asarray(pixels).tolist()
    return bands


def assert_right_or_missing(seen, written):
    """Every band that could be read has the pixels that were packed."""
    for part in [seen["bands"], *[s for s in seen["subdatasets"].values() if s]]:
        for layer, pixels in part.items():
            assert layer in written
            if pixels is not None:
                assert np.array_equal(np.array(pixels, written[layer].dtype), written[layer]), layer


def assert_refused(seen, *words):
    """Not opened, with exactly one failure, a sentence that holds the words."""
    assert not seen["opened"]
    assert len(seen["failures"]) == 1, seen["failures"]
    assert len(seen["failures"][0]) > 20 and "\n" not in seen["failures"][0].strip()
    for word in words:
        assert word.lower() in seen["failures"][0].lower(), seen["failures"]


def assert_left_alone(seen):
    """Not opened, and nothing said: other drivers may try."""
    assert not seen["opened"] and not seen["garbled"]
    assert seen["failures"] == []


# ---- processes with limits

def limited(function, *words, timeout=240, env=None):
    """Runs function(*words) of this module in a process of its own and returns its JSON result."""
    def limit():
        if not os.environ.get("IH_SANITIZED"):    # the sanitizers reserve terabytes
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))

    code = (f"import sys, json; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_broken_input as t; "
            f"print('RESULT', json.dumps(t.{function.__name__}(*sys.argv[1:])))")
    done = subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True,
                          timeout=timeout, preexec_fn=limit, env={**os.environ, **(env or {})})
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    line = [text for text in done.stdout.splitlines() if text.startswith("RESULT ")][-1]
    return json.loads(line[len("RESULT "):])


def growth(path, *window):
    """examine(), and by how many MB the process has grown at its largest."""
    gdal.AllRegister()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seen = examine(path, window=tuple(map(int, window)) or None)
    seen["grown_mb"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return seen


# ---- archives put together by hand

def layer_bytes(nx=8, ny=6, value=None, dtype="float32", bands=1, grid=GRID, **options):
    pixels = np.arange(1, nx * ny * bands + 1).reshape(bands, ny, nx) if value is None else np.full(
        (bands, ny, nx), value)
    return geotiff(pixels.astype(dtype), grid, 32611, 0, **options)


def pack(path, entries, method=zipfile.ZIP_DEFLATED):
    """A zip of (name, bytes) entries exactly as given, several of one name included."""
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")    # of names that are there already
        for name, content in entries:
            entry = zipfile.ZipInfo(name, (2021, 6, 8, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_STORED if name.endswith("/") else method
            archive.writestr(entry, content)
    return path


def central_entry(content, ending):
    """Offset in the archive's bytes of the directory entry of the member whose name has this ending."""
    start = struct.unpack_from("<I", content, content.rindex(b"PK\5\6") + 16)[0]
    while content[start:start + 4] == b"PK\1\2":
        lengths = struct.unpack_from("<HHH", content, start + 28)
        if content[start + 46:start + 46 + lengths[0]].endswith(ending.encode()):
            return start
        start += 46 + sum(lengths)
    raise ValueError(ending)


def changed(content, at, form, value):
    content = bytearray(content)
    struct.pack_into(form, content, at, value)
    return bytes(content)


@pytest.fixture
def product(tmp_path):
    return make_burst(tmp_path / "good" / f"{NAME}.zip", **SMALL)


# ---- damaged bytes

def examine_truncations(path):
    """Opens every proper start of an archive; gives the lengths that opened and those refused without a word."""
    content = Path(path).read_bytes()
    opened, silent = [], []
    for size in range(len(content)):
        name = f"/vsimem/cut{size}/{NAME}.zip"
        gdal.FileFromMemBuffer(name, content[:size])
        seen = examine(name)
        gdal.Unlink(name)
        if seen["opened"]:
            opened.append(size)
        elif not seen["failures"]:
            silent.append(size)
    return {"opened": opened, "silent": silent}


def test_every_truncation_is_refused_with_a_message(product):
    seen = limited(examine_truncations, product.path)
    assert seen["opened"] == []
    # Less than the signature of a zip file is nobody's.
    assert all(size <= 8 for size in seen["silent"])


def examine_flips(path):
    """Changes every byte of an archive in turn; gives what was wrong after which."""
    content = Path(path).read_bytes()
    good = examine(path)["bands"]
    wrong, garbled, silent, unlike = [], [], [], 0
    for at in range(len(content)):
        flipped = bytearray(content)
        flipped[at] ^= 0xff if at % 2 else 0x10
        name = f"/vsimem/flip{at}/{NAME}.zip"
        gdal.FileFromMemBuffer(name, bytes(flipped))
        seen = examine(name)
        gdal.Unlink(name)
        unread = [layer for layer, pixels in seen["bands"].items() if pixels is None]
        unlike += seen["bands"] != good
        if seen["garbled"]:
            garbled.append(at)
            continue
        for layer, pixels in seen["bands"].items():
            if pixels is not None and pixels != good.get(layer):
                wrong.append([at, layer])
        if (unread or not seen["opened"]) and not seen["failures"]:
            silent.append(at)
    return {"wrong": wrong, "garbled": garbled, "unlike": unlike, "silent": silent, "size": len(content)}


def test_no_changed_byte_gives_other_pixels(product):
    seen = limited(examine_flips, product.path)
    assert seen["wrong"] == []
    assert seen["garbled"] == []
    assert seen["unlike"] > seen["size"] // 4, "the changes were not even noticed"
    # The signature at the start and the first entry's name decide whether the file is ours at all.
    assert all(at < 30 + len(NAME) for at in seen["silent"])


@pytest.mark.parametrize("field, form, value", [
    (16, "<I", 0x12345678), (20, "<I", 3), (20, "<I", 0), (20, "<I", 0x7fffffff), (20, "<I", 0xffffffff),
    (24, "<I", 3), (24, "<I", 0), (24, "<I", 0x7fffffff), (24, "<I", 0xfffffffe), (24, "<I", 0xffffffff),
    (42, "<I", 0), (42, "<I", 0x7fffffff), (10, "<H", 0), (10, "<H", 99)])
def test_a_directory_that_lies_about_a_member_costs_that_member_only(product, field, form, value):
    content = product.path.read_bytes()
    product.path.write_bytes(changed(content, central_entry(content, "unw_phase.tif") + field, form, value))
    seen = limited(growth, product.path)
    assert seen["opened"]
    assert_right_or_missing(seen, product)
    assert seen["bands"]["corr"] is not None
    assert seen["bands"].get("unw_phase") is None
    # A field of 0xffffffff is no lie where a 64-bit value follows; here none does.
    assert seen["failures"] or seen["warnings"]
    assert seen["grown_mb"] < 300


@pytest.mark.parametrize("field, form, value", [
    (8, "<HH", None), (12, "<I", 0), (12, "<I", 0xfffffffe), (16, "<I", 0), (16, "<I", 0xfffffffe)])
def test_an_end_record_that_lies_is_refused(product, field, form, value):
    content = bytearray(product.path.read_bytes())
    end = content.rindex(b"PK\5\6")
    struct.pack_into(form, content, end + field, *([value] if value is not None else [2, 2]))
    product.path.write_bytes(bytes(content))
    assert_refused(limited(growth, product.path), NAME)


# ---- bombs

def bomb(path, layer, content, claimed=None):
    """An archive of one good layer and one of very much content (an iterable of pieces); claimed changes the
    size that the headers tell."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed, size, crc = bytearray(), 0, 0
    for piece in content:
        packed += packer.compress(piece)
        size += len(piece)
        crc = zlib.crc32(piece, crc)
    packed += packer.flush()

    out, entries = io.BytesIO(), []
    good = layer_bytes()
    members = [(f"{NAME}/", 0, 0, 0, b""), (f"{NAME}/{NAME}_corr.tif", 0, zlib.crc32(good), len(good), good),
               (f"{NAME}/{NAME}{layer}", 8, crc, claimed or size, bytes(packed))]
    for name, method, check, told, stored in members:
        name = name.encode()
        fields = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 0, check, len(stored), told, len(name), 0)
        entries.append(b"PK\1\2" + b"\x14\0" + fields + struct.pack("<HHHII", 0, 0, 0, 0, out.tell()) + name)
        out.write(b"PK\3\4" + fields + name + stored)
    start = out.tell()
    out.write(b"".join(entries))
    out.write(b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 3, 3, out.tell() - start, start, 0))
    path.write_bytes(out.getvalue())


def large_tiff(rows=25000, columns=1000):
    """Pieces of a TIFF of float32 zeros in one-row strips, 100 MB."""
    head = layer_bytes(columns, 2, value=0, creation=["BLOCKYSIZE=1"])
    yield from _with_more_rows(head, rows, columns)


def _with_more_rows(head, rows, columns):
    """Rewrites the directory of a two-row TIFF for many rows; the strips' places follow the directory."""
    # Read the little-endian directory and lengthen the two arrays of the strips at the end of the header.
    start = struct.unpack_from("<I", head, 4)[0]
    count = struct.unpack_from("<H", head, start)[0]
    tags = [list(struct.unpack_from("<HHI4s", head, start + 2 + 12 * i)) for i in range(count)]
    body = bytearray()
    base = 8 + 2 + 12 * count + 4
    sizes = {2: 1, 3: 2, 4: 4, 12: 8}
    pixels = base + sum(8 + t[2] * sizes.get(t[1], 4) for t in tags) + 8 * rows
    for tag in tags:
        number, kind, length, value = tag
        size = length * sizes[kind]
        content = value[:size] if size <= 4 else head[struct.unpack("<I", value)[0]:][:size]
        if number == 257:
            content, tag[1], tag[2] = struct.pack("<I", rows), 4, 1
        elif number == 273:
            content = np.arange(pixels, pixels + 4 * columns * rows, 4 * columns, dtype="<u4").tobytes()
            tag[1], tag[2] = 4, rows
        elif number == 279:
            content, tag[1], tag[2] = np.full(rows, 4 * columns, "<u4").tobytes(), 4, rows
        if len(content) <= 4:
            tag[3] = content.ljust(4, b"\0")
        else:
            body += b"\0" * (len(body) % 2)
            tag[3] = struct.pack("<I", base + len(body))
            body += content
    yield b"II*\0" + struct.pack("<IH", 8, count)
    yield b"".join(struct.pack("<HHI4s", *tag) for tag in tags) + b"\0\0\0\0"
    yield bytes(body) + b"\0" * (pixels - base - len(body))
    for _ in range(rows):
        yield b"\0" * (4 * columns)


def test_a_member_beyond_the_budget_is_read_without_a_copy(tmp_path):
    path = tmp_path / f"{NAME}.zip"
    bomb(path, "_unw_phase.tif", large_tiff())
    assert path.stat().st_size < 2 << 20
    seen = limited(growth, path, 0, 24990, 4, 3, env={"IH_CACHE_MB": "16"})
    assert seen["opened"]
    part = seen["bands"].get("unw_phase") or seen["subdatasets"]["unw_phase"]["unw_phase"]
    assert part == [[0, 0, 0, 0]] * 3
    # 100 MB of pixels; the inflate snapshots of a pass through a member take some MB.
    assert seen["grown_mb"] < 60


@pytest.mark.parametrize("claimed", [1000, 1 << 20, 0x7fffffff])
def test_a_member_that_lies_about_its_size_is_an_error(tmp_path, claimed):
    path = tmp_path / f"{NAME}.zip"
    bomb(path, "_unw_phase.tif", large_tiff(), claimed)
    seen = limited(growth, path, 0, 0, 2, 2, env={"IH_CACHE_MB": "16"})
    assert seen["opened"]
    read = {**seen["bands"], **(seen["subdatasets"].get("unw_phase") or {})}
    # Beyond the budget it is streamed, and a window of a stream is read before its end is seen.
    assert read.get("unw_phase") is None or claimed == 0x7fffffff
    assert seen["failures"] or seen["warnings"]
    assert seen["grown_mb"] < 60


def test_a_text_of_100_mb_is_cut(tmp_path):
    path = tmp_path / f"{NAME}.zip"
    bomb(path, ".txt", [b"Baseline: 12.5\n", *[b"Key: " + b"x" * (1 << 20) + b"\n"] * 100])
    seen = limited(growth, path)
    assert seen["opened"] and seen["bands"]["corr"] is not None
    assert seen["text"]["Baseline"] == "12.5"
    assert any("parameter text" in text or "cut" in text for text in seen["warnings"])
    assert seen["grown_mb"] < 40


def test_a_tiff_that_claims_a_continent_allocates_none(tmp_path):
    sparse = "/vsimem/sparse.tif"
    dataset = gdal.GetDriverByName("GTiff").Create(sparse, 100000, 100000, 1, gdal.GDT_Float32,
                                                   ["SPARSE_OK=YES", "TILED=YES"])
    dataset.SetGeoTransform(GRID)
    dataset = None
    handle = gdal.VSIFOpenL(sparse, "rb")
    content = bytes(gdal.VSIFReadL(1, gdal.VSIStatL(sparse).size, handle))
    gdal.VSIFCloseL(handle)
    gdal.Unlink(sparse)
    path = pack(tmp_path / f"{NAME}.zip", [(f"{NAME}/", b""), (f"{NAME}/{NAME}_unw_phase.tif", content)])
    seen = limited(growth, path, 99990, 99990, 2, 1)
    assert seen["size"] == [100000, 100000]
    assert seen["bands"]["unw_phase"] == [[0, 0]]
    assert seen["grown_mb"] < 60


# ---- names

def test_members_outside_the_folder_are_not_layers(tmp_path):
    evil = layer_bytes(value=9)
    path = pack(tmp_path / f"{NAME}.zip", [
        (f"{NAME}/", b""), (f"{NAME}/../../{NAME}_unw_phase.tif", evil), (f"/{NAME}/{NAME}_dem.tif", evil),
        (f"..\\{NAME}_amp.tif", evil), (f"C:/{NAME}/{NAME}_conncomp.tif", evil),
        (f"{NAME}/{NAME}_corr.tif", layer_bytes(value=5))])
    seen = limited(examine, path)
    assert list(seen["bands"]) == ["corr"]
    assert seen["bands"]["corr"] == [[5.0] * 8] * 6
    assert seen["warnings"], "members were left out without a word"


def test_an_archive_of_unsafe_names_only_is_no_product(tmp_path):
    path = pack(tmp_path / f"{NAME}.zip", [(f"../{NAME}/{NAME}_unw_phase.tif", layer_bytes())])
    assert not limited(examine, path)["opened"]
    assert_refused(limited(examine, f'HYP3:"{path}":unw_phase'), NAME)


def test_names_of_64_kb_are_ignored(tmp_path):
    path = pack(tmp_path / f"{NAME}.zip", [
        (f"{NAME}/", b""), (f"{NAME}/{'n' * 65000}_unw_phase.tif", layer_bytes()),
        (f"{NAME}/{NAME}_corr.tif", layer_bytes())])
    seen = limited(growth, path)
    assert list(seen["bands"]) == ["corr"] and seen["bands"]["corr"] is not None


def test_names_that_are_not_utf8_do_no_harm(tmp_path):
    path = pack(tmp_path / f"{NAME}.zip", [(f"{NAME}/", b""), (f"{NAME}/XXXX_unw_phase.tif", layer_bytes()),
                                           (f"{NAME}/{NAME}_corr.tif", layer_bytes())])
    path.write_bytes(path.read_bytes().replace(b"XXXX", b"\xff\xfe\x80\x01"))
    seen = limited(examine, path)
    assert not seen["garbled"]
    assert seen["opened"] and seen["bands"]["corr"] is not None


def test_more_members_than_a_product_can_have_are_refused(tmp_path):
    path = pack(tmp_path / f"{NAME}.zip", [(f"{NAME}/{NAME}_unw_phase.tif", layer_bytes()),
                                           *[(f"{NAME}/{i}", b"") for i in range(5000)]])
    assert_refused(limited(growth, path), "too many members")


def test_of_two_members_of_one_name_the_first_is_read(tmp_path):
    member = f"{NAME}/{NAME}_unw_phase.tif"
    path = pack(tmp_path / f"{NAME}.zip", [(f"{NAME}/", b""), (member, layer_bytes(value=1)),
                                           (member, layer_bytes(value=2))])
    seen = limited(examine, path)
    assert seen["bands"]["unw_phase"] in ([[1.0] * 8] * 6, None)
    assert seen["bands"]["unw_phase"] or seen["failures"]


@pytest.mark.parametrize("name", [
    "HYP3:", 'HYP3:"', 'HYP3:""', 'HYP3:"":', 'HYP3:"":unw_phase', "HYP3::", "HYP3:::::", 'HYP3:"x', "HYP3:x:unw_phase",
    'HYP3:"/nowhere/x.zip":unw_phase', 'HYP3:"/nowhere/x.zip":', "HYP3:%s%n:%s", 'HYP3:HYP3:"x":y',
    "HYP3:" + "a" * 100000, 'HYP3:"' + "a/" * 50000 + '":unw_phase', "/vsizip/{", "/vsizip//.zip",
    f"/vsizip/nowhere/{NAME}.zip", f"/vsizip/{{/nowhere/{NAME}.zip}}/{NAME}"], ids=lambda name: name[:30])
def test_hostile_dataset_names_are_refused(name):
    seen = examine(name)
    assert not seen["opened"]
    if name.startswith("HYP3:"):
        assert len(seen["failures"]) == 1


@pytest.mark.parametrize("layer", ["nothing", "", "unw_phase:corr", "../corr", "*", "corr\n", "c" * 100000],
                         ids=lambda layer: layer[:10])
def test_layers_that_are_not_there_are_refused(product, layer):
    seen = examine(f'HYP3:"{product.path}":{layer}')
    assert not seen["opened"]
    assert len(seen["failures"]) == 1


# ---- text

@pytest.mark.parametrize("text", [b"", b"\0" * 1000, b"Baseline: 1\0\0\nHeading: \xff\xfe\n", b"::::\n\n:", b"\xff" * 5000,
                                  b"Reference Granule" * 5000, b"Baseline: nan\nHeading: 1e999\nUTC time: -5\n"
                                  b"Range looks: 99999999999999999999\nAzimuth looks: 0\n",
                                  b"".join(b"k%d: %d\n" % (i, i) for i in range(5000))], ids=range(8))
def test_whatever_the_text_says_the_pixels_are_read(tmp_path, text):
    written = make_burst(tmp_path / f"{NAME}.zip", text=text, **SMALL)
    seen = limited(examine, written.path)
    assert seen["opened"] and seen["failures"] == []
    assert seen["bands"]["unw_phase"] is not None and seen["bands"]["corr"] is not None
    assert_right_or_missing(seen, written)


# ---- layers

def examine_with(tmp_path, content, layer="corr"):
    """A product whose unw_phase is good and whose other layer has this content."""
    path = pack(tmp_path / f"{NAME}.zip", [(f"{NAME}/", b""), (f"{NAME}/{NAME}_unw_phase.tif", layer_bytes()),
                                           (f"{NAME}/{NAME}_{layer}.tif", content)])
    seen = limited(growth, path)
    assert seen["opened"]
    assert seen["bands"]["unw_phase"] == np.arange(1.0, 49).reshape(6, 8).tolist()
    return seen


@pytest.mark.parametrize("shape", [(9, 6), (8, 5), (1, 1), (3000, 2)])
def test_a_layer_of_another_size_is_a_subdataset(tmp_path, shape):
    seen = examine_with(tmp_path, layer_bytes(*shape))
    assert seen["size"] == [8, 6]
    assert "corr" not in seen["bands"]
    assert np.shape(seen["subdatasets"]["corr"]["corr"]) == shape[::-1]
    assert any("corr" in text for text in seen["warnings"])


def test_a_layer_on_a_shifted_grid_is_a_subdataset(tmp_path):
    seen = examine_with(tmp_path, layer_bytes(grid=(GRID[0] + 40, *GRID[1:])))
    assert "corr" not in seen["bands"] and seen["subdatasets"]["corr"]["corr"] is not None
    assert any("corr" in text for text in seen["warnings"])


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float64"])
def test_a_layer_of_another_type_keeps_its_values(tmp_path, dtype):
    seen = examine_with(tmp_path, layer_bytes(dtype=dtype))
    assert np.array_equal(seen["bands"]["corr"], np.arange(1, 49).reshape(6, 8))


def test_a_layer_of_several_bands_shows_its_first_or_is_left_out_with_a_warning(tmp_path):
    seen = examine_with(tmp_path, layer_bytes(bands=3))
    if "corr" in seen["bands"]:
        assert np.array_equal(seen["bands"]["corr"], np.arange(1, 49).reshape(6, 8))
    else:
        assert any("corr" in text for text in seen["warnings"])


def test_a_layer_of_thousands_of_bands_is_not_shown_with_all_of_them(tmp_path):
    # A damaged header can claim 65535 bands; two are the most that any layer has.
    seen = examine_with(tmp_path, layer_bytes(4, 4, bands=5000, dtype="uint8"), "lat_rdr")
    assert len(seen["subdatasets"].get("lat_rdr") or []) <= 2
    assert seen["warnings"] or seen["failures"]
    assert seen["grown_mb"] < 100


def test_a_header_that_claims_huge_blocks_makes_nobody_allocate_them(tmp_path):
    # A sparse file of some kilobytes whose single tile would take a gigabyte.
    path = tmp_path / "huge.tif"
    options = ["SPARSE_OK=YES", "TILED=YES", "BLOCKXSIZE=16384", "BLOCKYSIZE=16384"]
    gdal.GetDriverByName("GTiff").Create(str(path), 8, 6, 1, gdal.GDT_Float32, options).SetGeoTransform(GRID)
    seen = examine_with(tmp_path, path.read_bytes())
    assert seen["bands"].get("corr") is None
    assert any("512 MB" in text for text in seen["warnings"] + seen["failures"])
    assert seen["grown_mb"] < 100


SECRET_VRT = b"""<VRTDataset rasterXSize="8" rasterYSize="6"><VRTRasterBand dataType="Byte" band="1">
<SimpleSource><SourceFilename>/vsicurl/http://127.0.0.1:9/secret</SourceFilename></SimpleSource>
</VRTRasterBand></VRTDataset>"""


@pytest.mark.parametrize("content", [
    b"", b"II", b"II*\0", b"II*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff", b"not a TIFF at all\n" * 100, b"\x89PNG\r\n\x1a\n",
    SECRET_VRT, b"II*\0\x08\0\0\0\xff\xff" + b"\xff" * 500], ids=range(9))
def test_a_layer_that_is_no_tiff_is_left_out_with_a_warning(tmp_path, content):
    seen = examine_with(tmp_path, content)
    assert "corr" not in seen["bands"] or seen["bands"]["corr"] is None
    assert seen["warnings"] or seen["failures"]
    assert any("corr" in text for text in seen["warnings"] + seen["failures"])


def test_a_truncated_tiff_is_no_pixels(tmp_path):
    content = layer_bytes(64, 64)
    seen = examine_with(tmp_path, content[:len(content) // 2])
    assert "corr" not in seen["bands"] or seen["bands"]["corr"] is None
    read = (seen["subdatasets"].get("corr") or {}).get("corr")
    assert read is None
    assert seen["warnings"] or seen["failures"]


def test_a_product_of_no_readable_layer_is_refused(tmp_path):
    path = pack(tmp_path / f"{NAME}.zip", [(f"{NAME}/", b""), (f"{NAME}/{NAME}_unw_phase.tif", b"nothing")])
    seen = limited(examine, path)
    assert not seen["opened"] and seen["failures"]


# ---- containers

def test_a_product_inside_an_archive_inside_is_no_product(product, tmp_path):
    content = product.path.read_bytes()
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = pack(tmp_path / f"{NAME}.zip", [(f"{NAME}/", b""), (f"{NAME}/{NAME}.zip", content)], method)
        assert_left_alone(limited(examine, path))
        assert_refused(limited(examine, f'HYP3:"{path}":unw_phase'), NAME)


def test_a_folder_named_like_a_zip_is_read_as_a_folder_or_refused(tmp_path):
    written = make_burst(tmp_path, zipped=False, zip_name=f"{NAME}.zip", **SMALL)
    seen = limited(examine, written.path)
    if seen["opened"]:
        assert seen["bands"]["corr"] is not None
        assert_right_or_missing(seen, written)
    else:
        assert_refused(seen)


def test_empty_archives_files_and_folders_are_no_products(tmp_path):
    path = pack(tmp_path / f"{NAME}.zip", [])
    (tmp_path / NAME).mkdir()
    assert_left_alone(limited(examine, path))
    assert_left_alone(limited(examine, tmp_path / NAME))
    assert_refused(limited(examine, f'HYP3:"{path}":unw_phase'), NAME)
    assert_refused(limited(examine, f'HYP3:"{tmp_path / NAME}":unw_phase'), NAME)
    for content in (b"", b"PK\3\4", b"PK\3\4" + b"\0" * 26):
        path.write_bytes(content)
        assert not limited(examine, path)["opened"]


def test_an_encrypted_layer_is_an_error_that_says_so(product):
    content = product.path.read_bytes()
    entry = central_entry(content, "unw_phase.tif")
    local = struct.unpack_from("<I", content, entry + 42)[0]
    content = changed(changed(content, entry + 8, "<H", 1), local + 6, "<H", 1)
    product.path.write_bytes(content)
    seen = limited(examine, product.path)
    assert seen["bands"]["corr"] is not None
    assert seen["bands"].get("unw_phase") is None
    assert any("encrypted" in text for text in seen["failures"] + seen["warnings"])


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_compression_is_an_error_that_says_so(tmp_path, method):
    path = pack(tmp_path / f"{NAME}.zip", [(f"{NAME}/", b""), (f"{NAME}/{NAME}_unw_phase.tif", layer_bytes())], method)
    seen = limited(examine, path)
    assert seen["bands"].get("unw_phase") is None
    assert any("compress" in text for text in seen["failures"] + seen["warnings"])


@pytest.mark.parametrize("name, layers, what", [
    ("S1A_IW_20180128T161201_DVP_RTC30_G_gpuned_FD6A", ("VV", "VH", "dem", "inc_map"), "RTC"),
    ("S1A_IW_20180128T161201_DVP_RTC30_G_gpuned_FD6A_WATER_MAP", ("WM",), "water"),
    ("OPERA_L2_RTC-S1_T069-147178-IW3_20231006T183321Z", ("VV",), "OPERA")])
def test_other_products_are_refused_by_their_name(tmp_path, name, layers, what):
    path = write_package(tmp_path, name, {f"{name}_{layer}.tif": layer_bytes() for layer in layers})
    assert_refused(limited(examine, path), what)


def test_archives_of_anybody_else_are_left_to_other_drivers(tmp_path):
    path = pack(tmp_path / "photos.zip", [("photos/", b""), ("photos/a_dem.tif", layer_bytes())])
    assert_left_alone(limited(examine, path))


# ---- stacks

def test_one_bad_product_does_not_spoil_a_stack(tmp_path):
    folder = tmp_path / "stack"
    good = [make_gamma(folder, reference=first, secondary=second, nx=8, ny=6, layers=("unw_phase", "corr"))
            for first, second in (("20200604", "20200616"), ("20200616", "20200628"))]
    bad = make_gamma(folder, reference="20200628", secondary="20200710", nx=8, ny=6)
    bad.path.write_bytes(bad.path.read_bytes()[:-100])
    seen = limited(examine, f'HYP3:"{folder}":unw_phase')
    assert seen["opened"]
    assert [np.array_equal(np.array(pixels, "float32"), product["unw_phase"])
            for pixels, product in zip(seen["bands"].values(), good)] == [True, True]
    assert len(seen["bands"]) == 2
    assert any("20200628" in text or "left out" in text for text in seen["warnings"])
