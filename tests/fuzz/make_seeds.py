# SPDX-License-Identifier: MIT
"""Writes seeds for the fuzz programs: make_seeds.py FOLDER -> FOLDER/<program>/<seed>."""
import io
import json
import struct
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "net"))
from make_product import make_burst, make_gamma, make_multi_burst  # noqa: E402
from scenes import burst, slc  # noqa: E402

NAMES = [
    "S1AB_20171111T150004_20171117T145926_VVP006_INT80_G_ueF_4D09",
    "S1BC_20210807T053645_20250729T053630_VVP1452_INT80_G_weF_9C74",
    "S1_136231_IW2_20200604_20200616_VV_INT80_663F_unw_phase_clip.tif",
    "S1_044_000000s1n00-093117s2n01-093118s3n01_IW_20250718_20250730_VV_INT80_B4FA.zip",
    "S1_064__20200604_20200616_VV_INT80_ABCD (1)",
    "S1A_064_E053_1_N27_3_E054_1_N27_8_20200604_20200616_VV_INT80_7EB5",
    "S1_136231_IW2_20200604T022312_VV_7C85-BURSTxS1_136231_IW2_20200616T022313_VV_5D11-BURST",
    "S1A_IW_SLC__1SDV_20200604T022251_20200604T022318_032861_03CE65_7C85x"
    "S1A_IW_SLC__1SDV_20200616T022252_20200616T022319_033036_03D3A3_5D11",
    "S1AB-20171111T150004-20171117T145926-VV-POEORB-6d-20x4-int-gamma",
    "S1A_IW_20180128T161201_DVP_RTC30_G_gpuned_FD6A",
    "S1-GUNW-A-R-064-tops-20200616_20200604-015043", "x_G0120V02_P094.nc",
    "OPERA_L2_RTC-S1_T069", "N_inc_map_ell.tif", "20200604",
]


def zip64(content):
    """The same members, stored, in an archive with every 64-bit field in use; zipfile writes them for large files only."""
    out, entries = io.BytesIO(), []
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        for info in old.infolist():
            data, name, start = old.read(info.filename), info.filename.encode(), out.tell()
            extra = struct.pack("<HHQQ", 1, 16, len(data), len(data))
            fields = struct.pack("<HHHHHIIIHH", 45, 0, 0, 0, 0, info.CRC, 0xffffffff, 0xffffffff, len(name), len(extra))
            out.write(b"PK\3\4" + fields + name + extra + data)
            extra = struct.pack("<HHQQQ", 1, 24, len(data), len(data), start)
            fields = fields[:-2] + struct.pack("<H", len(extra))
            entries.append(b"PK\1\2" + b"\x2d\0" + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0xffffffff) + name + extra)
    start = out.tell()
    out.write(b"".join(entries))
    end = out.tell()
    out.write(b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, len(entries), len(entries), end - start, start))
    out.write(b"PK\6\7" + struct.pack("<IQI", 0, end, 1))
    out.write(b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff, 7) + b"comment")
    return out.getvalue()


def products(folder):
    """Small products of every family, whole archives."""
    small = {"size": (8, 6), "tile": 16, "extras": False}
    few = {**small, "layers": ("unw_phase", "corr", "water_mask")}
    # Stored members can be changed without breaking a deflate stream, which lets the fuzzer reach the TIFFs.
    yield "gamma_stored", make_gamma(folder, stored=True, product_id="0001", **few)
    yield "gamma", make_gamma(folder, product_id="0002", **few)
    yield "burst_radar", make_burst(folder, product_id="0003", radar=True, **few)
    yield "burst_stored", make_burst(folder, product_id="0004", stored=True, crlf=True, **few)
    yield "multi", make_multi_burst(folder, product_id="0005", mask_extra_columns=1, **small)
    yield "no_text", make_burst(folder, product_id="0006", text=b"", layers=("unw_phase",),
                                **small)


NET_TEXTS = [(0, json.dumps(slc())), (0, json.dumps(burst())), (0, '{"cost_parameters": ["looks"], "cost_table": {"20x4": 1}}'),
             (1, 'machine h login "a b" password #x\nmacdef m\nx\n\ndefault login d password d\n'),
             (2, "asf-urs=abc.def; Domain=.asf.alaska.edu; Path=/; Secure"),
             (3, "https://user:pw@datapool.asf.alaska.edu:443/x?error_msg=a%20b&token=1#f"), (3, "../login?code=1"),
             (4, "Fri, 31 Dec 1999 23:59:59 GMT"), (4, "2021-01-02T03:20:31.092706+01:00"),
             (4, "e30.eyJ1aWQiOiJqZG9lIiwiZXhwIjoxNzczNDQ2NDAwfQ.x"), (4, '{"detail": "no <b>way</b>"}')]


def main(folder):
    folder = Path(folder)
    for program in ("product_name", "product_text", "zip_directory", "geo_keys", "driver", "net_text"):
        (folder / program).mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(NAMES):
        (folder / "product_name" / f"name{i:02d}").write_text(name)
    # The first byte chooses the parser.
    for i, (parser, text) in enumerate(NET_TEXTS):
        (folder / "net_text" / f"text{i:02d}").write_bytes(bytes([parser]) + text.encode())
    with tempfile.TemporaryDirectory() as scratch:
        for label, product in products(scratch):
            content = product.path.read_bytes()
            text = "".join(f"{key}: {value}\n" for key, value in product.text.items())
            (folder / "product_text" / label).write_text(text)
            with zipfile.ZipFile(product.path) as archive:
                layer = next(name for name in archive.namelist() if name.endswith(".tif"))
                (folder / "geo_keys" / label).write_bytes(archive.read(layer))
            for program in ("zip_directory", "driver"):
                (folder / program / label).write_bytes(content)
                (folder / program / f"{label}_zip64").write_bytes(zip64(content))


if __name__ == "__main__":
    main(sys.argv[1])
