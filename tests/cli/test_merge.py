# SPDX-License-Identifier: MIT
"""gdal_ih_merge: products cut into parts are put together again, what may not be merged is refused with its reason, what
does not close is told, and stacks of merged products are inverted as the whole ones are."""
import json
import re
import resource
import shutil
import signal
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

import cut_product
import make_product
from conftest import run

gdal.UseExceptions()

TWO_PI = 2 * np.pi
# Float32 holds phases of up to 64 rad to 4e-6; a constant is added and taken off again, and each rounds.
ROUNDING = 1e-5


def merge(*words, code=0, **more):
    done = run("gdal_ih_merge", "-q", *words, check=False, **more)
    assert done.returncode == code, f"{words} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def report(folder):
    return json.loads((Path(folder) / "merge.json").read_text())


def only(folder):
    """The one merged product of a folder, as layers by name."""
    entry, = report(folder)["products"]
    return entry, cut_product.read_product(Path(folder) / entry["file"]).layers


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """A small simulated stack of burst products."""
    folder = tmp_path_factory.mktemp("stack")
    run("gdal_ih_simulate", "-q", "-family", "burst", "-ts", 180, 130, "-dates", 4, "-connections", 2, "-same_extent",
        "-no_decorrelation", "-no_unwrap_errors", folder)
    return folder


@pytest.fixture(scope="module")
def whole(stack):
    """The first of them, with components of its own: two that touch nowhere, and pixels of none."""
    product = cut_product.read_product(sorted(stack.glob("*.zip"))[0])
    rows, columns = product.layers["unw_phase"].shape
    label = np.zeros((rows, columns), np.float32)
    label[:70] = 1
    label[76:] = 2
    label[:, ::31] = 0
    product.layers["conncomp"] = np.where(product.layers["unw_phase"] != 0, label, 0).astype(np.float32)
    product.layers["corr"] = np.where(product.layers["unw_phase"] != 0,
                                      np.maximum(product.layers["corr"], 0.4), product.layers["corr"])
    return product


def covers(parts, shape):
    """How many parts have each pixel."""
    count = np.zeros(shape, int)
    for part in parts:
        count[part.window] += 1
    return count


def aligned(merged, truth, label):
    """The difference of phases less the constant and cycles that are arbitrary: of each component, but the same modulo a
    cycle."""
    difference = merged.astype(float) - truth
    first = np.median(difference[label == 1])
    for value in np.unique(label[label > 0]):
        inside = label == value
        cycles = np.round((np.median(difference[inside]) - first) / TWO_PI)
        difference[inside] -= first + TWO_PI * cycles
    return difference


# -------- put together again --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_product_cut_into_two_by_three_parts_is_put_together_again(tmp_path, whole, form):
    parts = cut_product.cut(whole, tmp_path / "parts", random=np.random.default_rng(3))
    merge(tmp_path / "parts", tmp_path / "out", *["-zip"] * (form == "zip"))
    entry, layers = only(tmp_path / "out")
    label = whole.layers["conncomp"]
    valid = label > 0
    assert np.array_equal(layers["unw_phase"] != 0, whole.layers["unw_phase"] != 0)
    assert np.abs(aligned(layers["unw_phase"], whole.layers["unw_phase"], label))[valid].max() < ROUNDING
    # Two components, numbered by decreasing size: 2 is the larger.
    sizes = [(label == 1).sum(), (label == 2).sum()]
    assert entry["merged_components"] == 2 and entry["loops"] == [] and entry["unjoined_components"] == 0
    order = [1, 2] if sizes[0] > sizes[1] else [2, 1]
    assert np.array_equal(layers["conncomp"], np.choose(label.astype(int), [0, order.index(1) + 1, order.index(2) + 1]))
    turned = np.angle(np.exp(1j * (layers["wrapped_phase"].astype(float) - whole.layers["wrapped_phase"])))
    seen = whole.layers["wrapped_phase"] != 0
    turned = np.angle(np.exp(1j * (turned - turned[seen][0])))
    assert np.abs(turned[seen]).max() < ROUNDING
    for suffix in ("corr", "dem", "lv_theta", "lv_phi", "water_mask"):
        assert np.allclose(layers[suffix], whole.layers[suffix], rtol=1e-6, atol=0), suffix
    assert len(parts) == len(entry["parts"]) == 6


