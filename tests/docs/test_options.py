# SPDX-License-Identifier: MIT
"""Every option of every program is used by a test, as it is in the help and on the page (test_documentation)."""
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import update_options as options  # noqa: E402
from conftest import SOURCE  # noqa: E402

TESTS = [path for folder in ("cli", "clients", "driver", "valgrind")
         for path in sorted((SOURCE / "tests" / folder).glob("test_*.py"))]
# Tests of what all programs have in common go through the programs of the build.
COMMON = (SOURCE / "tests" / "cli" / "test_programs.py").read_text(encoding="utf-8")


def words_of(program):
    """Strings of the files that name the program, cut at blanks: command lines stand there as lists of words."""
    text = COMMON + "".join(t for t in (p.read_text(encoding="utf-8") for p in TESTS) if program in t)
    return {word.split("=")[0] for string in re.findall(r'"([^"\n]*)"', text) for word in string.split()}


@pytest.mark.parametrize("program", [path.name for path in options.programs()])
def test_every_option_is_used_by_a_test(program):
    named = re.findall(r"^  (--?[A-Za-z]\S*)", options.ask(program, "--help"), re.M)
    assert len(named) > 5
    assert [option for option in named if option not in words_of(program)] == []
