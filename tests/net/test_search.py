# SPDX-License-Identifier: MIT
"""gdal_ih_hub search and count: what is asked of the catalogue, and what becomes of its answers."""
import csv
import io
import json
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import pytest
import scenes
from osgeo import ogr, osr
from scenes import box, burst, metadata, slc, stack
from service import Reply, as_json, page

AREA = "-113.05,37.74,-112.68,38.00"
ogr.UseExceptions()


@pytest.fixture
def search(hub):
    def run(*words, verb="search", code=0, **more):
        done = hub.run(verb, *words, **more)
        assert done.returncode == code, done.stdout + done.stderr
        return done
    run.hub, run.services = hub, hub.services
    return run


def forms(services):
    return [r.form for r in services.asked("cmr")]


def values(form, name):
    return [value for key, value in form if key == name]


def names_in(path):
    return [f["properties"]["sceneName"] for f in json.loads(path.read_text())["features"]]


def test_the_request_has_what_the_catalogue_wants(search):
    search("-aoi", AREA, "-start", "2020-01-01", "-end", "2020-12-31", "-path", 100, "-direction", "descending")
    request = search.services.asked("cmr")[0]
    assert (request.method, request.path) == ("POST", "/search/granules.umm_json")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["client-id"] == "gdal_ih_hub" and "authorization" not in request.headers
    form = request.form
    assert values(form, "provider") == ["ASF"] and values(form, "page_size") == ["250"]
    assert values(form, "sort_key[]") == ["-end_date", "granule_ur"]
    assert values(form, "options[temporal][and]") == values(form, "options[platform][ignore_case]") == ["true"]
    assert values(form, "temporal") == ["2020-01-01T00:00:00Z,2020-12-31T23:59:59.999999Z,"]
    assert values(form, "bounding_box") == ["-113.05,37.74,-112.68,38"]
    assert values(form, "short_name[]") == [f"SENTINEL-1{p}_SLC" for p in "ABCD"]
    assert values(form, "attribute[]") == ["string,BEAM_MODE,IW", "string,ASCENDING_DESCENDING,DESCENDING",
                                           "int,PATH_NUMBER,100"]


def test_a_plus_is_encoded(search):
    search("-path", 1, "-polarization", "VV+VH")
    assert b"string%2CPOLARIZATION%2CVV%2BVH" in search.services.asked("cmr")[0].body


def test_alternatives_of_an_attribute_are_requests_of_their_own(search):
    search("-path", 1, "-path", "5-7", "-polarization", "VV", "-polarization", "VV+VH")
    asked = [tuple(v for v in values(f, "attribute[]") if "BEAM" not in v) for f in forms(search.services)]
    assert asked == [(f"string,POLARIZATION,{p}", f"int,PATH_NUMBER,{n}") for p in ("VV", "VV+VH") for n in ("1", "5,7")]


def test_a_burst_search_asks_as_documented(search):
    search("-burst", "174_372326_IW3", "-polarization", "vv", "-start", "2018-01-01", "-end", "2018-12-31")
    form = forms(search.services)[0]
    assert values(form, "short_name[]") == ["SENTINEL-1_BURSTS"]
    assert values(form, "attribute[]") == ["string,POLARIZATION,VV", "string,BURST_ID_FULL,174_372326_IW3"]


def test_the_summary_has_insarhubs_form(search):
    search.services.records = [*stack(3), *stack(2, path=20, frame=118, direction="ASCENDING"),
                               *stack(1, path=20, frame=123, direction="ASCENDING"),
                               *stack(1, path=7, frame=1, direction="NA")]
    said = search("-aoi", AREA, "-q").stdout
    assert said == ""
    said = search("-aoi", AREA).stdout.splitlines()
    assert said[2:] == [
        "=== ASCENDING ORBITS (2 Stacks) ===",
        "relativeOrbit 20 frame 118 | Count: 2 | 2020-01-02 --> 2020-01-14",
        "relativeOrbit 20 frame 123 | Count: 1 | 2020-01-02 --> 2020-01-02",
        "=== DESCENDING ORBITS (1 Stacks) ===",
        "relativeOrbit 100 frame 466 | Count: 3 | 2020-01-02 --> 2020-01-26",
        "=== UNKNOWN DIRECTION (1 Stacks) ===",
        "relativeOrbit 7 frame 1 | Count: 1 | 2020-01-02 --> 2020-01-02",
        "7 scenes"]
    listed = search("-aoi", AREA, "-list").stdout
    assert f"    {search.services.records[0]['umm']['DataGranule']['Identifiers'][0]['Identifier']} (2020-01-02)\n" in listed


