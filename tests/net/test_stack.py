# SPDX-License-Identifier: MIT
"""gdal_ih_hub stack and neighbours: which scenes pair with a reference, and how far apart they are."""
import csv
import datetime
import json

import pytest
import scenes
from scenes import box, burst, slc, stack, utc
from service import Reply, as_json, page

# Three passes over Alaska as the catalogue has them; a published stack has 0, 37 and 40 m.
NODE = ("2021-01-02T03:02:58.934857Z", "2021-01-14T03:02:58.414522Z", "2021-01-26T03:02:57.994247Z")
PRE = ("-2893767.065414,-1235752.268405,6327528.043215,2021-01-02T03:20:43.000000",
       "-2893725.563321,-1235772.278165,6327540.675522,2021-01-14T03:20:42",
       "-2893709.242044,-1235768.184608,6327545.175914,2021-01-26T03:20:42")
POST = ("-2845284.115433,-1186496.621016,6358798.348458,2021-01-02T03:20:53.000000",
        "-2845242.394622,-1186516.792913,6358810.884979,2021-01-14T03:20:52",
        "-2845226.283146,-1186512.31404,6358815.223669,2021-01-26T03:20:52")
VELOCITY = {"SV_VELOCITY_PRE": "4828.593801,4922.268943,3162.776438,2021-01-02T03:20:43.000000",
            "SV_VELOCITY_POST": "4867.907153,4928.758938,3091.226142,2021-01-02T03:20:53.000000"}
PLACE = {"path": 94, "frame": 210, "platform": "B", "direction": "ASCENDING", "CENTER_LAT": 64.9861, "CENTER_LON": -147.0909,
         "footprint": box(-150, 64, -144, 66)}


def alaska(i):
    start = utc("2021-01-02T03:20:31") + datetime.timedelta(days=12 * i)
    return slc(start.isoformat(), **PLACE, **VELOCITY, ASC_NODE_TIME=NODE[i], SV_POSITION_PRE=PRE[i],
               SV_POSITION_POST=POST[i])


def name_of(record):
    return record["umm"]["GranuleUR"].removesuffix("-SLC")


@pytest.fixture
def ask(hub):
    def run(verb, *words, code=0):
        done = hub.run(verb, *words)
        assert done.returncode == code, done.stdout + done.stderr
        return done
    run.services = hub.services
    return run


def report(ask, *words, verb="stack"):
    return json.loads(ask(verb, "-json", *words).stdout)


def baselines(ask, *words, **more):
    return [(s["date"], s["temporal_baseline_days"], s["perpendicular_baseline_m"])
            for s in report(ask, *words, **more)["scenes"]]


def values(form, name):
    return [value for key, value in form if key == name]


def test_the_published_baselines_come_out(ask):
    ask.services.records = [alaska(0), alaska(1), alaska(2)]
    found = baselines(ask, name_of(alaska(0)))
    assert [(date, days) for date, days, _ in found] == [("2021-01-02", 0), ("2021-01-14", 12), ("2021-01-26", 24)]
    assert [b for *_, b in found] == pytest.approx([0, 36.5556, 40.3483], abs=5.1e-5)
    lines = ask("stack", name_of(alaska(0))).stdout.splitlines()
    assert [line.split()[:3] for line in lines if line.startswith("2021")] == [
        ["2021-01-02", "0", "0"], ["2021-01-14", "12", "37"], ["2021-01-26", "24", "40"]]


def test_baselines_the_other_way_have_the_other_sign(ask):
    ask.services.records = [alaska(0), alaska(1)]
    (_, days, there), _ = baselines(ask, name_of(alaska(1)))
    # Another ground point and another direction of sight: within a metre.
    assert days == -12 and there == pytest.approx(-36.56, abs=1)


def test_the_stack_is_asked_for_by_place_and_kind(ask):
    ask.services.records = [alaska(0)]
    ask("stack", name_of(alaska(0)), "-start", "2020-01-01")
    first, *others = [r.form for r in ask.services.asked("cmr")]
    assert values(first, "readable_granule_name[]") == [name_of(alaska(0))]
    assert len(others) == 2
    for form, polarization in zip(others, ("VV", "VV+VH")):
        assert values(form, "attribute[]") == [
            "string,BEAM_MODE,IW", "string,ASCENDING_DESCENDING,ASCENDING", f"string,POLARIZATION,{polarization}",
            "int,PATH_NUMBER,94"]
        assert values(form, "point") == ["-147.00000000,65.00000000"]
        assert values(form, "short_name[]") == [f"SENTINEL-1{p}_SLC" for p in "ABCD"]
        assert values(form, "temporal")[0].startswith("2020-01-01T00:00:00Z,")


def test_the_stack_of_a_burst_is_its_acquisitions(ask):
    ask.services.records = [burst(), burst("2018-08-27T15:15:58"), burst("2018-09-08T15:15:58", polarization="VH"),
                            burst("2018-08-27T15:16:01", full="174_372327_IW3")]
    found = report(ask, ask.services.records[0]["umm"]["GranuleUR"])
    assert [s["date"] for s in found["scenes"]] == ["2018-08-15", "2018-08-27"]
    form = ask.services.asked("cmr")[1].form
    assert values(form, "attribute[]") == ["string,POLARIZATION,VV", "string,BURST_ID_FULL,174_372326_IW3"]