def test_constants_and_cycles_of_the_report_are_those_that_were_added(tmp_path, whole):
    parts = {p.name: p for p in cut_product.cut(whole, tmp_path / "parts", random=np.random.default_rng(5))}
    merge(tmp_path / "parts", tmp_path / "out")
    entry, _ = only(tmp_path / "out")
    for label in (1, 2):
        found = [(c["offset_rad"], parts[c["part"]].constant + TWO_PI * parts[c["part"]].cycles[label])
                 for c in entry["components"] if c["label"] == label]
        shift = [a - b for a, b in found]
        assert max(shift) - min(shift) < ROUNDING
    constants = np.array([[p["constant_rad"], parts[p["name"]].constant] for p in entry["parts"]])
    apart = constants[:, 0] - constants[:, 1]
    assert np.abs(np.angle(np.exp(1j * (apart - apart[0])))).max() < ROUNDING
    assert 0 in constants[:, 0]
    assert entry["overlap_rms_rad"]["after"] < ROUNDING < 1 < entry["overlap_rms_rad"]["before"]


def test_noise_of_its_own_in_every_part_stays_within_noise(tmp_path, whole):
    noise = 0.2
    parts = cut_product.cut(whole, tmp_path / "parts", random=np.random.default_rng(7), noise=noise, overlap=24)
    merge(tmp_path / "parts", tmp_path / "out", "-blend", "mean")
    entry, layers = only(tmp_path / "out")
    label, count = whole.layers["conncomp"], covers(parts, whole.layers["unw_phase"].shape)
    difference = aligned(layers["unw_phase"], whole.layers["unw_phase"], label)
    single, double = difference[(label > 0) & (count == 1)], difference[(label > 0) & (count == 2)]
    # Constants are means over some 1000 common pixels: 0.2 * sqrt(2 / 1000) = 0.01 rad, along a chain of at most three.
    assert abs(single.std() - noise) < 0.01
    assert abs(double.std() - noise / np.sqrt(2)) < 0.02
    assert all(abs(link["residual_rad"]) < 0.05 for link in entry["links"])
    assert all(abs(link["spread_rad"] - noise * np.sqrt(2)) < 0.05 for link in entry["links"] if link["pixels"] > 500)


def test_a_ramp_between_products_is_told(tmp_path, whole):
    def change(row, column, layers):
        if column == 1:     # 0.05 rad per column, 0.01 rad per row
            rows, columns = np.indices(layers["unw_phase"].shape)
            layers["unw_phase"] = np.where(layers["unw_phase"] != 0, layers["unw_phase"] + 0.05 * columns + 0.01 * rows,
                                           0).astype(np.float32)

    cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2, overlap=20, change=change)
    merge(tmp_path / "parts", tmp_path / "out")
    height = whole.layers["unw_phase"].shape[0]
    for link in only(tmp_path / "out")[0]["links"]:
        # First less second product, over 20 columns and all rows.
        assert link["trend_rad"] == pytest.approx([-0.05 * 20, -0.01 * height], abs=1e-3)


def test_a_damaged_layer_leaves_nothing_behind(tmp_path, whole):
    """The phase of one part is damaged inside its archive: found only when it is read."""
    parts = cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2)
    with zipfile.ZipFile(parts[1].path) as archive:
        member = archive.getinfo(f"{parts[1].name}/{parts[1].name}_wrapped_phase.tif")
    content = bytearray(parts[1].path.read_bytes())
    middle = member.header_offset + member.compress_size // 2
    content[middle:middle + 400] = bytes(400)
    parts[1].path.write_bytes(content)
    done = merge(tmp_path / "parts", tmp_path / "out", code=1)
    assert "wrapped_phase" in done.stderr and "damaged" in done.stderr
    assert not (tmp_path / "out").exists()