def test_the_summary_as_json(search):
    search.services.records = [*stack(3), slc("2020-03-02T13:34:53", platform="B")]
    report = json.loads(search("-aoi", AREA, "-json", "-list").stdout)
    assert report["count"] == 4
    assert report["stacks"] == [{
        "path": 100, "frame": 466, "direction": "DESCENDING", "count": 4, "dates": 4, "first": "2020-01-02",
        "last": "2020-03-02", "longest_gap_days": 36, "platforms": ["Sentinel-1A", "Sentinel-1B"],
        "polarizations": ["VV+VH"], "scenes": report["stacks"][0]["scenes"]}]
    assert len(report["stacks"][0]["scenes"]) == 4


def test_all_pages_are_read_and_the_token_is_sent_back_as_it_came(search, tmp_path):
    search.services.records, search.services.cmr_page = stack(25), 10
    search("-aoi", AREA, tmp_path / "s.geojson")
    asked = search.services.asked("cmr")
    assert [r.headers.get("cmr-search-after") for r in asked] == [
        None, '[10, "a \\"quoted\\", name", null]', '[20, "a \\"quoted\\", name", null]']
    assert len({r.body for r in asked}) == 1
    assert len(set(names_in(tmp_path / "s.geojson"))) == 25


@pytest.mark.parametrize("reply, why", [
    (as_json({"hits": 5, "items": []}), "incomplete"),
    (as_json({"hits": 1, "items": []}, headers=(("CMR-Hits", "3"),)), "incomplete"),
    (as_json({"hits": 1, "items": [slc()]}, headers=(("CMR-Timed-Out", "true"),)), "ran out of time"),
    (as_json({"hits": 1, "items": [slc()]}, headers=(("CMR-Time-Out", "TRUE"),)), "ran out of time"),
    (as_json({"errors": ["Parameter [foo] was not recognized.", "Second."]}, 400), "not recognized.; Second."),
    (as_json({"items": []}), "does not tell how many"), (as_json({"hits": 0}), "no items"), (as_json([]), "no items"),
    (page(200, "Maintenance"), "cannot be read"), (Reply(body=b'{"items": ["\xff"]}'), "cannot be read")])
def test_what_is_not_complete_is_a_failure_and_leaves_no_file(search, tmp_path, reply, why):
    search.services.fail("cmr", ".*", reply)
    done = search("-aoi", AREA, tmp_path / "s.geojson", code=1)
    assert why in done.stderr and list(tmp_path.glob("s.*")) == []


def test_pages_that_fail_are_asked_again(search):
    search.services.records, search.services.cmr_page = stack(25), 10
    search.services.fail("cmr", ".*", None, page(504, "Gateway"), Reply(429, b"", (("Retry-After", "0"),)), Reply(silent=True))
    assert search("-aoi", AREA).stdout.endswith("25 scenes\n")


def test_an_endless_list_of_pages_ends(search):
    forever = as_json({"hits": 9, "items": []}, headers=(("CMR-Search-After", "[1]"),))
    search.services.fail("cmr", ".*", *[forever] * 50)
    assert "incomplete" in search("-aoi", AREA, code=1).stderr
    assert len(search.services.asked("cmr")) == 1


def test_metadata_records_and_repeats_are_left_out(search, tmp_path):
    first, second = stack(2)
    search.services.records = [first, metadata(first), second, metadata(second), second]
    done = search("-path", 100, "-path", 100, tmp_path / "s.geojson")
    assert len(names_in(tmp_path / "s.geojson")) == 2 and "told once" in done.stdout


def test_of_a_burst_in_two_slices_the_newer_stays(search, tmp_path):
    search.services.records = [burst(parent="AAAA", produced="2018-08-15"), burst(parent="BBBB", produced="2018-08-16"),
                               burst(parent="AAAA", polarization="VH"), burst("2018-08-27T15:15:58")]
    search("-burst", "372326", tmp_path / "s.geojson")
    found = sorted(names_in(tmp_path / "s.geojson"))
    assert found == ["S1_372326_IW3_20180815T151558_VH_AAAA-BURST", "S1_372326_IW3_20180815T151558_VV_BBBB-BURST",
                     "S1_372326_IW3_20180827T151558_VV_6BD3-BURST"]


