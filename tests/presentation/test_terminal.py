"""A terminal shows what a log would have it do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastwords.presentation.terminal import visible, visible_stream


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
    ],
)
def test_a_command_to_the_terminal_is_shown(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


@pytest.mark.parametrize("harmless", ["\x1b[1;31mred\x1b[0m", "a\tb\n", "10%\r20%", "é漢字🙂"])
def test_colours_lines_and_progress_bars_stay(harmless: str) -> None:
    assert visible(harmless) == harmless


@given(st.text(), st.lists(st.integers(0, 200), max_size=6))
def test_it_is_the_same_however_the_bytes_are_cut(text: str, at: list[int]) -> None:
    data = text.encode("utf-8", "surrogatepass")
    cuts = sorted(min(cut, len(data)) for cut in at)
    chunks = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    whole = "".join(visible_stream([data]))
    assert "".join(visible_stream(chunks)) == whole == visible(data.decode("utf-8", "replace"))
    assert not {"\x07", "\x9b", "\u202e"} & set(whole)