def test_overlaps_are_means_weighted_by_coherence(tmp_path, whole):
    random = np.random.default_rng(9)
    kept = {}

    def change(row, column, layers):
        grain = random.normal(0, 0.1, layers["corr"].shape).astype(np.float32)
        layers["unw_phase"] = np.where(layers["unw_phase"] != 0, layers["unw_phase"] + grain, 0)
        layers["corr"] = np.where(layers["corr"] != 0, random.uniform(0.4, 1, grain.shape), 0).astype(np.float32)
        kept[row, column] = layers

    parts = cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2, random=random, change=change)
    merge(tmp_path / "parts", tmp_path / "out")
    entry, layers = only(tmp_path / "out")
    shape = whole.layers["unw_phase"].shape
    total, weights, coherence, count = (np.zeros(shape) for _ in range(4))
    offsets = {(c["part"], c["label"]): c["offset_rad"] for c in entry["components"]}
    labelled = whole.layers["conncomp"] > 0
    for part, own in zip(parts, (kept[0, 0], kept[0, 1])):
        offset = np.choose(own["conncomp"].astype(int), [0, offsets[part.name, 1], offsets[part.name, 2]])
        total[part.window] += own["corr"].astype(float) * (own["unw_phase"] - offset)
        weights[part.window] += own["corr"]
        coherence[part.window] += own["corr"]
        count[part.window] += own["corr"] > 0
    # The weighted mean, and the plain mean of coherence.
    assert np.abs(layers["unw_phase"] - total / np.maximum(weights, 1e-9))[labelled].max() < ROUNDING
    assert np.abs(layers["corr"] - coherence / np.maximum(count, 1))[count > 0].max() < 1e-6


def test_the_first_product_wins_with_blend_first(tmp_path, whole):
    parts = cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2, random=np.random.default_rng(9), noise=0.1)
    merge(tmp_path / "parts", tmp_path / "out", "-blend", "first")
    entry, layers = only(tmp_path / "out")
    first = cut_product.read_product(parts[0].path).layers
    offsets = {c["label"]: c["offset_rad"] for c in entry["components"] if c["part"] == parts[0].name}
    for label in (1, 2):
        inside = first["conncomp"] == label
        assert np.abs(layers["unw_phase"][parts[0].window][inside] -
                      (first["unw_phase"][inside].astype(float) - offsets[label])).max() < ROUNDING


def test_cycles_alone_leave_the_constants(tmp_path, whole):
    parts = cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2, random=np.random.default_rng(2))
    merge(tmp_path / "parts", tmp_path / "out", "-mode", "cycles", "-blend", "first")
    entry, layers = only(tmp_path / "out")
    assert [p["constant_rad"] for p in entry["parts"]] == [0, 0]
    for part in parts:
        own = cut_product.read_product(part.path).layers["unw_phase"]
        alone = covers(parts, whole.layers["unw_phase"].shape)[part.window] == 1
        steps = (layers["unw_phase"][part.window] - own)[alone & (own != 0)] / TWO_PI
        assert np.abs(steps - np.round(steps)).max() < 1e-5


def test_median_takes_an_offset_off_each_component(tmp_path, whole):
    """Half a cycle between the components of one part cannot be cycles: only real offsets of components mend it."""
    def change(row, column, layers):
        if column == 1:
            layers["unw_phase"] = np.where(layers["conncomp"] == 2, layers["unw_phase"] + np.float32(np.pi),
                                           layers["unw_phase"])

    cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2, random=np.random.default_rng(2), change=change)
    merge(tmp_path / "parts", tmp_path / "out", "-mode", "median")
    entry, layers = only(tmp_path / "out")
    difference = layers["unw_phase"].astype(float) - whole.layers["unw_phase"]
    for label in (1, 2):
        inside = difference[whole.layers["conncomp"] == label]
        assert np.ptp(inside) < ROUNDING