def test_geojson_has_the_usual_properties(search, tmp_path):
    search.services.records = [slc()]
    search("-aoi", AREA, tmp_path / "s.geojson")
    feature = json.loads((tmp_path / "s.geojson").read_text())["features"][0]
    name = "S1A_IW_SLC__1SDV_20200102T133453_20200102T133519_030014_02F8C3_C081"
    p = feature["properties"]
    assert list(p) == sorted(p) and p["sceneName"] == name and p["fileID"] == name + "-SLC"
    assert p["url"] == f"https://datapool.asf.alaska.edu/SLC/SA/{name}.zip" and p["fileName"] == name + ".zip"
    assert p["bytes"] == 4193723581 and p["pathNumber"] == 100 and p["frameNumber"] == 466 and p["orbit"] == 30014
    assert p["platform"] == "Sentinel-1A" and p["sensor"] == "C-SAR" and p["beamModeType"] == "IW"
    assert p["groupID"] is None and p["s3Urls"] == [f"s3://bucket/{name}.zip"] and p["startTime"].endswith("53.000000Z")
    assert feature["geometry"] == {"type": "Polygon", "coordinates": [
        [[-114, 39], [-111, 39], [-111, 37], [-114, 37], [-114, 39]]]}
    layer = ogr.Open(str(tmp_path / "s.geojson"))
    assert layer.GetLayer(0).GetFeatureCount() == 1


def test_geojson_of_a_burst(search, tmp_path):
    search.services.records = [burst()]
    search("-burst", "174_372326_IW3", tmp_path / "s.geojson")
    p = json.loads((tmp_path / "s.geojson").read_text())["features"][0]["properties"]
    assert p["sceneName"] == p["fileID"] == "S1_372326_IW3_20180815T151558_VV_6BD3-BURST"
    assert p["url"].endswith("/5.tiff") and p["additionalUrls"][0].endswith("/5.xml")
    assert p["fileName"] == p["fileID"] + ".tiff" and p["bytes"] == 147215404 and p["frameNumber"] is None
    assert p["parentScene"] == "S1B_IW_SLC__1SDV_20180815T151543_20180815T151610_012275_0169E6_6BD3"
    assert p["burst"] == {"absoluteBurstID": 26364401, "azimuthAnxTime": "2026.218343215",
                          "azimuthTime": "2018-08-15T15:15:58.385550", "burstIndex": 5, "fullBurstID": "174_372326_IW3",
                          "relativeBurstID": 372326, "samplesPerBurst": 24229, "subswath": "IW3"}


def test_csv_has_the_usual_columns_in_quotes(search, tmp_path):
    search.services.records = [slc(GROUP_ID='a "quoted", group'), *stack(1, path=7)]
    search("-aoi", AREA, tmp_path / "s.csv")
    text = (tmp_path / "s.csv").read_text()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 2 and len(rows[0]) == 42 and list(rows[0])[:3] == ["Granule Name", "Platform", "Sensor"]
    row = next(r for r in rows if r["Path Number"] == "100")
    assert row["GroupID"] == 'a "quoted", group' and row["Size (MB)"] == "3999.4" and row["Orbit"] == "30014"
    assert all(cell.startswith('"') and cell.endswith('"') for cell in text.splitlines()[0].split(","))


def test_geopackage_is_a_layer_of_typed_features(search, tmp_path):
    search.services.records = stack(3)
    search("-aoi", AREA, tmp_path / "s.gpkg")
    source = ogr.Open(str(tmp_path / "s.gpkg"))
    layer = source.GetLayerByName("scenes")
    assert layer.GetFeatureCount() == 3 and layer.GetSpatialRef().GetAuthorityCode(None) == "4326"
    feature = layer.GetNextFeature()
    assert feature.GetField("pathNumber") == 100 and feature.GetFieldAsDateTime("startTime")[:3] == [2020, 1, 26]
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["s.gpkg"]


def test_kml_and_metalink_are_well_formed_whatever_the_names(search, tmp_path):
    record = slc()
    record["umm"]["RelatedUrls"][1]["URL"] += "?a=1&b=<2>"
    search.services.records = [record]
    search("-aoi", AREA, tmp_path / "s.kml")
    search("-aoi", AREA, tmp_path / "s.metalink")
    kml = ElementTree.parse(tmp_path / "s.kml").getroot()
    space = {"k": "http://www.opengis.net/kml/2.2"}
    assert kml.find(".//k:Placemark/k:name", space).text.startswith("S1A_IW_SLC__1SDV_20200102")
    assert len(kml.find(".//k:coordinates", space).text.split()) == 5
    link = ElementTree.parse(tmp_path / "s.metalink").getroot()
    space = {"m": "http://www.metalinker.org/"}
    assert link.find(".//m:url", space).text.endswith(".zip?a=1&b=<2>")
    assert link.find(".//m:hash", space).text == "6dd7f6a56ed98ba7037dfeb833217d5b"
    assert link.find(".//m:size", space).text == "4193723581"


