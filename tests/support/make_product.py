# SPDX-License-Identifier: MIT
"""Makes tiny but complete HyP3 InSAR products of every family, as zip or folder.

    product = make_gamma(tmp_path, spacing=40, masked=True)
    product["unw_phase"]          the pixels of a layer, as written
    product.path                  the zip (or folder) that was written
    product.geotransform          of the geocoded layers, as GDAL gives it

make_gamma, make_burst and make_multi_burst take a path and the keyword arguments of `Options`. The path may be
a file NAME.zip, written as such; or a folder whose last part is a product name, written as such; or any other
folder, in which NAME.zip (zipped=False: NAME/) is made. Where the path ends in a product name, dates, platforms,
spacing and so on come from it. make_stack writes the pairs of a list of dates.

What is written follows the real products: GAMMA layers are uncompressed strips, "Point", with pixel centres on
multiples of the spacing; ISCE2 layers are LZW tiles, "Area", with pixel edges on them. The metadata text has
every key of the family in file order. Equal arguments give equal bytes.

The phase of a pair is the difference of a smooth function of date and map position, so the pairs of a
stack close exactly (before rounding to float32), and products of different extent agree where they overlap.

For products that are wrong on purpose, put the pieces together by hand: `geotiff` gives the bytes of a
raster, `write_package` packs any files.
"""
import datetime
import itertools
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from osgeo import gdal, osr

WAVELENGTH_M = 0.0554657595
REFERENCE_PHASE_RAD = 3.32844            # that GAMMA takes off the unwrapped phase

GAMMA_LAYERS = ("unw_phase", "wrapped_phase", "corr", "amp", "dem", "lv_theta", "lv_phi", "los_disp",
                "vert_disp", "inc_map", "inc_map_ell", "water_mask")
BURST_LAYERS = ("unw_phase", "wrapped_phase", "corr", "conncomp", "dem", "lv_theta", "lv_phi",
                "water_mask")
MULTI_BURST_LAYERS = ("unw_phase", "wrapped_phase", "corr", "conncomp", "amp", "dem", "lv_theta",
                      "lv_phi", "water_mask")
RADAR_LAYERS = ("wrapped_phase_rdr", "lat_rdr", "lon_rdr", "los_rdr")


@dataclass
class Options:
    """Keyword arguments common to all makers."""
    reference: str = "20200604T022312"   # a time is added when only the date is given
    secondary: str = "20200616T022313"
    polarization: str = "VV"
    platforms: str = "AA"                # of reference and secondary
    relative_orbit: int = 64             # bursts: taken from the burst number
    product_id: str = "4D09"
    nx: int = 40
    ny: int = 30
    size: tuple = None                   # (nx, ny) in one
    offset: tuple = (0, 0)               # of the first pixel, columns east and rows south
    spacing: int = 80                    # 80, 40 (and 20 for ISCE2)
    epsg: int = 32611
    layers: tuple = None                 # None: all of the family
    arrays: dict = field(default_factory=dict)   # pixels to write instead of the made-up ones
    nodata: dict = field(default_factory=dict)   # layer -> no-data tag, None for no tag
    masked: bool = True                  # water mask applied
    mask_extra_columns: int = 0          # the water mask is wider than the other layers by this
    keys: dict = field(default_factory=dict)     # text keys to change or add; None drops a key
    text: bytes = None                   # the whole metadata text instead; b"" for no text file
    crlf: bool = False
    extras: bool = True                  # README, browse image, ArcGIS metadata
    infix: str = ""                      # "_clip": between layer and .tif
    tile: int = 256                      # ISCE2 tile size, a multiple of 16
    zipped: bool = True                  # when the path does not tell
    zip_name: str = None                 # name of the zip or folder when the path does not tell
    inner: str = None                    # product name inside, when it differs from that of the path
    stored: bool = False                 # members stored instead of deflated