def test_frames_without_components_are_merged_by_their_regions(tmp_path):
    """GAMMA frames: regions of valid phase, split by a gap; the reference constants of the frames differ."""
    random = np.random.default_rng(4)
    truth = 3 * random.normal(size=(90, 100)).cumsum(0).cumsum(1).astype(np.float32) / 500
    truth[:, 48:52] = 0
    cycles = {0: (0, 0), 1: (2, -1)}
    for k, rows in enumerate((slice(0, 55), slice(35, 90))):
        phase = truth[rows].copy()
        phase[:, :48] += 1.3 * k + TWO_PI * cycles[k][0]
        phase[:, 52:] += 1.3 * k + TWO_PI * cycles[k][1]
        wrapped = np.where(truth[rows] != 0, np.angle(np.exp(1j * (truth[rows].astype(float) + 0.4 * k))), 0)
        make_product.make_gamma(tmp_path / "in", reference=f"20200604T0223{12 + 25 * k}", size=(100, rows.stop - rows.start),
                                secondary=f"20200616T0223{13 + 25 * k}", offset=(0, rows.start), masked=False,
                                arrays={"unw_phase": phase, "wrapped_phase": wrapped.astype(np.float32),
                                        "corr": np.full(phase.shape, 0.8, np.float32)})
    merge(tmp_path / "in", tmp_path / "out")
    entry, layers = only(tmp_path / "out")
    assert re.fullmatch(r"S1AA_20200604T022312_20200616T022313_VVP012_INT80_G_ueF_[0-9A-F]{4}", entry["name"])
    assert entry["merged_components"] == 2 and sorted(entry["layers_left_out"]) == ["los_disp", "vert_disp"]
    for columns in (np.s_[:48], np.s_[52:]):
        difference = layers["unw_phase"][:, columns].astype(float) - truth[:, columns]
        assert np.ptp(difference) < ROUNDING
    turned = np.angle(np.exp(1j * (layers["wrapped_phase"].astype(float) - truth)))[truth != 0]
    assert np.ptp(turned) < ROUNDING
    # The wrapped phases have a constant of their own.
    apart = [p["wrapped_constant_rad"] for p in entry["parts"]]
    assert abs(abs(apart[0] - apart[1]) - 0.4) < ROUNDING


def test_water_is_what_any_mask_says_and_is_made_no_data_on_request(tmp_path, whole):
    def change(row, column, layers):
        layers["water_mask"][:] = 1
        if column == 0:
            layers["water_mask"][:, -5:] = 0

    parts = cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2, overlap=20, change=change)
    merge(tmp_path / "parts", tmp_path / "out", "-water_mask")
    _, layers = only(tmp_path / "out")
    end = parts[0].window[1].stop
    water = np.zeros(layers["water_mask"].shape, bool)
    water[:, end - 5:end] = True
    assert np.array_equal(layers["water_mask"] == 0, water)
    assert np.array_equal(layers["unw_phase"] != 0, (whole.layers["unw_phase"] != 0) & ~water)
    assert np.array_equal(layers["conncomp"] != 0, (whole.layers["conncomp"] != 0) & ~water)
    text, = (tmp_path / "out").glob("*/*.txt")
    assert "Water mask: yes" in text.read_text()


# -------- what may not be merged ----------------------------------------------------------------------------------------

def burst(folder, number, swath=2, rows=0, columns=0, **options):
    return make_product.make_burst(folder, burst=number, swath=swath, offset=(columns, rows), masked=False,
                                   nx=60, ny=50, **options)