def test_standard_output_is_for_the_scenes_alone(search):
    search.services.records = stack(2)
    assert len(json.loads(search("-aoi", AREA, "-").stdout)["features"]) == 2
    assert search("-aoi", AREA, "-of", "csv", "-").stdout.startswith('"Granule Name"')
    assert "GeoPackage" in search("-aoi", AREA, "-of", "gpkg", "-", code=1).stderr


def test_existing_files_are_kept_unless_told(search, tmp_path):
    (tmp_path / "s.geojson").write_text("mine")
    assert "-overwrite" in search("-aoi", AREA, tmp_path / "s.geojson", code=1).stderr
    assert search.services.requests == []
    search("-aoi", AREA, "-overwrite", tmp_path / "s.geojson")
    assert json.loads((tmp_path / "s.geojson").read_text())["features"] == []


def polygons_of(form):
    """The area that a request asks for, as the catalogue reads it."""
    area = ogr.Geometry(ogr.wkbMultiPolygon)
    for text in values(form, "polygon[]"):
        numbers = list(map(float, text.split(",")))
        ring = ogr.Geometry(ogr.wkbLinearRing)
        for x, y in zip(numbers[::2], numbers[1::2]):
            ring.AddPoint_2D(x, y)
        polygon = ogr.Geometry(ogr.wkbPolygon)
        polygon.AddGeometry(ring)
        assert numbers[:2] == numbers[-2:] and polygon.IsValid()
        assert sum((a - c) * (b + d) for a, b, c, d in
                   zip(numbers[0:-2:2], numbers[1:-2:2], numbers[2::2], numbers[3::2])) > 0, "clockwise"
        area.AddGeometry(polygon)
    assert "e" not in "".join(values(form, "polygon[]"))
    return area


@pytest.mark.parametrize("area", ["179,-20,-178,-16", "POLYGON ((179 -20,182 -20,182 -16,179 -16,179 -20))"])
def test_an_area_across_180_degrees_is_two(search, area):
    there = slc(footprint=box(179.5, -19, -179.5, -17))
    there["umm"]["SpatialExtent"]["HorizontalSpatialDomain"]["Geometry"]["GPolygons"][0]["Boundary"]["Points"] = [
        {"Longitude": x, "Latitude": y} for x, y in
        [(179.5, -17), (-179.5, -17.1), (-179.6, -19), (179.4, -18.9), (179.5, -17)]]
    elsewhere = slc(footprint=box(0, -19, 1, -17), unique="0000")
    search.services.records = [there, elsewhere]
    done = search("-aoi", area)
    form = forms(search.services)[0]
    assert values(form, "options[polygon][or]") == ["true"] and len(values(form, "polygon[]")) == 2
    boxes = sorted(g.GetEnvelope() for g in polygons_of(form))
    assert boxes == [(-180, -178, -20, -16), (179, 180, -20, -16)]
    assert "1 scenes" in done.stdout and "do not touch the area" in done.stdout
    shape = json.loads(search("-aoi", area, "-").stdout)["features"][0]["geometry"]
    assert shape["type"] == "MultiPolygon" and len(shape["coordinates"]) == 2


def test_an_area_in_a_zone_at_180_degrees(search, tmp_path):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32701)       # UTM 1 south: its western edge is at 180 degrees
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(tmp_path / "a.gpkg"))
    layer = source.CreateLayer("a", srs, ogr.wkbPolygon)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkt(
        "POLYGON ((100000 8000000,300000 8000000,300000 8200000,100000 8200000,100000 8000000))"))
    layer.CreateFeature(feature)
    del feature, layer, source
    search("-aoi", tmp_path / "a.gpkg")
    area = polygons_of(forms(search.services)[0])
    assert area.GetGeometryCount() == 2 and 2 < area.GetArea() < 6