class Product(dict):
    """What a maker wrote: layer -> array, (rows, columns) or (bands, rows, columns), and

    path, name (the true one, inside the zip), geotransform, epsg, text (keys of the metadata text in order, values
    as written), nodata (layer -> no-data tag or None); arrays is the mapping itself.
    """

    def __init__(self, arrays, path, name, geotransform, epsg, text, nodata):
        super().__init__(arrays)
        self.path, self.name, self.geotransform = path, name, geotransform
        self.epsg, self.text, self.nodata = epsg, text, nodata

    @property
    def arrays(self):
        return self


# ---- names, times, orbits

def _moment(text):
    return datetime.datetime.strptime(text if "T" in text else text + "T022312", "%Y%m%dT%H%M%S")


def _absolute_orbit(platform, moment, relative_orbit):
    """An orbit number of about that time that lies on the relative orbit (175 orbits in 12 days)."""
    launch = {"A": (2014, 4, 3), "B": (2016, 4, 25), "C": (2024, 12, 5), "D": (2025, 11, 4)}[platform]
    about = max(0, (moment - datetime.datetime(*launch)).days) * 175 // 12
    shift = {"A": 73, "B": 27, "C": 172 if about < 7800 else 99, "D": 42}[platform]
    return about - about % 175 + (relative_orbit - 1 + shift) % 175 + 175


def _orbit_of_burst(number):
    return int((number - 1) * 2.758273 / 5924.5714) + 1


def _hex4(*words):
    return f"{zlib.crc32(' '.join(map(str, words)).encode()) & 0xffff:04X}"


def _slc(platform, moment, orbit, polarization):
    end = moment + datetime.timedelta(seconds=27)
    return (f"S1{platform}_IW_SLC__1SD{polarization[0]}_{moment:%Y%m%dT%H%M%S}_{end:%Y%m%dT%H%M%S}_"
            f"{orbit:06d}_{orbit * 8:06X}_{_hex4(platform, moment)}")


def _burst_granule(number, swath, moment, polarization):
    return (f"S1_{number:06d}_IW{swath}_{moment:%Y%m%dT%H%M%S}_{polarization}_"
            f"{_hex4(number, swath, moment)}-BURST")


_DATES = r"(?P<reference>\d{8}(T\d{6})?)_(?P<secondary>\d{8}(T\d{6})?)"
_GAMMA_NAME = (rf"S1(?P<platforms>[A-D]{{2}})_{_DATES}_(?P<polarization>..)[PRO]\d+_INT(?P<spacing>\d+)_G_"
               r"(?P<masked>[uw])[ec][123F]_(?P<product_id>\w{4})")
_BURST_NAME = (rf"S1_(?P<burst>\d{{6}})_IW(?P<swath>\d)_{_DATES}_(?P<polarization>..)_INT(?P<spacing>\d+)_"
               r"(?P<product_id>\w{4})")
_MULTI_NAME = (rf"S1_\d{{3}}_\d{{6}}s1\S*_IW_{_DATES}_(?P<polarization>..)_INT(?P<spacing>\d+)_"
               r"(?P<product_id>\w{4})")


def _of_name(path, pattern, options):
    """Options that a product name at the end of the path tells, under those given; and the target of the product."""
    path = Path(path)
    is_zip = path.suffix == ".zip"
    stem = path.stem if is_zip else path.name
    found = re.fullmatch(pattern, stem)
    if found:
        told = {key: value for key, value in found.groupdict().items() if value}
        if "masked" in told:
            told["masked"] = told["masked"] == "w"
        for key in {"spacing", "burst", "swath"} & told.keys():
            told[key] = int(told[key])
        options = {"inner": stem, **told, **options}
    if found or is_zip:
        options.update(zipped=is_zip, zip_name=stem)
        path = path.parent
    return path, options


# ---- pixels

def _date_phase(moment, x, y):
    """Phase in radians of one date at map position x, y in units of 80 m: slow sinking plus a ramp per date."""
    years = (moment - datetime.datetime(2020, 1, 1)).days / 365.25
    ramp = zlib.crc32(f"{moment:%Y%m%d}".encode()) / 2**32 - 0.5
    bowl = np.exp(-((x - 20) ** 2 + (y - 15) ** 2) / 150.0)
    return 25.0 * years * bowl + ramp * (0.6 + 0.05 * x + 0.03 * y)


