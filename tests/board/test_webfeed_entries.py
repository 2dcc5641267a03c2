"""Feeds as strangers write them become entries of plain text, or are refused with a reason, whatever stands in them."""

from __future__ import annotations

import unicodedata
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware_py.board.clean import displayable
from firmware_py.board.webfeed.dates import published_us
from firmware_py.board.webfeed.entries import MOST_DEPTH, MOST_ELEMENTS, MOST_ITEMS, read_entries
from firmware_py.board.webfeed.plain import MOST_MARKUP, one_line, without_markup
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.feeds import MOST_ENTRIES, SUMMARY_LETTERS, TITLE_LETTERS, Entry
from firmware_py.core.units import from_datetime
from tests.board.newsroom import RSS, rss
from tests.core.trials import trials

NOON_US = from_datetime(datetime.fromisoformat("2026-11-23T12:00:00+07:00"))
ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="vi"><title>Xã</title><id>x</id>
<entry><id>1</id><title type="html">Lịch &lt;b&gt;tiêm&lt;/b&gt; chủng</title>
 <summary>5 &lt; 6 &amp; <![CDATA[<b>7</b>]]></summary><published>2026-11-23T05:00:00Z</published></entry>
<entry><id>2</id><title>Họp thôn</title><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
 <p>Thứ <b>Ba</b></p><p>19 giờ</p></div></content><updated>2026-11-24T05:00:00Z</updated></entry>
</feed>"""
RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="x"><title>Xã</title><items><rdf:Seq><rdf:li rdf:resource="1"/></rdf:Seq></items></channel>
<item rdf:about="1"><title>Cấp nước</title><description>Từ 6 giờ</description><dc:date>2026-11-23</dc:date></item>
</rdf:RDF>"""
RSS_2 = """<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Xã Đăk Hà</title><link>https://xa.example</link><image><title>Hình</title></image>
<item><title><![CDATA[Mưa <i>lớn</i>]]></title><link>https://xa.example/1</link><media:title>Khác</media:title>
 <description>&lt;img src="https://evil.example/x.png"&gt;
 &lt;p&gt;Từ chiều.&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</description>
 <content:encoded><![CDATA[<p>Bài dài</p>]]></content:encoded>
 <guid isPermaLink="false">1</guid><pubDate>Mon, 23 Nov 2026 12:00:00 +0700</pubDate></item>
<item><description>Chỉ có lời &amp;quot;này&amp;quot;</description>
 <pubDate>Mon, 23 Nov 2026 05:00:01 GMT</pubDate></item>
</channel></rss>"""
GOOD = (RSS_2, ATOM, RDF)


def refused(raw: bytes | str) -> tuple[Code, str]:
    """Return what a document is refused for."""
    with pytest.raises(Unplayable) as caught:
        read_entries(raw if isinstance(raw, bytes) else raw.encode())
    return caught.value.code, caught.value.detail


def titles(raw: bytes | str) -> list[str]:
    """Return the titles of a feed."""
    return [entry.title for entry in read_entries(raw if isinstance(raw, bytes) else raw.encode())]


def test_rss_2_is_read() -> None:
    """Title, summary before content, date; an entry without a title is its summary; the newest stands first."""
    assert read_entries(RSS_2.encode()) == (
        Entry('Chỉ có lời "này"', "", NOON_US + 1_000_000),
        Entry("Mưa lớn", "Từ chiều.", NOON_US),
    )


def test_rss_1_is_read() -> None:
    """Its items stand beside the channel, and their dates are those of Dublin Core."""
    assert read_entries(RDF.encode()) == (Entry("Cấp nước", "Từ 6 giờ", NOON_US - 12 * 3600 * 1_000_000),)


def test_atom_is_read() -> None:
    """Plain text stays what it is, HTML and XHTML lose their tags."""
    first, second = read_entries(ATOM.encode())
    assert (first.title, first.summary) == ("Họp thôn", "Thứ Ba 19 giờ")
    assert (second.title, second.summary, second.published_us) == ("Lịch tiêm chủng", "5 < 6 & <b>7</b>", NOON_US)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1258", "iso-8859-1"])
