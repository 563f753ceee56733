"""Reports of hostile names and texts: they are shown as they stand, and nothing of them is obeyed."""

import re
from html.parser import HTMLParser

import pytest

from opinia.report.blocks import Heading, Image, Paragraph, Statement, Statements, Table
from opinia.report.render import to_html, to_markdown

HOSTILE = [
    "</title></style><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp; <b>bold</b>",
    "{{ 7 * 7 }} {% raw %} {# gone #}",
    "`</code><script>alert(1)</script>`",
    "a | b \\ *c* _d_ [e](javascript:alert(1)) ![f](g) # h > i",
    "zażółć gęślą jaźń \N{ZERO WIDTH JOINER} 👩‍👧",
]


def blocks(text):
    return [
        Heading(text, 1),
        Paragraph(text),
        Heading(text),
        Statements((Statement(text, text), Statement(text)), text),
        Table((text, "n"), ((text, "1"), (text, text))),
        Image("picture", text, text),
    ]


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.said, self.alt, self.title, self.in_title = [], [], None, "", False

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.in_title = tag == "title"
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag == "img":
            self.alt = dict(attrs)["alt"]
            assert dict(attrs)["src"] == "data:image/svg+xml;base64,PHN2Zy8+"

    def handle_endtag(self, tag):
        self.in_title = False

    def handle_data(self, data):
        if self.in_title:
            self.title += data
        self.said.append(data)


@pytest.mark.parametrize("text", HOSTILE)
def test_html_shows_every_text_as_it_stands(text):
    page = Page()
    page.feed(to_html(blocks(text), language="en", pictures={"picture": b"<svg/>"}))
    plain = to_html(blocks("text"), language="en", pictures={"picture": b"<svg/>"})
    count = 8 * text.count("`") // 2
    usual = Page()
    usual.feed(plain)
    assert [tag for tag in page.tags if tag != "code"] == usual.tags
    assert page.tags.count("code") == count
    assert page.title == page.alt == text
    said = "".join(page.said)
    assert said.count(text.replace("`", "")) == 12
    # Title, two headings and a verdict keep their backticks; elsewhere they make code.
    assert said.count(text) == (4 if "`" in text else 12)


@pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "a\x1bb", "a\udc80b"])
def test_characters_that_html_cannot_hold_are_replaced(text):
    page = to_html([Heading(text, 1), Paragraph(text)], language="en", pictures={})
    assert page.count("a\ufffdb") == 3
    page.encode("utf-8")


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_every_text_as_it_stands(text):
    markdown = to_markdown(blocks(text))
    usual = to_markdown(blocks("text"))
    lines = markdown.splitlines()
    assert len(lines) == len(usual.splitlines())
    read = re.sub(r"\\.", "", re.sub(r"`[^`]*`", "", markdown))
    for letter in "\\*_[]<>|#&":
        assert read.count(letter) == usual.count(letter), letter
    assert re.sub(r"\\(.)", r"\1", lines[2]) == text


def test_markdown_is_laid_out_line_by_line():
    table = Table(("name", "n"), (("a|b", "1"), ("c", "2")))
    said = Statements((Statement("one", "Yes"), Statement("two")), "Rule: `x_y` of *z*")
    image = Image("picture", "A [picture]", "data")
    assert to_markdown(
        [Heading("T_1", 1), said, table, image, Statements((Statement("s"),)), Paragraph("p")]
    ) == (
        "# T\\_1\n\n"
        "- **Yes.** one\n- two\n\n*Rule: `x_y` of \\*z\\**\n\n"
        "| name | n |\n| --- | ---: |\n| a\\|b | 1 |\n| c | 2 |\n\n"
        "![A \\[picture\\]](curves/picture.png)\n\n"
        "[SVG](curves/picture.svg), [data](curves/picture.csv)\n\n"
        "- s\n\n"
        "p\n"
    )
