"""What the fuzzers share sees every end: those that are said, crashes in between, and failures at the end."""

import sys

import fuzzing

SCRIPT = """
import sys
sys.path.insert(0, {support!r})
import fuzzing

def outcome(number):
    if number in {crashes}:
        sys.exit("it broke")
    return "good" if number % 2 else "odd\\n\\tand\\u0142"

def worker(first, last):
    print("a note")
    fuzzing.work(first, last, outcome)
    sys.exit({at_end!r})

sys.exit(fuzzing.main(__file__, "", worker, good=("good", "odd and\\\\u0142")))
"""


def counted(tmp_path, number, *, crashes=(), at_end=0):
    path = tmp_path / "script.py"
    support = str(fuzzing.__file__.rpartition("/")[0])
    path.write_text(SCRIPT.format(support=support, crashes=list(crashes), at_end=at_end))
    return fuzzing.run(path, 10, number)


def test_what_is_said_is_counted_in_one_line_each(tmp_path, capsys):
    counts, examples = counted(tmp_path, 5)
    assert counts == {"good": 2, "odd and\\u0142": 3}
    assert examples == {"good": 11, "odd and\\u0142": 10}
    assert capsys.readouterr().out == "a note\n"


def test_a_crash_is_counted_and_the_rest_is_tried(tmp_path):
    counts, examples = counted(tmp_path, 6, crashes=(12, 15))
    assert counts.total() == 6
    ((crash, number),) = [(end, count) for end, count in counts.items() if "crash" in end]
    assert number == 2
    assert "it broke" in crash
    assert examples[crash] == 12


def test_a_failure_after_the_last_is_counted(tmp_path):
    counts, _ = counted(tmp_path, 3, at_end="the log is not clean")
    assert [end for end in counts if "the log is not clean" in end]
    assert counts.total() == 4


def test_the_command_fails_where_an_end_is_not_good(tmp_path, monkeypatch, capsys):
    counted(tmp_path, 0, crashes=(12,))
    monkeypatch.setattr(sys, "argv", ["script", "3", "--first", "10"])
    assert fuzzing.main(tmp_path / "script.py", "", None, good=("good", "odd and\\u0142")) == 1
    assert "(1 --first 12)" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["script", "2", "--first", "10"])
    assert fuzzing.main(tmp_path / "script.py", "", None, good=("good", "odd and\\u0142")) == 0