def test_the_encoding_is_what_the_document_says(coding: str) -> None:
    """By its mark or its declaration; letters that come in parts come out whole."""
    title = "Vãn cảnh" if coding == "iso-8859-1" else "Sông Pô Kô, năm"
    declared = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16"}.get(coding, coding)
    text = RSS.format(f"<item><title>{title}</title></item>").replace("UTF-8", declared)
    raw = text.encode(coding, "xmlcharrefreplace")
    assert titles(raw if coding != "utf-16-le" else b"\xff\xfe" + raw) == [title]


@pytest.mark.parametrize("coding", ["klingon", "utf-7", "idna", "zlib", "rot13", "unicode_escape", "x" * 500])
def test_an_encoding_that_is_none_is_refused(coding: str) -> None:
    """Also those that Python knows and nobody should write."""
    assert refused(RSS.replace("UTF-8", coding).format("<item/>"))[0] is Code.CONTENT_UNREADABLE


LAUGHS = "<!ENTITY a 'ha'>" + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(20))


@pytest.mark.parametrize(
    "doctype",
    [
        f"<!DOCTYPE rss [{LAUGHS}]>",
        "<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>",
        "<!DOCTYPE rss [<!ENTITY % x SYSTEM 'https://evil.example/x.dtd'> %x;]>",
        "<!DOCTYPE rss SYSTEM 'https://evil.example/x.dtd'>",
        "<!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN' 'http://my.netscape.com/rss-0.91.dtd'>",
    ],
)
def test_a_document_type_is_refused_as_it_begins(doctype: str) -> None:
    """No entity is ever defined, so none can laugh, and nothing outside is ever asked for."""
    code, detail = refused(RSS.replace("<rss", doctype + "<rss").format("<item><title>&t;</title></item>"))
    assert (code, "document type" in detail) == (Code.CONTENT_UNSUPPORTED, True)


def test_an_entity_of_html_is_a_fault_of_the_document() -> None:
    """XML knows five; the place of the other is told."""
    code, detail = refused(RSS.format("<item><title>a&nbsp;b</title></item>"))
    assert (code, "line 1" in detail) == (Code.CONTENT_UNREADABLE, True)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("A &lt;b&gt;B&lt;/b&gt; C", "A B C"),
        ("&lt;p&gt;A&lt;/p&gt;&lt;p&gt;B&lt;br/&gt;C", "A B C"),
        ("m&lt;sup&gt;2&lt;/sup&gt;", "m2"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;A&lt;STYLE&gt;b {}&lt;/style&gt;", "A"),
        ("&lt;!-- &gt; --&gt;A", "A"),
        ("&lt;a title='&gt;'&gt;A&lt;/a&gt;", "A"),
        ("3 &lt; 4 &gt; 2", "3 < 4 > 2"),
        ("A &amp;amp; B &amp;lt;b&amp;gt;", "A & B <b>"),
        ("&amp;#7841;&amp;nbsp;&amp;hearts; &amp;#x110;", "ạ ♥ Đ"),
        ("A\n\t  B\u2028C", "A B C"),
        ("\u202eA\u202c\u200bB\u2066C\ufeff", "ABC"),
        ("a\u0302\u0301", "ấ"),
        ("x" + "\u0301" * 500, "x" + "\u0301" * 4),
        ("&lt;", "<"),
        ("A &lt;b", "A"),
    ],
)
def test_what_is_shown_is_plain_text_in_one_line(title: str, shown: str) -> None:
    """No tags, no scripts, no controls, no tricks with direction, no heap of marks, one normal form."""
    assert titles(rss(title)) == [unicodedata.normalize("NFC", shown)]


