# SPDX-License-Identifier: MIT
"""What the driver tests share."""
import contextlib
import hashlib

from osgeo import gdal

gdal.UseExceptions()


def digest(path):
    return hashlib.sha256(open(path, "rb").read()).hexdigest()


@contextlib.contextmanager
def messages():
    """Collects (class, text) of everything GDAL reports inside the block."""
    seen = []
    gdal.PushErrorHandler(lambda kind, number, text: seen.append((kind, text)))
    try:
        yield seen
    finally:
        gdal.PopErrorHandler()


def open_quietly(path, flags=gdal.OF_RASTER, options=()):
    """(dataset or None, messages); never raises."""
    gdal.UseExceptions()
    with messages() as seen:
        try:
            dataset = gdal.OpenEx(str(path), flags, open_options=list(options))
        except RuntimeError as problem:
            return None, [text for _, text in seen] + [str(problem)]
    return dataset, [text for _, text in seen]


def driver_of(path):
    """Name of the driver that opens it, None when none does and nothing but GDAL's own remark is said."""
    dataset, _ = open_quietly(path)
    return dataset.GetDriver().ShortName if dataset else None


def layers_of(dataset):
    return [dataset.GetRasterBand(i + 1).GetDescription() for i in range(dataset.RasterCount)]


def band_of(dataset, layer):
    return keep(dataset, layers_of(dataset).index(layer) + 1)


def keep(dataset, number=1):
    """A band that keeps its dataset alive: GDAL's Python bands do not, and reading one then crashes."""
    band = dataset.GetRasterBand(number)
    band.kept_dataset = dataset
    return band
