# SPDX-License-Identifier: MIT
"""Records of a catalogue, in the form of the real ones."""
import datetime


def utc(text):
    return datetime.datetime.fromisoformat(text)


def iso(when):
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def attributes(values):
    return [{"Name": name, "Values": [str(value)]} for name, value in values.items()]


def box(west, south, east, north):
    """Clockwise, as many footprints are."""
    corners = [(west, north), (east, north), (east, south), (west, south), (west, north)]
    return [{"Longitude": x, "Latitude": y} for x, y in corners]


def slc(start="2020-01-02T13:34:53", path=100, frame=466, platform="A", direction="DESCENDING", polarization="VV+VH",
        footprint=None, unique=None, **more):
    unique = unique or ("C081" if (path, frame) == (100, 466) else f"{path % 256:02X}{frame % 256:02X}")
    begin = utc(start)
    end = begin + datetime.timedelta(seconds=26.966843)
    orbit = 30000 + (begin - utc("2020-01-01")).days * 175 // 12
    name = (f"S1{platform}_IW_SLC__1SDV_{begin:%Y%m%dT%H%M%S}_{end:%Y%m%dT%H%M%S}_{orbit:06d}_02F8C3_{unique}")
    values = {"ASCENDING_DESCENDING": direction, "ASC_NODE_TIME": iso(begin - datetime.timedelta(seconds=1052)),
              "ASF_PLATFORM": f"Sentinel-1{platform}", "BEAM_MODE": "IW", "BEAM_MODE_TYPE": "IW", "BYTES": 4193723581,
              "CENTER_LAT": 37.9, "CENTER_LON": -112.9, "FRAME_NUMBER": frame, "LOOK_DIRECTION": "R",
              "MD5SUM": "6dd7f6a56ed98ba7037dfeb833217d5b", "PATH_NUMBER": path, "POLARIZATION": polarization,
              "PROCESSING_TYPE": "SLC", "GROUP_ID": "NA", **more}
    return {"meta": {"concept-type": "granule"}, "umm": {
        "GranuleUR": name + "-SLC",
        "CollectionReference": {"ShortName": f"SENTINEL-1{platform}_SLC", "Version": "1"},
        "TemporalExtent": {"RangeDateTime": {"BeginningDateTime": iso(begin), "EndingDateTime": iso(end)}},
        "OrbitCalculatedSpatialDomains": [{"OrbitNumber": orbit}],
        "DataGranule": {"ProductionDateTime": iso(end), "Identifiers": [
            {"Identifier": name, "IdentifierType": "ProducerGranuleId"}],
            "ArchiveAndDistributionInformation": [{"Name": "Not provided", "Size": 3999.4, "SizeUnit": "MB"}]},
        "AdditionalAttributes": attributes(values),
        "SpatialExtent": {"HorizontalSpatialDomain": {"Geometry": {"GPolygons": [
            {"Boundary": {"Points": footprint or box(-114, 37, -111, 39)}}]}}},
        "RelatedUrls": [
            {"URL": f"s3://bucket/{name}.zip", "Type": "GET DATA"},
            {"URL": f"https://datapool.asf.alaska.edu/SLC/S{platform}/{name}.zip", "Type": "GET DATA"},
            {"URL": f"https://datapool.asf.alaska.edu/BROWSE/S{platform}/{name}.jpg",
             "Type": "GET RELATED VISUALIZATION"}],
        "PGEVersionClass": {"PGEName": "Sentinel-1 IPF", "PGEVersion": "003.31"},
        "Platforms": [{"ShortName": f"SENTINEL-1{platform}", "Instruments": [{"ShortName": "C-SAR"}]}]}}


def metadata(record):
    """The second record that every scene has."""
    copy = {**record, "umm": {**record["umm"], "GranuleUR": record["umm"]["GranuleUR"].replace("-SLC", "-METADATA_SLC")}}
    copy["umm"]["AdditionalAttributes"] = [
        {"Name": "PROCESSING_TYPE", "Values": ["METADATA_SLC"]} if a["Name"] == "PROCESSING_TYPE" else a
        for a in record["umm"]["AdditionalAttributes"]]
    return copy


def burst(start="2018-08-15T15:15:58", full="174_372326_IW3", polarization="VV", parent="6BD3", produced="2018-08-15"):
    begin = utc(start)
    path, number, swath = full.split("_")
    name = f"S1_{number}_{swath}_{begin:%Y%m%dT%H%M%S}_{polarization}_{parent}-BURST"
    scene = f"S1B_IW_SLC__1SDV_20180815T151543_20180815T151610_012275_0169E6_{parent}"
    sensed = begin + datetime.timedelta(seconds=1.5)
    values = {"ASCENDING_DESCENDING": "DESCENDING", "AZIMUTH_TIME": begin.strftime("%Y-%m-%dT%H:%M:%S.385550"),
              "AZIMUTH_ANX_TIME": "2026.218343215", "BEAM_MODE": "IW", "BURST_ID_ABSOLUTE": 26364401,
              "BURST_ID_RELATIVE": int(number), "BURST_ID_FULL": full, "BURST_INDEX": 5, "BYTE_LENGTH": 147215404,
              "SAMPLES_PER_BURST": 24229, "SUBSWATH_NAME": swath, "POLARIZATION": polarization, "PATH_NUMBER": int(path),
              "PROCESSING_TYPE": "BURST"}
    base = f"https://sentinel1-burst.asf.alaska.edu/{scene}/{swath}/{polarization}/5"
    return {"meta": {}, "umm": {
        "GranuleUR": name, "CollectionReference": {"ShortName": "SENTINEL-1_BURSTS", "Version": "1"},
        "TemporalExtent": {"RangeDateTime": {"BeginningDateTime": iso(sensed),
                                             "EndingDateTime": iso(sensed + datetime.timedelta(seconds=3.1))}},
        "OrbitCalculatedSpatialDomains": [{"OrbitNumber": 12275}], "InputGranules": [scene + "-SLC"],
        "DataGranule": {"ProductionDateTime": produced + "T10:00:00Z"},
        "AdditionalAttributes": attributes(values),
        "SpatialExtent": {"HorizontalSpatialDomain": {"Geometry": {"GPolygons": [
            {"Boundary": {"Points": box(-114, 37, -113, 37.3)}}]}}},
        "RelatedUrls": [{"URL": base + ".tiff", "Type": "USE SERVICE API"}, {"URL": base + ".xml", "Type": "USE SERVICE API"}],
        "Platforms": [{"ShortName": "SENTINEL-1B", "Instruments": [{"ShortName": "C-SAR"}]}]}}


def stack(n, first="2020-01-02T13:34:53", days=12, **more):
    return [slc((utc(first) + datetime.timedelta(days=days * i)).isoformat(), **more) for i in range(n)]