def test_scenes_without_state_vectors_stay_without_a_baseline(ask, tmp_path):
    bare = alaska(1)
    bare["umm"]["AdditionalAttributes"] = [a for a in bare["umm"]["AdditionalAttributes"] if a["Name"] != "SV_POSITION_PRE"]
    far = alaska(2)
    for a in far["umm"]["AdditionalAttributes"]:
        if a["Name"] == "SV_POSITION_PRE":
            a["Values"] = ["1,2,3,2021-01-26T03:20:42"]
    ask.services.records = [alaska(0), bare, far]
    found = report(ask, name_of(alaska(0)), tmp_path / "s.geojson")
    assert found["without_baseline"] == 2 and [s["perpendicular_baseline_m"] for s in found["scenes"]] == [0, None, None]
    assert any("state vectors" in note for note in found["notes"])
    features = json.loads((tmp_path / "s.geojson").read_text())["features"]
    assert [f["properties"]["perpendicularBaseline"] for f in features] == [0, None, None]


def test_a_reference_without_state_vectors_leaves_none(ask):
    ask.services.records = stack(3)
    found = baselines(ask, name_of(ask.services.records[1]))
    assert found == [("2020-01-02", -12, None), ("2020-01-14", 0, 0), ("2020-01-26", 12, None)]


def test_files_have_the_baselines_where_users_look_for_them(ask, tmp_path):
    ask.services.records = [alaska(0), alaska(1), alaska(2)]
    ask("stack", name_of(alaska(0)), tmp_path / "s.csv")
    rows = list(csv.DictReader((tmp_path / "s.csv").open()))
    assert [(r["TemporalBaseline"], r["PerpendicularBaseline"]) for r in rows] == [("0", "0"), ("12", "37"), ("24", "40")]
    ask("stack", name_of(alaska(0)), tmp_path / "s.geojson")
    for feature in json.loads((tmp_path / "s.geojson").read_text())["features"]:
        assert list(feature["properties"]) == sorted(feature["properties"])
    ask("stack", name_of(alaska(0)), tmp_path / "s.gpkg")


def test_temporal_baselines_are_differences_of_dates(ask):
    ask.services.records = [slc("2021-01-01T23:59:59"), slc("2021-01-13T00:00:01")]
    assert [d for _, d, _ in baselines(ask, name_of(ask.services.records[0]))] == [0, 12]


def shifted(start, share, **more):
    """A scene that covers so much of the usual footprint."""
    return slc(start, footprint=box(-114, 39 - 2 * share, -111, 41 - 2 * share), **more)


def test_of_a_date_the_scene_that_covers_most_stays(ask):
    reference = slc("2020-01-02T13:34:53")
    ask.services.records = [reference, slc("2020-01-02T13:35:18", frame=471), shifted("2020-01-14T13:34:40", 0.4, frame=461),
                            shifted("2020-01-14T13:35:05", 0.7, frame=467)]
    found = report(ask, name_of(reference))
    assert [(s["date"], round(s["overlap"], 6)) for s in found["scenes"]] == [("2020-01-02", 1), ("2020-01-14", 0.7)]
    assert found["scenes"][0]["name"] == name_of(reference)
    assert len(report(ask, name_of(reference), "-every_scene")["scenes"]) == 4
    assert len(report(ask, name_of(reference), "-every_scene", "-same_frame")["scenes"]) == 1
    assert len(report(ask, name_of(reference), "-every_scene", "-min_overlap", "0.5")["scenes"]) == 3


def test_the_reference_is_in_its_stack_whatever_the_times(ask):
    ask.services.records = stack(5)
    found = baselines(ask, name_of(ask.services.records[0]), "-start", "2020-01-20", "-end", "2020-02-08")
    assert [d for d, *_ in found] == ["2020-01-02", "2020-01-26", "2020-02-07"]


def test_neighbours_are_the_last_before(ask):
    ask.services.records = stack(8)
    names = [name_of(r) for r in ask.services.records]
    found = report(ask, names[5], verb="neighbours")
    assert [s["name"] for s in found["scenes"]] == names[3:5]
    assert [s["name"] for s in report(ask, "-n", 4, names[2], verb="neighbours")["scenes"]] == names[:2]
    assert report(ask, names[0], verb="neighbours")["scenes"] == []


@pytest.mark.parametrize("name, why", [("short", "no name"), ("S1A_IW_SLC__1SDV_20200102T133453_20200102T133519_030014_02F8C3_DEAD",
                                                              "not in the catalogue")])
def test_a_reference_that_is_none(ask, name, why):
    ask.services.records = stack(2)
    assert why in ask("stack", name, code=1).stderr


def test_failures_leave_no_file(ask, tmp_path):
    ask.services.records = stack(3)
    ask.services.fail("cmr", ".*", None, page(400, "no"))
    ask("stack", name_of(ask.services.records[0]), tmp_path / "s.csv", code=1)
    assert list(tmp_path.glob("s.*")) == []