REFUSED = {
    "dates": (lambda f: (burst(f, 136231), burst(f, 136232, rows=40, secondary="20200628")),
              r"same reference and secondary date; found 2020-06-04 to 2020-06-16 .*, 2020-06-04 to 2020-06-28 "),
    "polarisation": (lambda f: (burst(f, 136231), burst(f, 136232, rows=40, polarization="HH")),
                     r"same polarisation; found (VV|HH) \(1 product, such as S1_\w+\), (VV|HH)"),
    "looks": (lambda f: (burst(f, 136231), burst(f, 136232, rows=40, keys={"Range looks": 10, "Azimuth looks": 2})),
              r"same looks \(range x azimuth\); found .*10x2"),
    "orbit": (lambda f: (burst(f, 136231), burst(f, 93117, rows=40)), r"same relative orbit; found .*44"),
    "burst missing": (lambda f: (burst(f, 136231), burst(f, 136233, rows=40)),
                      r"subswath IW2 are not contiguous: between bursts 136231 and 136233"),
    "swaths apart": (lambda f: (burst(f, 136231, 1), burst(f, 136234, 2, rows=40)), r"subswaths IW1 and IW2 do not overlap"),
    "ground apart": (lambda f: (burst(f, 136231), burst(f, 136232, rows=200)),
                     r"not contiguous: nothing leads from S1_13623\d_\w+ to S1_13623\d_"),
    "pixel size": (lambda f: (burst(f, 136231), burst(f, 136232, spacing=40, rows=80, keys={"Range looks": 20, "Azimuth looks": 4})),
                   r"same pixel size; found"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_may_not_be_merged_is_refused_with_its_reason(tmp_path, what):
    make, message = REFUSED[what]
    make(tmp_path / "in")
    done = merge(tmp_path / "in", tmp_path / "out", code=1)
    assert re.search(message, done.stderr), done.stderr
    assert not (tmp_path / "out").exists()


def test_reasons_differ_from_each_other():
    assert len({message for _, message in REFUSED.values()}) == len(REFUSED)


def test_overlapping_grids_without_common_valid_pixels_are_not_contiguous(tmp_path):
    empty = {suffix: np.zeros((50, 60), np.float32) for suffix in ("unw_phase", "corr", "wrapped_phase", "conncomp")}
    for number, rows, valid in ((136231, 0, np.s_[:20]), (136232, 40, np.s_[30:])):
        arrays = {k: v.copy() for k, v in empty.items()}
        for pixels in arrays.values():
            pixels[valid] = 0.9
        burst(tmp_path / "in", number, rows=rows, arrays=arrays)
    done = merge(tmp_path / "in", tmp_path / "out", code=1)
    assert "no valid pixel in common" in done.stderr
    assert not list((tmp_path / "out").glob("S1*")) if (tmp_path / "out").exists() else True


def test_a_single_product_has_nothing_to_be_merged_with(tmp_path):
    burst(tmp_path / "in", 136231)
    assert "nothing to be merged with" in merge(tmp_path / "in", tmp_path / "out", code=1).stderr


# -------- what does not close, and what is joined to nothing ------------------------------------------------------------

def test_a_loop_that_does_not_close_is_told(tmp_path, whole):
    """One part of four has an unwrapping error inside its component: its overlap with the part beside it is a cycle off."""
    shape = whole.layers["unw_phase"].shape
    whole = cut_product.Whole(whole.name, {**whole.layers, "conncomp": (whole.layers["unw_phase"] != 0).astype(np.float32)},
                              whole.geotransform, whole.epsg, whole.text, whole.nodata)

    def change(row, column, layers):
        if (row, column) == (1, 1):
            inside = np.zeros(layers["unw_phase"].shape, bool)
            inside[24:, :30] = True
            layers["unw_phase"] = np.where(inside & (layers["unw_phase"] != 0),
                                           layers["unw_phase"] + np.float32(TWO_PI), layers["unw_phase"])

    parts = cut_product.cut(whole, tmp_path / "parts", rows=2, columns=2, overlap=20, change=change,
                            random=np.random.default_rng(8))
    done = merge(tmp_path / "parts", tmp_path / "out")
    entry, _ = only(tmp_path / "out")
    assert "loops of components do not close" in done.stderr
    assert len(entry["loops"]) >= 1 and all(abs(loop["cycles"]) == 1 for loop in entry["loops"])
    assert any(parts[3].name in {c["part"] for c in loop["components"]} for loop in entry["loops"])
    # One link carries the cycle.
    assert sum(abs(link["residual_rad"]) > np.pi for link in entry["links"]) == 1
    assert "Loop that does not close" in run("gdal_ih_merge", tmp_path / "parts", tmp_path / "again").stdout
    assert shape == whole.layers["unw_phase"].shape


def test_components_without_links_stay_and_are_dropped_on_request(tmp_path, whole):
    def change(row, column, layers):
        if column == 1:
            block = layers["conncomp"][corner]
            block[block > 0] = 9

    corner = np.s_[30:45, 40:60]
    parts = cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2, change=change)
    place = np.s_[30:45, 40 + parts[1].window[1].start:60 + parts[1].window[1].start]
    inside = whole.layers["conncomp"][place] > 0
    assert inside.sum() > 100
    merge(tmp_path / "parts", tmp_path / "out")
    entry, layers = only(tmp_path / "out")
    alone, = [c for c in entry["components"] if c["label"] == 9]
    assert not alone["joined"] and entry["unjoined_components"] == 1 and alone["cycles"] == 0
    assert (layers["unw_phase"][place] != 0)[inside].all()
    merge(tmp_path / "parts", tmp_path / "dropped", "-drop_unjoined")
    _, layers = only(tmp_path / "dropped")
    assert not (layers["unw_phase"][place] != 0)[inside].any() and not (layers["conncomp"][place] != 0).any()


def test_links_need_enough_coherent_common_pixels(tmp_path, whole):
    """Coherence of 0.9 in some hundred pixels of the overlap of component 1, of 0.35 elsewhere."""
    def change(row, column, layers):
        overlap = np.s_[:, -20:] if column == 0 else np.s_[:, :20]
        layers["corr"] = np.where(layers["corr"] != 0, np.float32(0.35), 0)
        layers["corr"][overlap][20:40] = np.where(layers["corr"][overlap][20:40] != 0, np.float32(0.9), 0)

    cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2, overlap=20, change=change)

    def links(*words):
        merge(tmp_path / "parts", tmp_path / "out", *words)
        return {link["first_label"]: link["pixels"] for link in only(tmp_path / "out")[0]["links"]}

    every, coherent = links(), links("-min_coherence", 0.5)
    assert set(every) == {1, 2} and set(coherent) == {1} and coherent[1] < every[1]
    assert set(links("-min_coherence", 0.5, "-min_overlap", coherent[1])) == {1}
    assert links("-min_coherence", 0.5, "-min_overlap", coherent[1] + 1) == {}


