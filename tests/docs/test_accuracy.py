# SPDX-License-Identifier: MIT
"""docs/accuracy.md shows the recorded figures, and the programs still reach them."""
import json
import sys

import pytest

from conftest import BUILD, SOURCE

sys.path.insert(0, str(SOURCE / "tests" / "accuracy"))
import make_accuracy  # noqa: E402

FIGURES = json.loads(make_accuracy.RECORD.read_text())

# Small stacks of two runs each: corrections of unwrapping errors, and of the elevation model.
MEASURED = [("stacks", "GAMMA, two connections"), ("terrain", "heights wrong by 30 m")]


def test_the_tables_are_made_of_the_recorded_figures():
    text = make_accuracy.DOCUMENT.read_text()
    assert make_accuracy.with_tables(text, FIGURES) == text, "run tests/accuracy/make_accuracy.py -tables"


def test_every_experiment_is_recorded_for_every_seed():
    recorded = {(experiment, title, run, len(figures[run]))
                for experiment, stacks in FIGURES.items() for title, figures in stacks.items() for run in figures}
    wanted = {(experiment, title, run, len(make_accuracy.SEEDS))
              for experiment, stacks in make_accuracy.EXPERIMENTS.items()
              for title, (_, runs) in stacks.items() for run in runs}
    assert recorded == wanted and len(make_accuracy.SEEDS) >= 5


@pytest.mark.parametrize("experiment, title", MEASURED)
def test_the_programs_reach_the_recorded_figures(tmp_path, experiment, title):
    """Within 1 %: rounding differs among processors, and a choice on its edge may fall the other way."""
    make_accuracy.use_build(BUILD)
    options, runs = make_accuracy.EXPERIMENTS[experiment][title]
    seed = make_accuracy.SEEDS[0]
    measured = make_accuracy.measure(tmp_path / "stack", seed, options, runs)
    for name, figures in measured.items():
        recorded = FIGURES[experiment][title][name][0]
        assert figures.keys() == recorded.keys()
        for key, value in figures.items():
            # a part in 100000 of good values is some ten pixels of pairs
            assert value == pytest.approx(recorded[key], rel=0.01, abs=1e-5 if "share" in key else 0.01), (name, key)