def _made_up_layers(o, gamma, rows, columns):
    """Every geocoded layer, float32 or uint8; a corner of each is outside the footprint, hence 0."""
    row, column = np.mgrid[0:rows, 0:columns].astype(np.float64)
    x = (column + o.offset[0]) * o.spacing / 80.0
    y = (row + o.offset[1]) * o.spacing / 80.0
    footprint = row + column >= min(rows, columns) // 4
    land = footprint & (column < columns - max(1, columns // 10))
    water_mask = (column < columns - max(1, columns // 10)).astype(np.uint8)

    phase = _date_phase(_moment(o.secondary), x, y) - _date_phase(_moment(o.reference), x, y)
    wrapped = np.angle(np.exp(1j * (phase + (REFERENCE_PHASE_RAD if gamma else 0))))
    noise = np.sin(12.9898 * x + 78.233 * y) * 43758.5453
    theta = 0.8184 + 0.0005 * x
    los = -WAVELENGTH_M / (4 * np.pi) * phase
    valid = land if o.masked else footprint
    layers = {
        "unw_phase": np.where(valid, phase, 0),
        "wrapped_phase": np.where(footprint, wrapped, 0),
        "corr": np.where(footprint, 0.3 + 0.65 * (noise - np.floor(noise)), 0),
        "conncomp": np.where(valid, np.where(column < columns // 2, 1, 2), 0),
        "amp": np.where(footprint, 0.05 + 0.01 * (noise - np.floor(noise)), 0),
        "dem": np.where(footprint, 700 + 3 * x - 2 * y, 0),
        "lv_theta": np.where(footprint, theta, 0),
        "lv_phi": np.where(footprint, -0.1691 + 0.0001 * y, 0),
        "los_disp": np.where(valid, los, 0),
        "vert_disp": np.where(valid, los / np.sin(theta), 0),
        "inc_map": np.where(footprint, np.pi / 2 - theta + 0.05, 0),
        "inc_map_ell": np.where(footprint, np.pi / 2 - theta, 0),
    }
    layers = {name: pixels.astype(np.float32) for name, pixels in layers.items()}
    layers["water_mask"] = water_mask
    return layers


def _made_up_radar_layers(rows=24, columns=50):
    row, column = np.mgrid[0:rows, 0:columns].astype(np.float64)
    return {
        "wrapped_phase_rdr": (100 * np.exp(1j * (0.1 * row + 0.05 * column))).astype(np.complex64),
        "lat_rdr": (35.8 - 0.001 * row).astype(np.float32),
        "lon_rdr": (-118.2 + 0.0005 * column).astype(np.float32),
        "los_rdr": np.stack([39 + 0.01 * column, 80 + 0 * row]).astype(np.float32),
    }


_GDAL_TYPES = {"uint8": gdal.GDT_Byte, "int16": gdal.GDT_Int16, "uint16": gdal.GDT_UInt16,
               "int32": gdal.GDT_Int32, "float32": gdal.GDT_Float32, "float64": gdal.GDT_Float64,
               "complex64": gdal.GDT_CFloat32}


def _taken_from_memory(path):
    """Content of a /vsimem/ file, which is removed."""
    handle = gdal.VSIFOpenL(path, "rb")
    content = bytes(gdal.VSIFReadL(1, gdal.VSIStatL(path).size, handle))
    gdal.VSIFCloseL(handle)
    gdal.Unlink(path)
    return content


def geotiff(array, geotransform=None, epsg=None, nodata=None, point=False, creation=(), items=None):
    """Bytes of a GeoTIFF. array is (rows, columns) or (bands, rows, columns); geotransform is that of outer
    corners, also with point (AREA_OR_POINT=Point); creation are creation options; items metadata."""
    bands = array if array.ndim == 3 else array[np.newaxis]
    path = f"/vsimem/make_product_{id(array)}.tif"
    dataset = gdal.GetDriverByName("GTiff").Create(
        path, bands.shape[2], bands.shape[1], bands.shape[0], _GDAL_TYPES[str(array.dtype)], list(creation))
    dataset.SetMetadata({"AREA_OR_POINT": "Point" if point else "Area", **(items or {})})
    if geotransform:
        dataset.SetGeoTransform(geotransform)
    if epsg:
        srs = osr.SpatialReference()
        srs.ImportFromEPSG(epsg)
        dataset.SetProjection(srs.ExportToWkt())
    for i, pixels in enumerate(bands):
        if nodata is not None:
            dataset.GetRasterBand(i + 1).SetNoDataValue(nodata)
        dataset.GetRasterBand(i + 1).WriteRaster(0, 0, bands.shape[2], bands.shape[1],
                                                 np.ascontiguousarray(pixels).tobytes())
    dataset = None    # closes it, which writes the file
    return _taken_from_memory(path)


# ---- packing

def write_package(folder, name, files, zipped=True, zip_name=None, stored=False):
    """Writes files (name -> bytes) as folder/NAME.zip, its folder entry first, or as folder/NAME/; returns the path."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not zipped:
        path = folder / (zip_name or name)
        path.mkdir(exist_ok=True)
        for file_name, content in files.items():
            (path / file_name).write_bytes(content)
        return path

    path = folder / f"{zip_name or name}.zip"
    moment = (2021, 6, 8, 23, 28, 52)    # fixed, so that equal products are equal files
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo(f"{name}/", moment)
        entry.external_attr = 0o40755 << 16 | 0x10
        archive.writestr(entry, b"")
        for file_name, content in files.items():
            entry = zipfile.ZipInfo(f"{name}/{file_name}", moment)
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return path


def _browse_image():
    path = "/vsimem/make_product_browse.png"
    image = gdal.GetDriverByName("MEM").Create("", 8, 8)
    image.GetRasterBand(1).Fill(128)
    gdal.GetDriverByName("PNG").CreateCopy(path, image)
    return _taken_from_memory(path)


def _text_bytes(keys, crlf):
    end = "\r\n" if crlf else "\n"
    return "".join(f"{key}: {value}{end}" for key, value in keys.items()).encode()


def _changed(keys, changes):
    keys = {**keys, **changes}
    return {key: str(value) for key, value in keys.items() if value is not None}


def _write(folder, name, o, gamma, keys, layers, radar):
    """The part that all makers share: pixels, rasters, text, package."""
    name = o.inner or name
    columns, rows = o.size or (o.nx, o.ny)
    # GAMMA centres lie on multiples of the spacing, ISCE2 edges do.
    snap = 0.5 if gamma else 0.0
    x0 = (round(392720 / o.spacing) + o.offset[0] - snap) * o.spacing
    y0 = (round(3962400 / o.spacing) - o.offset[1] - snap) * o.spacing
    geotransform = (x0, o.spacing, 0.0, y0, 0.0, -o.spacing)

    pixels = {**_made_up_layers(o, gamma, rows, columns), **o.arrays}
    if o.mask_extra_columns and "water_mask" not in o.arrays:
        pixels["water_mask"] = np.pad(pixels["water_mask"], ((0, 0), (0, o.mask_extra_columns)))
    arrays = {layer: pixels[layer] for layer in layers}
    if radar:
        arrays.update({layer: o.arrays.get(layer, made) for layer, made in _made_up_radar_layers().items()})
    nodata = {layer: 255 if layer == "water_mask" else 0 for layer in arrays}
    nodata.update(o.nodata)

    software = "Created with GAMMA Software www.gamma-rs.ch data2geotiff v3.0"
    tiles = ["TILED=YES", "COMPRESS=LZW", f"BLOCKXSIZE={o.tile}", f"BLOCKYSIZE={o.tile}"]
    files = {}
    for layer, array in arrays.items():
        in_radar = layer in RADAR_LAYERS
        strips = gamma and layer != "water_mask"
        files[f"{name}_{layer}{o.infix}.tif"] = geotiff(
            array, None if in_radar else geotransform, None if in_radar else o.epsg, nodata[layer],
            point=strips, creation=[] if gamma else tiles,
            items={"TIFFTAG_SOFTWARE": software} if strips else None)
    keys = _changed(keys, o.keys)
    text = _text_bytes(keys, o.crlf) if o.text is None else o.text
    if text:
        files[f"{name}.txt"] = text
    if o.extras:
        files[f"{name}{'.' if gamma else '_'}README.md.txt"] = b"About this product: see the guide.\n"
        files[f"{name}_unw_phase.png"] = _browse_image()
        files[f"{name}_unw_phase.tif.xml"] = b"<metadata/>\n"
    path = write_package(folder, name, files, o.zipped, o.zip_name, o.stored)
    return Product(arrays, path, name, geotransform, o.epsg, keys, nodata)


# ---- families

def _head_keys(o, orbit, reference, secondary):
    """Keys that GAMMA and ISCE2 texts begin with."""
    first, second = _moment(o.reference), _moment(o.secondary)
    midnight = first.replace(hour=0, minute=0, second=0)
    return {
        "Reference Granule": reference,
        "Secondary Granule": secondary,
        "Reference Pass Direction": "ASCENDING",
        "Reference Orbit Number": _absolute_orbit(o.platforms[0], first, orbit),
        "Secondary Pass Direction": "ASCENDING",
        "Secondary Orbit Number": _absolute_orbit(o.platforms[1], second, orbit),
        # Some tens of metres, different for every pair but the same at every run.
        "Baseline": f"{(int(_hex4(first, second), 16) - 32768) / 500:.4f}",
        "UTC time": f"{(first - midnight).total_seconds():.6f}",
        "Heading": "-12.2505111",
    }


def make_gamma(path, **options):
    """Writes a full-scene GAMMA product and returns the Product."""
    folder, options = _of_name(path, _GAMMA_NAME, options)
    o = Options(**options)
    first, second = _moment(o.reference), _moment(o.secondary)
    days = round((second - first).total_seconds() / 86400)
    name = (f"S1{o.platforms}_{first:%Y%m%dT%H%M%S}_{second:%Y%m%dT%H%M%S}_{o.polarization}P{days:03d}_"
            f"INT{o.spacing}_G_{'w' if o.masked else 'u'}eF_{o.product_id}")
    orbits = [_absolute_orbit(p, m, o.relative_orbit) for p, m in zip(o.platforms, (first, second))]
    keys = _head_keys(o, o.relative_orbit, _slc(o.platforms[0], first, orbits[0], o.polarization),
                      _slc(o.platforms[1], second, orbits[1], o.polarization))
    keys.update({
        "Spacecraft height": "705239.4029000001", "Earth radius at nadir": "6362008.3766",
        "Slant range near": "803591.1723", "Slant range center": "882714.7457",
        "Slant range far": "961838.3190",
        "Range looks": o.spacing // 4, "Azimuth looks": o.spacing // 20,
        "INSAR phase filter": "adf", "Phase filter parameter": "0.6",
        "Resolution of output (m)": o.spacing, "Range bandpass filter": "no",
        "Azimuth bandpass filter": "no", "DEM source": "GLO-30", "DEM resolution (m)": 2 * o.spacing,
        "Unwrapping type": "mcf", "Phase at reference point": REFERENCE_PHASE_RAD,
        "Azimuth line of the reference point in SAR space": 497,
        "Range pixel of the reference point in SAR space": 5724,
        "Y coordinate of the reference point in the map projection": "3961535.9184",
        "X coordinate of the reference point in the map projection": "393679.7018",
        "Latitude of the reference point (WGS84)": "35.79772014",
        "Longitude of the reference point (WGS84)": "-118.1748542",
        "Unwrapping threshold": "none", "Speckle filter": "no",
    })
    return _write(folder, name, o, True, keys, o.layers or GAMMA_LAYERS, False)


def _isce2_keys(o, orbit, reference, secondary):
    keys = _head_keys(o, orbit, reference, secondary)
    keys.update({
        "Baseline": f"{float(keys['Baseline']) + 1e-9:.14f}",
        "Heading": "-12.275514873119",
        "Spacecraft height": "693000.0", "Earth radius at nadir": "6337286.638938101",
        "Slant range near": "849199.1730339259", "Slant range center": "877732.8145960167",
        "Slant range far": "906266.4561581073",
        "Range looks": o.spacing // 4, "Azimuth looks": o.spacing // 20,
        "INSAR phase filter": "yes", "Phase filter parameter": "0.5", "Range bandpass filter": "no",
        "Azimuth bandpass filter": "no", "DEM source": "GLO_30", "DEM resolution (m)": 30,
        "Unwrapping type": "snaphu_mcf", "Speckle filter": "yes",
        "Water mask": "yes" if o.masked else "no",
    })
    return keys


def make_burst(path, radar=False, **options):
    """Writes a single-burst ISCE2 product, burst=136231 of swath=2 unless given or told by the path; radar adds the
    radar-geometry layers and their text keys."""
    folder, options = _of_name(path, _BURST_NAME, options)
    burst, swath = options.pop("burst", 136231), options.pop("swath", 2)
    o = Options(**options)
    first, second = _moment(o.reference), _moment(o.secondary)
    name = (f"S1_{burst:06d}_IW{swath}_{first:%Y%m%d}_{second:%Y%m%d}_{o.polarization}_"
            f"INT{o.spacing}_{o.product_id}")
    keys = _isce2_keys(o, _orbit_of_burst(burst), _burst_granule(burst, swath, first, o.polarization),
                       _burst_granule(burst, swath, second, o.polarization))
    if radar:
        stop = first + datetime.timedelta(seconds=24 * 0.0082222252)
        keys.update({
            "Radar n lines": 24, "Radar n samples": 50, "Radar first valid line": 2,
            "Radar n valid lines": 20, "Radar first valid sample": 3, "Radar n valid samples": 44,
            "Multilook azimuth time interval": "0.008222225199999992",
            "Multilook range pixel size": "46.59124229430646",
            "Radar sensing stop": stop.isoformat(timespec="microseconds"),
        })
    return _write(folder, name, o, False, keys, o.layers or BURST_LAYERS, radar)


def make_multi_burst(path, bursts=((136231, 2), (136232, 2)), **options):
    """Writes a multi-burst ISCE2 product of (burst number, subswath) pairs (not taken from the path)."""
    folder, options = _of_name(path, _MULTI_NAME, options)
    o = Options(**options)
    first, second = _moment(o.reference), _moment(o.secondary)
    orbit = _orbit_of_burst(min(number for number, _ in bursts))
    parts = []
    for swath in (1, 2, 3):
        numbers = [number for number, s in bursts if s == swath]
        parts.append(f"{min(numbers, default=0):06d}s{swath}n{len(numbers):02d}")
    name = (f"S1_{orbit:03d}_{'-'.join(parts)}_IW_{first:%Y%m%d}_{second:%Y%m%d}_{o.polarization}_"
            f"INT{o.spacing}_{o.product_id}")
    granules = [", ".join(_burst_granule(number, swath, moment, o.polarization) for number, swath in bursts)
                for moment in (first, second)]
    keys = _isce2_keys(o, orbit, *granules)
    return _write(folder, name, o, False, keys, o.layers or MULTI_BURST_LAYERS, False)


def make_stack(folder, dates, connections=2, maker=make_burst, offsets=((0, 0),), **options):
    """Writes the pairs of each date with its next `connections` dates; offsets are used in turn. A list of Products."""
    pairs = [(first, second) for i, first in enumerate(dates) for second in dates[i + 1:i + 1 + connections]]
    return [maker(folder, reference=first, secondary=second, offset=offset,
                  product_id=_hex4(first, second), **options)
            for (first, second), offset in zip(pairs, itertools.cycle(offsets))]