# -------- many pairs ----------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def merged_stack(stack, tmp_path_factory):
    """The stack cut into parts, and merged again."""
    folder = tmp_path_factory.mktemp("merged")
    random = np.random.default_rng(12)
    for path in sorted(stack.glob("*.zip")):
        cut_product.cut(cut_product.read_product(path), folder / "parts", random=random)
    merge(folder / "parts", folder / "out", "-zip")
    return folder


def test_every_pair_is_merged_on_one_grid(stack, merged_stack):
    products = report(merged_stack / "out")["products"]
    assert len(products) == len(list(stack.glob("*.zip"))) == 5
    grids = {cut_product.read_product(merged_stack / "out" / p["file"]).geotransform for p in products}
    assert len(grids) == 1
    assert len({re.sub(r"\d{8}_\d{8}|_[0-9A-F]{4}$", "", p["name"]) for p in products}) == 1


def test_a_stack_of_merged_products_is_inverted_as_the_whole_one(stack, merged_stack, tmp_path):
    """Constants of a pair go with the reference, so the series are the same but for the rounding of phases: 4e-6 rad is
    2e-8 m of displacement, and less than 1e-6 m/year over 36 days."""
    # Pixels of no component have no cycles of their own in the parts, so they are compared nowhere.
    label = [cut_product.read_product(p).layers["conncomp"] > 0 for p in sorted(stack.glob("*.zip"))]
    reference = np.argwhere(np.logical_and.reduce(label))
    row, column = reference[len(reference) // 2]
    for source, out in ((stack, "whole"), (merged_stack / "out", "merged")):
        run("gdal_ih_sbas", "-q", source, tmp_path / out, "-ref_pixel", column, row)
    whole, merged = (gdal.Open(str(tmp_path / out / "velocity.tif")).ReadAsArray() for out in ("whole", "merged"))
    valid = np.logical_and.reduce(label)
    assert np.array_equal(np.isfinite(whole), np.isfinite(merged)) and valid.sum() > 5000
    assert np.abs(whole - merged)[valid & np.isfinite(whole)].max() < 1e-6


def test_the_same_bytes_for_any_threads_and_memory(merged_stack, tmp_path):
    merge(merged_stack / "parts", tmp_path / "one", "-zip", "-threads", 1, "-wm", "20MB")
    for path in sorted((tmp_path / "one").glob("*.zip")):
        assert path.read_bytes() == (merged_stack / "out" / path.name).read_bytes()


def test_only_what_has_changed_is_merged_again(merged_stack, tmp_path):
    shutil.copytree(merged_stack / "parts", tmp_path / "parts")
    merge(tmp_path / "parts", tmp_path / "out")
    first = report(tmp_path / "out")
    assert (first["execution"]["made"], first["execution"]["kept"]) == (5, 0)
    merge(tmp_path / "parts", tmp_path / "out")
    again = report(tmp_path / "out")
    assert (again["execution"]["made"], again["execution"]["kept"]) == (0, 5)
    assert again["products"] == first["products"]
    # A pair goes: its merged product goes as well, and the others stay.
    gone = first["products"][0]
    for source in gone["sources"]:
        Path(source["path"]).unlink()
    merge(tmp_path / "parts", tmp_path / "out")
    last = report(tmp_path / "out")
    assert (last["execution"]["made"], last["execution"]["kept"], last["execution"]["removed"]) == (0, 4, 1)
    assert not (tmp_path / "out" / gone["file"]).exists()
    # Another option makes all anew.
    merge(tmp_path / "parts", tmp_path / "out", "-blend", "mean")
    assert report(tmp_path / "out")["execution"]["made"] == 4


def test_a_run_that_failed_leaves_no_product_that_passes_for_another(merged_stack, tmp_path):
    def small_files_only():
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    shutil.copytree(merged_stack / "parts", tmp_path / "parts")
    merge(tmp_path / "parts", tmp_path / "out")
    before = {p.name for p in (tmp_path / "out").iterdir()}
    # The report and small layers fit, the phase does not.
    done = subprocess.run(["gdal_ih_merge", "-q", tmp_path / "parts", tmp_path / "out", "-blend", "first"],
                          preexec_fn=small_files_only, capture_output=True, text=True)
    assert done.returncode == 1 and "cannot be written" in done.stderr
    assert {p.name for p in (tmp_path / "out").iterdir()} == before
    told = report(tmp_path / "out")
    assert not told["complete"] and all("sources" not in product for product in told["products"])
    merge(tmp_path / "parts", tmp_path / "out")
    assert report(tmp_path / "out")["execution"]["made"] == 5


def test_pairs_that_cannot_be_merged_are_left_out(merged_stack, tmp_path):
    shutil.copytree(merged_stack / "parts", tmp_path / "parts")
    entries = report(merged_stack / "out")["products"]
    names = [Path(source["path"]).name for source in entries[0]["sources"]]
    (tmp_path / "parts" / names[0]).unlink()                    # five of six
    broken = tmp_path / "parts" / Path(entries[1]["sources"][2]["path"]).name
    broken.write_bytes(broken.read_bytes()[:5000])
    done = merge(tmp_path / "parts", tmp_path / "out", code=2)
    result = report(tmp_path / "out")
    assert [p["name"] for p in result["products"]] == [e["name"] for e in entries[2:]], done.stderr
    assert sum("of its pair there are 5 products, of others 6" in item["reason"] for item in result["left_out"]) == 10
    assert any("zip" in item["reason"] for item in result["left_out"])
    merge(tmp_path / "parts", tmp_path / "all", "-allow_incomplete", code=2)
    result = report(tmp_path / "all")
    assert len(result["products"]) == 5
    # Names do not tell bursts then, so that the products stay one stack.
    assert all(re.fullmatch(r"S1_064__\d{8}_\d{8}_VV_INT80_[0-9A-F]{4}", p["name"]) for p in result["products"])


# -------- output --------------------------------------------------------------------------------------------------------

def test_one_pair_goes_to_the_zip_or_product_folder_that_is_named(tmp_path, whole):
    cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2)
    name = "S1_064__20200104_20200116_VV_INT80_BEEF"
    for out in ("pair.zip", name):
        merge(tmp_path / "parts", tmp_path / out)
        product = cut_product.read_product(tmp_path / out) if out == name else None
        info = gdal.OpenEx(str(tmp_path / out), allowed_drivers=["HYP3"])
        assert info.GetMetadataItem("REFERENCE_DATE") == "2020-01-04" and info.RasterCount == 8
        assert product is None or product.name == name
        assert json.loads((tmp_path / f"{out.removesuffix('.zip')}_merge.json").read_text())["complete"]
    done = merge(tmp_path / "parts", tmp_path / "S1_064__20200104_20200128_VV_INT80_BEEF", code=1)
    assert "another pair" in done.stderr


