"""Tables put one behind the other, and what stands above or instead of a header."""

import pytest

from opinia.errors import DataError
from opinia.score import ScoreOptions, score_table

HEAD = "text,label\r\n"
ROWS = "A warm and funny film,positive\r\nDull and far too long,negative\r\n"


def judged(content, folder, model_path):
    import opinia

    (folder / "in.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    options = ScoreOptions(text_column="text")
    summary = score_table(
        folder / "in.csv", folder / "out.csv", classifier=opinia.load(model_path), options=options
    )
    return summary, (folder / "out.csv").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("again", ["\ufefftext,label", "Text,LABEL", '"text","label"', " text , label"])
def test_a_header_that_stands_there_again_is_no_review(again, tmp_path, model_path):
    summary, lines = judged(f"{HEAD}{ROWS}{again}\r\n{ROWS}", tmp_path, model_path)
    assert "the header stands here once more" in lines[3]
    assert not any("once more" in line for line in lines[:3] + lines[4:])
    assert summary.rows == 5


def test_behind_columns_in_another_order_nothing_is_judged_until_they_are_back(tmp_path, model_path):
    turned = "label,text\r\npositive,Good\r\n"
    _, lines = judged(f"{HEAD}{ROWS}{turned}{HEAD}{ROWS}", tmp_path, model_path)
    assert ["another order" in line for line in lines] == [False] * 3 + [True] * 2 + [False] * 3
    assert "once more" in lines[5]


def test_one_column_is_compared_letter_by_letter(tmp_path, model_path):
    _, lines = judged("text\r\nA warm film\r\nText\r\n\ufefftext\r\ntext\r\nDull\r\n", tmp_path, model_path)
    assert ["once more" in line for line in lines] == [False, False, False, True, True, False]


@pytest.mark.parametrize(
    "above", ["# exported\n", "# exported\n# source: shop\n", "Report\n\n\nof May\nby Ann\n"]
)
def test_what_stands_above_the_header_stays_and_is_no_row(above, tmp_path, model_path):
    rows = "".join(f"{n},{ROWS.splitlines()[0]}\n" for n in range(9))
    summary, _ = judged(above + "id,text,label\n" + rows, tmp_path, model_path)
    assert (summary.rows, summary.bad) == (9, 0)
    assert (tmp_path / "out.csv").read_text("utf-8").startswith(above + "id,text,label,opinia_label")


@pytest.mark.parametrize("above", ["Report\n", "Report of May\n\n"])
def test_what_stands_above_a_table_that_names_nothing_is_refused(above, tmp_path, model_path):
    rows = "".join(f"{n},{ROWS.splitlines()[0]}\n" for n in range(9))
    with pytest.raises(DataError, match=r"the first (line|\d lines) of .* ha(s|ve) 1 cell") as error:
        judged(above + rows, tmp_path, model_path)
    assert "leave out what stands before the header" in error.value.hint
    assert not (tmp_path / "out.csv").exists()


def test_names_of_columns_in_another_encoding_are_refused(tmp_path, model_path):
    rows = "".join(f"这部电影非常好看我很喜欢{n},{n % 2}\r\n" for n in range(10))
    with pytest.raises(DataError, match="the names of the columns of .* are not utf-8") as error:
        judged(("评论,标签\r\n" + rows).encode("gbk"), tmp_path, model_path)
    assert "--encoding" in error.value.hint


def test_line_ends_turned_twice_are_refused(tmp_path, model_path):
    with pytest.raises(DataError, match="two carriage returns and a line feed"):
        judged((HEAD + ROWS).replace("\r\n", "\r\r\n"), tmp_path, model_path)
