# SPDX-License-Identifier: MIT
"""Cuts a burst product into overlapping parts that look like products of neighbouring bursts, each with a constant of its own and
whole cycles of its own for every component: what merging has to undo.

    whole = read_product("S1_136231_IW2_...zip")
    parts = cut(whole, folder, rows=2, columns=3, overlap=20, random=numpy.random.default_rng(1))

Columns become subswaths IW1 to IW3, rows consecutive bursts.
"""
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from osgeo import gdal

import make_product

TWO_PI = 2 * np.pi


@dataclass
class Whole:
    """A product as read: layer -> array, and what else its parts need."""
    name: str
    layers: dict
    geotransform: tuple
    epsg: int
    text: bytes
    nodata: dict = field(default_factory=dict)


@dataclass
class Part:
    path: Path
    name: str
    window: tuple          # slices of rows and columns of the whole
    constant: float        # added to its phases
    cycles: dict           # label -> whole cycles added to its unwrapped phase


def read_product(path):
    path = Path(path)
    dataset = gdal.OpenEx(str(path), allowed_drivers=["HYP3"])
    layers, nodata = {}, {}
    for number in range(1, dataset.RasterCount + 1):
        band = dataset.GetRasterBand(number)
        layers[band.GetDescription()] = band.ReadAsArray()
        nodata[band.GetDescription()] = band.GetNoDataValue()
    name = dataset.GetMetadataItem("PRODUCT_NAME")
    inside = f"/vsizip/{path}/{name}/{name}.txt" if path.suffix == ".zip" else str(path / f"{name}.txt")
    handle = gdal.VSIFOpenL(inside, "rb")
    text = bytes(gdal.VSIFReadL(1, gdal.VSIStatL(inside).size, handle))
    gdal.VSIFCloseL(handle)
    srs = dataset.GetSpatialRef()
    return Whole(name, layers, dataset.GetGeoTransform(), int(srs.GetAuthorityCode(None)), text, nodata)


def windows(shape, rows, columns, overlap):
    """Slices of rows and columns, [row][column], that overlap by so many pixels."""
    def spans(n, count):
        edges = [round(k * n / count) for k in range(count + 1)]
        return [slice(max(0, a - overlap // 2), min(n, b + overlap - overlap // 2)) for a, b in zip(edges, edges[1:])]
    return [[(r, c) for c in spans(shape[1], columns)] for r in spans(shape[0], rows)]


def shifted_phase(layers, constant, cycles):
    """unw_phase and wrapped_phase with the constant, and the cycles of each label, added; 0 stays no data."""
    unw, label = layers["unw_phase"], layers["conncomp"]
    more = np.full(unw.shape, constant)
    for value, number in cycles.items():
        more[label == value] += TWO_PI * number
    wrapped = layers["wrapped_phase"]
    turned = np.angle(np.exp(1j * (wrapped.astype(float) + constant)))
    return (np.where(unw != 0, unw + more, 0).astype(np.float32),
            np.where(wrapped != 0, turned, 0).astype(np.float32))


def write_part(whole, folder, name, window, layers):
    rows, columns = window
    g = whole.geotransform
    geotransform = (g[0] + columns.start * g[1], g[1], 0.0, g[3] + rows.start * g[5], 0.0, g[5])
    tiles = ["TILED=YES", "COMPRESS=LZW", "BLOCKXSIZE=256", "BLOCKYSIZE=256"]
    files = {f"{name}_{suffix}.tif": make_product.geotiff(np.ascontiguousarray(pixels), geotransform, whole.epsg,
                                                          whole.nodata[suffix], creation=tiles)
             for suffix, pixels in layers.items()}
    old = re.match(r"S1_\d{6}_IW\d", whole.name)
    text = whole.text
    if old:
        text = text.replace(old.group(0).encode(), re.match(r"S1_\d{6}_IW\d", name).group(0).encode())
    files[f"{name}.txt"] = text
    return make_product.write_package(folder, name, files)


def cut(whole, folder, rows=2, columns=3, overlap=20, random=None, noise=0.0, change=None):
    """Writes the parts as zips and returns them as a list. change(row, column, layers) may alter a part's pixels."""
    random = random or np.random.default_rng(0)
    shape = whole.layers["unw_phase"].shape
    parts = []
    for r, line in enumerate(windows(shape, rows, columns, overlap)):
        for c, window in enumerate(line):
            name = re.sub(r"S1_(\d{6})_IW\d", f"S1_{136231 + r}_IW{c + 1}", whole.name)
            layers = {suffix: pixels[window].copy() for suffix, pixels in whole.layers.items()}
            labels = [value for value in np.unique(layers["conncomp"]) if value > 0]
            cycles = {value: int(random.integers(-3, 4)) for value in labels}
            constant = float(random.uniform(-3, 3))
            layers["unw_phase"], layers["wrapped_phase"] = shifted_phase(layers, constant, cycles)
            if noise:
                grain = random.normal(0, noise, layers["unw_phase"].shape)
                layers["unw_phase"] = np.where(layers["unw_phase"] != 0, layers["unw_phase"] + grain, 0).astype(np.float32)
            if change:
                change(r, c, layers)
            path = write_part(whole, folder, name, window, layers)
            parts.append(Part(path, name, window, constant, cycles))
    return parts