def test_areas_of_every_kind_are_asked_as_the_catalogue_wants(search):
    for wkt in ("POLYGON ((0 0,0 10,10 10,10 0,0 0))",                               # clockwise
                "POLYGON ((0 0,10 10,10 0,0 10,0 0))",                               # a bow tie
                "POLYGON ((0 0,10 0,10 10,0 9,0 0),(3 3,3 6,6 6,6 3,3 3))",          # with a hole
                "MULTIPOLYGON (((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))",
                "GEOMETRYCOLLECTION (POINT (1 1),POLYGON ((0 0,1 0,1 1,0 0)))"):
        search.services.requests.clear()
        search("-aoi", wkt)
        form = forms(search.services)[0]
        asked = polygons_of(form) if not values(form, "bounding_box") else None
        wanted = ogr.CreateGeometryFromWkt(wkt).MakeValid()
        if asked is None:
            assert values(form, "bounding_box") == ["0,0,10,10"]
        else:
            assert asked.UnionCascaded().Buffer(1e-9).Contains(ogr.ForceToMultiPolygon(wanted)) or "COLLECTION" in wkt
            assert (asked.GetGeometryCount() > 1) == bool(values(form, "options[polygon][or]"))


def test_an_area_of_5000_corners_is_searched_with_300_that_contain_it(search):
    import math
    corners = [(10 + (1 + 0.05 * math.sin(40 * t)) * math.cos(t), 45 + (1 + 0.05 * math.cos(55 * t)) * math.sin(t))
               for t in (2 * math.pi * i / 5000 for i in range(5000))]
    wkt = "POLYGON ((" + ",".join(f"{x:.8f} {y:.8f}" for x, y in [*corners, corners[0]]) + "))"
    done = search("-aoi", wkt)
    asked = polygons_of(forms(search.services)[0])
    assert sum(g.GetGeometryRef(0).GetPointCount() for g in asked) <= 300
    wanted = ogr.CreateGeometryFromWkt(wkt)
    assert asked.Contains(wanted) and asked.GetArea() < 1.2 * wanted.GetArea()
    assert "simplified by" in done.stdout


@pytest.mark.parametrize("words, why", [
    ([], "nothing limits the search"), (["-aoi", "POLYGON EMPTY"], "no polygon"), (["-aoi", "1,2,3"], "-aoi"),
    (["-aoi", "POINT (1 1)"], "no polygon"), (["-aoi", "500000,4000000,600000,4100000"], "no degrees"),
    (["-start", "2020-13-01"], "-start"), (["-start", "2020-02-30"], "-start"), (["-start", "yesterday"], "-start"),
    (["-start", "2020-02-01", "-end", "2020-01-01"], "is after"), (["-path", "x"], "-path"), (["-path", "9-3"], "-path"),
    (["-burst", "174_372326"], "-burst"), (["-platform", "S2A", "-path", "1"], "-platform"),
    (["-stack", "100-466"], "PATH:FRAME"), (["-stack", "1:2", "-path", "1"], "exclude each other"),
    (["-granule", "short"], "no name"), (["-frame", "1", "-dataset", "SLC-BURST"], "bursts have none"),
    (["-aoi", AREA, "-point", "1", "1"], "exclude each other"), (["-point", "1", "95"], "latitude")])
def test_what_cannot_be_meant_is_refused_before_any_request(search, words, why):
    done = search(*words, code=1)
    assert why in done.stderr and search.services.requests == []


def test_names_are_asked_in_chunks_and_missing_ones_told(search, tmp_path):
    search.services.records = [r for s in stack(300, days=1) for r in (s, metadata(s))]
    wanted = [r["umm"]["DataGranule"]["Identifiers"][0]["Identifier"] for r in search.services.records[::2]]
    absent = wanted[0].replace("C081", "DEAD")
    (tmp_path / "names").write_text("# names\n" + "\n".join(n + ".zip" for n in wanted) + f"\n{wanted[0]}, {absent} # x\n")
    done = search("-granule_file", tmp_path / "names", "-json", tmp_path / "s.geojson", code=2)
    report = json.loads(done.stdout)
    assert report["count"] == 300 and report["missing"] == [absent]
    chunks = [len(values(f, "readable_granule_name[]")) for f in forms(search.services) if f]
    assert sorted(set(chunks)) == [51, 250]
    assert not any("BEAM_MODE" in v for v in values(forms(search.services)[0], "attribute[]"))


def test_bursts_are_asked_by_their_names(search):
    search.services.records = [burst()]
    name = search.services.records[0]["umm"]["GranuleUR"]
    assert "1 bursts" in search("-granule", name).stdout
    assert values(forms(search.services)[0], "granule_ur[]") == [name]


