"""A terminal shows what a log would have it do."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastwords.presentation.terminal import json_text, visible, visible_stream


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J", "␛[2J"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x1b]8;;javascript:alert(1)\x07x", "␛]8;;javascript:alert(1)␇x"),
        ("\x9b31m", "<9B>31m"),
        ("a\u202eb", "a<U+202E>b"),
        ("\x08\x7f\0", "␈␡␀"),
        ("\u2028", "<U+2028>"),
        ("\x1b[8mhidden", "␛[8mhidden"),
        ("\x1b[0;1;08mhidden", "␛[0;1;08mhidden"),
        ("\x1b[38;5;1;8mhidden", "␛[38;5;1;8mhidden"),
        ("\x1b[8:1mhidden", "␛[8:1mhidden"),
        ("evil\rgood", "evil␍\ngood"),
        ("10%\r\r20%\r", "10%␍\n20%␍\n"),
    ],
)
def test_a_command_to_the_terminal_is_shown(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


@pytest.mark.parametrize(
    "harmless",
    [
        "\x1b[1;31mred\x1b[0m",
        *("\x1b[38;5;8mgrey\x1b[m", "\x1b[48;2;8;8;8mdark", "\x1b[38:5:8mgrey", "\x1b[28;4:8m"),
        *("a\tb\n", "é漢字🙂"),
    ],
)
def test_colours_and_lines_stay(harmless: str) -> None:
    assert visible(harmless) == harmless


@given(st.text(), st.lists(st.integers(0, 200), max_size=6))
def test_it_is_the_same_however_the_bytes_are_cut(text: str, at: list[int]) -> None:
    data = text.encode("utf-8", "surrogatepass")
    cuts = sorted(min(cut, len(data)) for cut in at)
    chunks = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    whole = "".join(visible_stream([data]))
    assert "".join(visible_stream(chunks)) == whole == visible(data.decode("utf-8", "replace"))
    assert not {"\x07", "\x9b", "\u202e", "\r"} & set(whole)


def test_a_line_of_another_system_ends_where_it_ends() -> None:
    assert visible("a\r\nb\r\r\nc") == "a\nb\nc"
    assert "".join(visible_stream([b"a\r", b"\nb\r", b"\r", b"\nc\r", b"d"])) == "a\nb\nc␍\nd"


@pytest.mark.parametrize("unsafe", ["\x9b31m", "\x7f", "\u202egpj", "\u200b", "\u2028", "\ud800"])
def test_json_for_a_terminal_escapes_what_it_would_obey(unsafe: str) -> None:
    text = json_text({"name": f"é {unsafe}", unsafe: 1})
    assert json.loads(text) == {"name": f"é {unsafe}", unsafe: 1}
    assert unsafe[0] not in text and "é" in text and text.encode()