def test_what_is_none_of_ours_is_not_replaced(tmp_path, whole):
    cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2)
    (tmp_path / "pair.zip").write_bytes(b"mine")
    assert "-overwrite" in merge(tmp_path / "parts", tmp_path / "pair.zip", code=1).stderr
    assert (tmp_path / "pair.zip").read_bytes() == b"mine"
    merge(tmp_path / "parts", tmp_path / "pair.zip", "-overwrite")
    assert (tmp_path / "pair.zip").stat().st_size > 1000
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_metadata_are_those_of_all_parts(tmp_path, whole):
    text = whole.text.decode()
    near = float(re.search(r"Slant range near: (\S+)", text).group(1))
    parts = cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2)
    merge(tmp_path / "parts", tmp_path / "out")
    entry, _ = only(tmp_path / "out")
    dataset = gdal.OpenEx(str(tmp_path / "out" / entry["file"]), allowed_drivers=["HYP3"])
    keys = dataset.GetMetadata("HYP3")
    assert len(keys["Reference Granule"].split(", ")) == len(parts)
    assert float(keys["Slant range near"]) == pytest.approx(near, rel=1e-9)
    assert not any(key.startswith("Radar ") for key in keys)
    assert entry["name"].startswith("S1_064_136231s1n01-136231s2n01-000000s3n00_IW_20200104_20200116_VV_INT80_")
    assert dataset.GetMetadataItem("RELATIVE_ORBIT") == "64"
    assert dataset.GetMetadataItem("LOOKS") == "20x4"