def test_seasons(search):
    search.services.records = stack(31)
    form_words = ["-aoi", AREA, "-json"]
    search(*form_words, "-season", 60, 120)
    assert values(forms(search.services)[0], "temporal")[0].endswith(",60,120")
    report = json.loads(search(*form_words, "-season", 330, 30, "-list").stdout)
    days = [int(time.strftime("%j", time.strptime(n[17:25], "%Y%m%d"))) for s in report["stacks"] for n in s["scenes"]]
    assert days and all(d >= 330 or d <= 30 for d in days)
    assert values(forms(search.services)[1], "temporal")[0].endswith("Z,")


def test_stacks_keep_path_and_frame_together(search):
    search.services.records = [*stack(1), *stack(1, path=20), *stack(1, frame=7)]
    report = json.loads(search("-stack", "100:466", "-stack", "20:466", "-json").stdout)
    assert [(s["path"], s["frame"]) for s in report["stacks"]] == [(20, 466), (100, 466)]


def test_records_that_say_little_do_no_harm(search, tmp_path):
    bare = slc(unique="0001")
    bare["umm"]["AdditionalAttributes"] = []
    shapeless = slc(unique="0002")
    del shapeless["umm"]["SpatialExtent"]
    several = slc(unique="0003")
    polygons = several["umm"]["SpatialExtent"]["HorizontalSpatialDomain"]["Geometry"]["GPolygons"]
    polygons.append(polygons[0])
    nameless, timeless = slc(unique="0004"), slc(unique="0005")
    nameless["umm"]["GranuleUR"] = None
    timeless["umm"]["TemporalExtent"] = {"RangeDateTime": {"BeginningDateTime": "?"}}
    strange = slc(unique="0006")
    strange["umm"]["RelatedUrls"] = "none"
    strange["umm"]["AdditionalAttributes"].append({"Name": None, "Values": 3})
    for a in several["umm"]["AdditionalAttributes"]:
        if a["Name"] in ("PATH_NUMBER", "FRAME_NUMBER"):
            a["Values"] = ["1.5e84"]
    items = [bare, shapeless, several, nameless, timeless, strange, 5, None, {}, {"umm": []}]
    search.services.fail("cmr", ".*", *[as_json({"hits": len(items), "items": items})] * 4)
    done = search("-aoi", AREA, "-json", tmp_path / "s.geojson", code=2)
    report = json.loads(done.stdout)
    assert report["count"] == 4 and report["unreadable"] == 6
    assert any("several polygons" in note for note in report["notes"])
    for name in ("s.csv", "s.kml", "s.metalink"):
        search("-aoi", AREA, tmp_path / name, code=2)


def test_the_catalogue_is_not_believed_blindly(search):
    search.services.fail("cmr", ".*", as_json({"hits": 2, "items": [slc(), slc(path=7, unique="0000")]}))
    assert "not what was asked for" in search("-path", 100).stdout


def test_count_asks_for_no_records(search):
    search.services.records = stack(25)
    assert search("-path", 100, verb="count").stdout == "25\n"
    assert values(forms(search.services)[0], "page_size") == ["0"]
    assert search("-aoi", AREA, verb="count").stdout == "at most 25\n"
    report = json.loads(search("-path", 100, "-path", 100, "-json", verb="count").stdout)
    assert (report["count"], report["at_most"], report["requests"]) == (50, True, 2)


def test_the_latest_scenes_alone(search, tmp_path):
    search.services.records = stack(5)
    search("-aoi", AREA, "-max_results", 2, tmp_path / "s.geojson")
    assert [n[17:25] for n in names_in(tmp_path / "s.geojson")] == ["20200219", "20200207"]


def test_ctrl_c_leaves_no_file(search, tmp_path):
    search.services.fail("cmr", ".*", Reply(before=20))
    process = subprocess.Popen(search.hub.words("search", "-aoi", AREA, tmp_path / "s.geojson"), env=search.hub.env,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not search.services.asked("cmr"):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 1 and "interrupted" in err and list(tmp_path.glob("s.*")) == []


def test_ten_thousand_scenes_cost_little(search, tmp_path):
    import resource
    search.services.records = stack(10000, first="2014-06-01T00:00:00", days=0.3)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    search("-aoi", AREA, "-page_size", 2000, tmp_path / "s.geojson", "-json")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert len(names_in(tmp_path / "s.geojson")) == 10000
    # The bound of 10 s of processor time leaves room for a sanitised build on a busy machine.
    assert after.ru_utime - before.ru_utime < 10