def test_markup_is_read_in_a_time_that_grows_with_its_length() -> None:
    """What makes parsers of HTML search to the end again and again is read like anything else."""
    for piece in ("<", "<!", "<!--", "<a ", "</a", "<![", "<?", "<script>", '<a b="', "<a b='", "&#1", "&#", "<p><"):
        assert len(without_markup(piece * (MOST_MARKUP // len(piece) * 2))) <= MOST_MARKUP
    assert without_markup(f"&#{'9' * 5000};&#x{'f' * 5000};") == "\ufffd\ufffd"


def test_what_is_long_is_cut_between_words() -> None:
    """Titles to 200 letters, summaries to 1000; never a letter without its marks; three dots say that there is more."""
    (entry,) = read_entries(rss("từ " * 300, summary="lời " * 900))
    assert (len(entry.title), entry.title[-3:]) == (len(entry.title), "từ…")
    assert TITLE_LETTERS - 4 <= len(entry.title) <= TITLE_LETTERS
    assert SUMMARY_LETTERS - 5 <= len(entry.summary) <= SUMMARY_LETTERS
    assert one_line("ê\u0306" * 50, 10) == "ê\u0306" * 4 + "…"
    assert one_line("a" * 10, 10) == "a" * 10


def test_entries_that_stand_there_twice_are_one() -> None:
    """By their names, or by their words; those without any words are none."""
    same = "<item><guid>1</guid><title>{}</title></item>"
    words = "<item><title>C</title></item>"
    body = same.format("A") + same.format("B") + words * 3 + "<item/><item><title> </title></item>"
    assert titles(RSS.format(body)) == ["A", "C"]


def test_the_order_is_that_of_the_dates_only_where_all_have_one() -> None:
    """Otherwise that of the feed, in which the newest usually stand first."""
    dated = "<item><title>{}</title><pubDate>{}</pubDate></item>"
    late, early = dated.format("muộn", "2026-11-23"), dated.format("sớm", "2026-11-22")
    assert titles(RSS.format(early + late)) == ["muộn", "sớm"]
    assert titles(RSS.format(early + dated.format("?", "hôm qua") + late)) == ["sớm", "?", "muộn"]


def test_of_many_entries_the_first_ones_are_kept() -> None:
    """Twenty are as many as a bulletin shows."""
    assert titles(rss(*map(str, range(MOST_ITEMS + 50)))) == [str(number) for number in range(MOST_ENTRIES)]


def test_a_feed_without_entries_is_a_feed() -> None:
    """Its page says nothing now; that is no fault of form."""
    assert [read_entries(RSS.format("").encode()), read_entries(b"<rss/>")] == [(), ()]


@pytest.mark.parametrize(
    ("raw", "code", "what"),
    [
        ("", Code.CONTENT_UNREADABLE, "no XML"),
        ("Xin chào", Code.CONTENT_UNREADABLE, "no XML"),
        ('{"a": 1}', Code.CONTENT_UNREADABLE, "no XML"),
        (RSS_2[:-20], Code.CONTENT_UNREADABLE, "no XML"),
        ("<!DOCTYPE html><html><body>", Code.CONTENT_UNSUPPORTED, "web page"),
        ('<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', Code.CONTENT_UNSUPPORTED, "web page"),
        ("<svg><item><title>A</title></item></svg>", Code.CONTENT_UNSUPPORTED, "another kind (svg)"),
        ("<rss>" * (MOST_DEPTH + 1), Code.CONTENT_TOO_LARGE, "inside one another"),
        ("<rss>" + "<a/>" * MOST_ELEMENTS, Code.CONTENT_TOO_LARGE, "elements"),
        ("<rss><item><title>" + "<b>" * 10_000, Code.CONTENT_TOO_LARGE, "inside one another"),
    ],
)
def test_what_is_no_feed_is_refused(raw: str, code: Code, what: str) -> None:
    """By what it is, with a remedy."""
    found, detail = refused(raw)
    assert (found, what in detail) == (code, True)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 23 Nov 2026 12:00:00 +0700",
        "23 Nov 2026 12:00 +0700",
        "Mon, 23 Nov 26 05:00:00 GMT",
        "Mon, 23 Nov 2026 05:00:00 -0000",
        "Mon, 23 Nov 2026 00:00:00 EST",
        "2026-11-23T12:00:00+07:00",
        "2026-11-23T05:00:00Z",
        "2026-11-23T05:00:00.000Z",
        "2026-11-23t05:00:00z",
        "2026-11-23 12:00",
        "20261123T120000",
        "23/11/2026 12:00",
        "23/11/2026 12:00:00 CH",
        "Thứ Hai, 23/11/2026, 12:00",
        "11/23/2026 12:00:00 PM",
        " 23-11-2026  12:00 ",
    ],
)
def test_dates_are_read_in_many_forms(text: str) -> None:
    """Without a zone they are of Viet Nam; the month stands first only where it must."""
    assert published_us(text) == NOON_US


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-11-23", "2026-11-23"), ("23.11.2026", "2026-11-23"), ("2026-11", "2026-11-01"), ("2026", "2026-01-01")],
)
def test_a_date_without_a_time_is_midnight(text: str, day: str) -> None:
    """Also of a month, or of a year."""
    assert published_us(text) == from_datetime(datetime.fromisoformat(f"{day}T00:00:00+07:00"))