def test_chosen_layers_are_written_and_unknown_ones_refused(tmp_path, whole):
    cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2)
    merge(tmp_path / "parts", tmp_path / "out", "-layers", "unw_phase,corr")
    entry, layers = only(tmp_path / "out")
    assert entry["layers"] == ["unw_phase", "corr"] == list(layers)
    assert "no such layer" in merge(tmp_path / "parts", tmp_path / "no", "-layers", "colour", code=1).stderr
    assert "not all products" not in merge(tmp_path / "parts", tmp_path / "no", "-layers", "lat_rdr", code=1).stderr


def test_a_dry_run_tells_and_writes_nothing(tmp_path, whole):
    cut_product.cut(whole, tmp_path / "parts", rows=1, columns=2)
    done = run("gdal_ih_merge", "-dry_run", "-json", tmp_path / "parts", tmp_path / "out")
    told = json.loads(done.stdout)
    assert len(told["products"]) == 1 and len(told["products"][0]["sources"]) == 2
    assert not (tmp_path / "out").exists()


def test_a_product_of_another_zone_is_brought_to_the_grid_of_most(tmp_path):
    """Two bursts of one zone and one of the next: its pixels come by the nearest neighbour, within half a pixel."""
    phase = np.fromfunction(lambda r, c: 5 + 0.01 * r + 0.02 * c, (50, 60)).astype(np.float32)
    arrays = {"unw_phase": phase, "corr": np.full(phase.shape, 0.9, np.float32), "conncomp": np.ones(phase.shape, np.float32),
              "wrapped_phase": np.angle(np.exp(1j * phase)).astype(np.float32)}
    burst(tmp_path / "in", 136231, arrays=arrays)
    burst(tmp_path / "in", 136232, rows=30, arrays={**arrays, "unw_phase": phase + np.float32(0.3 + 2 * TWO_PI)})
    far = burst(tmp_path / "far", 136233, rows=60, arrays={**arrays, "unw_phase": phase + np.float32(0.6)})
    with_zone = tmp_path / "in" / Path(far.path).name
    moved = cut_product.read_product(far.path)
    files = {}
    for suffix, pixels in moved.layers.items():
        source = gdal.GetDriverByName("MEM").Create("", pixels.shape[1], pixels.shape[0], 1,
                                                    gdal.GDT_Byte if pixels.dtype == np.uint8 else gdal.GDT_Float32)
        source.SetGeoTransform(moved.geotransform)
        source.SetProjection(f"EPSG:{moved.epsg}")
        source.GetRasterBand(1).WriteArray(pixels)
        warped = gdal.Warp("", source, format="MEM", dstSRS="EPSG:32612", xRes=80, yRes=80, targetAlignedPixels=True)
        files[f"{moved.name}_{suffix}.tif"] = make_product.geotiff(warped.ReadAsArray(), warped.GetGeoTransform(), 32612,
                                                                   moved.nodata[suffix])
    files[f"{moved.name}.txt"] = moved.text
    make_product.write_package(tmp_path / "in", moved.name, files)
    assert with_zone.exists()
    done = merge(tmp_path / "in", tmp_path / "out")
    assert "1 of 3 products do not lie on the common grid" in done.stderr
    entry, layers = only(tmp_path / "out")
    assert [p["on_lattice"] for p in entry["parts"]] == [True, True, False]
    assert entry["merged_components"] == 1 and entry["loops"] == []
    # The other zone when it is asked for.
    merge(tmp_path / "in", tmp_path / "west", "-t_srs", "EPSG:32612")
    west = report(tmp_path / "west")
    assert "UTM zone 12N" in west["content"]["grid"]["srs"] and "UTM zone 11N" in report(tmp_path / "out")["content"]["grid"]["srs"]
    assert [p["on_lattice"] for p in west["products"][0]["parts"]] == [False, False, True]
    # All three continue the same slope: 30 rows further, 0.3 rad more. Half a pixel is 0.015 rad, twice because of two steps.
    assert entry["overlap_rms_rad"]["after"] < 0.03