@pytest.mark.parametrize(
    "text", ["", "hôm qua", "31/02/2026", "0001-01-01", "99/99/9999", "1" * 10_000, "23/11/2026 25:00", "9999-99", "\0"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    """It is no fault: the entry keeps its place."""
    assert published_us(text) == 0


def _sound(entries: tuple[Entry, ...]) -> None:
    assert len(entries) <= MOST_ENTRIES
    for entry in entries:
        assert 0 < len(entry.title) <= TITLE_LETTERS
        assert len(entry.summary) <= SUMMARY_LETTERS
        for text in (entry.title, entry.summary):
            assert displayable(text) == text
            assert "\n" not in text


def read_or_refuse(raw: bytes) -> None:
    """Read a document: whatever it is, entries that may be shown or a refusal with a reason come out."""
    entries: tuple[Entry, ...] = ()
    reason = "none"
    try:
        entries = read_entries(raw)
    except Unplayable as error:
        reason = error.detail
    _sound(entries)
    assert 0 < len(reason) < 500


@trials(300)
@given(st.binary(max_size=400))
@example(b"\xff\xfe<\x00")
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """Bytes by chance, alone and where the entries of a feed would stand."""
    read_or_refuse(raw)
    read_or_refuse(b"<rss><item><title>" + raw + b"</title></item></rss>")


@trials(300)
@given(st.sampled_from(GOOD), st.data())
def test_feeds_with_damage_are_read_or_refused(good: str, data: st.DataObject) -> None:
    """Good feeds of which pieces are lost, doubled, changed or swapped."""
    raw = bytearray(good.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        length = data.draw(st.integers(0, 60))
        piece = data.draw(
            st.sampled_from((b"", bytes(raw[at : at + length]) * 2, b"<item>", b"</", b"]]>", b"&", b"\0"))
        )
        raw[at : at + length] = piece
    read_or_refuse(bytes(raw))


@trials(300)
@given(st.text(max_size=600), st.text(max_size=600))
def test_any_text_of_a_title_is_shown_as_plain_text(title: str, summary: str) -> None:
    """What XML cannot carry is left out here; all else must come out fit to be drawn."""
    from xml.sax.saxutils import escape  # noqa: PLC0415 - writes the document of this test only

    raw = rss(escape(title), summary=escape(summary))
    read_or_refuse(raw)


@trials(300)
@given(
    st.lists(st.sampled_from(["<", ">", "/", "a", "b ", '"', "'", "!--", "-->", "script", "&", "#", ";", "lt", " "]))
)
def test_any_markup_becomes_words(pieces: list[str]) -> None:
    """No tag is left in it that was one, and nothing breaks."""
    words = without_markup("".join(pieces))
    assert len(words) <= sum(map(len, pieces)) + len(pieces)


DATE_PIECES = st.sampled_from(["1", "23", "2026", "/", ":", "-", " ", ",", "CH", "Nov", "Mon", "T", "Z", "+0700", "."])


@trials(300)
@given(st.text(max_size=120) | st.lists(DATE_PIECES, max_size=12).map("".join))
def test_any_date_is_an_instant_or_none(text: str) -> None:
    """Dates only put things in order: nothing in them may break a reading."""
    assert published_us(text) >= 0
