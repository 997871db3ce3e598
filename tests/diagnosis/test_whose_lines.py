"""Errors woven of several processes, cut, glued to a bar, or carried in another's message."""

from __future__ import annotations

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

HEADER = "Traceback (most recent call last):"
OUTER = ['  File "/srv/tone/fit.py", line 44, in <module>', "    main()"]
INNER = ['  File "/srv/tone/net.py", line 9, in forward', "    return rows[key]"]
KEY = "KeyError: 'tone'"
STACK = [HEADER, *OUTER, *INNER, KEY]
BAR = "steps:  58%|█████     | 118/204 [31:02<22:18,  1.57s/it, loss=0.09]"


def said(lines: list[str]) -> Explanation:
    return explain("\n".join([*lines, ""]).encode(), Ending())


def span(lines: list[str]) -> tuple[int, int] | None:
    error = said(lines).error
    return (error.first_line, error.last_line) if error is not None else None


@pytest.mark.parametrize("ranks", [2, 4])
def test_the_headers_of_woven_ranks_all_belong_to_the_error(ranks: int) -> None:
    woven = [line for line in STACK[:-1] for _ in range(ranks)]
    assert span(["step 8", *woven, KEY]) == (2, 2 + len(woven))


def test_a_header_above_the_whole_error_of_another_time_does_not() -> None:
    assert span([HEADER, "step 8", *STACK]) == (3, 8)


def test_an_annotated_line_of_code_without_its_margin_is_no_exception() -> None:
    code = ['out: Union["Rows", "Tones"] = func(self, *args)', "^^^^^^^^^^^^^^^^^^^"]
    flat = [line.strip() for line in (*OUTER, *INNER)]
    assert span([HEADER, *flat[:1], *code, *flat[2:], KEY]) == (1, 7)


def box(message: list[str]) -> list[str]:
    top = f"╭─────────────────── {HEADER[:-1]} ───────────────────╮"
    rows = ["/srv/tone/net.py:9 in forward", "", "❱ 9 │   return rows[key]"]
    inside = [f"│ {row.ljust(len(top) - 4)} │" for row in rows]
    return [top, *inside, f"╰{'─' * (len(top) - 2)}╯", *message]


def test_a_box_that_opens_behind_a_bar_begins_there() -> None:
    lines = box([KEY])
    assert span(["step 8", BAR + lines[0], *lines[1:], "INFO  Training has ended."]) == (2, 7)


@pytest.mark.parametrize("tag", ["", "[rank1]: "])
def test_a_line_that_rich_broke_ends_with_a_blank_and_a_bar_is_no_part_of_it(tag: str) -> None:
    lines = [tag + line for line in box(["ValueError: the tone of row 8 has a ", "pitch of 0"])]
    explanation = said(["step 8", *lines, BAR])
    assert explanation.headline == "ValueError: the tone of row 8 has a pitch of 0"
    assert explanation.error is not None
    assert explanation.error.last_line == 8


def test_of_ranks_that_say_the_same_the_whole_traceback_is_shown() -> None:
    cut = [f"[rank1]: {line}" for line in STACK[3:]]
    whole = [f"[rank2]: {line}" for line in STACK]
    assert span([*cut, *whole]) == (4, 9)


def test_a_cut_rank_that_says_something_else_is_still_the_first() -> None:
    cut = [f"[rank1]: {line}" for line in (*INNER, "ValueError: no rows")]
    whole = [f"[rank2]: {line}" for line in STACK]
    assert span([*cut, *whole]) == (1, 3)


def test_what_a_process_printed_itself_goes_before_its_repetition_by_rank() -> None:
    assert span([*STACK, *(f"[rank0]: {line}" for line in STACK)]) == (1, 6)


@pytest.mark.parametrize("said_by_parent", ["see the root cause above.", "See error above"])
def test_the_frame_of_who_waited_is_shown_where_the_process_had_none_of_the_users(
    said_by_parent: str,
) -> None:
    library = '  File "/opt/venv/lib/python3.11/site-packages/engine/core.py", line 9, in run'
    child = ["Process Engine-0:", HEADER, library, "ValueError: 3 GiB are less than 9"]
    parent = [HEADER, *OUTER, library, f"RuntimeError: The engine failed, {said_by_parent}"]
    explanation = said([*child, *(f"[rank0]: {line}" for line in parent)])
    assert explanation.headline == "ValueError: 3 GiB are less than 9"
    assert explanation.user_frame is not None
    assert explanation.user_frame.line == 44


def test_a_traceback_within_a_key_of_a_message_is_its_reason() -> None:
    inner = f'\\n{HEADER}\\n  File \\"/srv/task.py\\", line 6, in fit\\n    load()\\n{KEY}\\n'
    outer = [*STACK[:-1], "RuntimeError: Job failed with:", "code: 3"]
    explanation = said([*outer, f'message: "The replica exited with a status of 1. {inner}"'])
    assert explanation.headline == KEY
    assert explanation.error is not None
    assert (explanation.error.first_line, explanation.error.last_line) == (1, 8)
    assert explanation.user_frame is not None
    assert explanation.user_frame.file == "/srv/task.py"


@pytest.mark.parametrize("mark", "✘✗✖")
def test_a_marked_complaint_counts_a_few_lines_before_the_end(mark: str) -> None:
    rows = ["training -> optimizer   instance of Optimizer expected", "", "{'seed': 0}", ""]
    log = ["✔ Created output", f"{mark} Config validation error", *rows, "make: *** [ner] Error 1"]
    assert said(log).headline == f"{mark} Config validation error"


def test_a_worker_s_traceback_above_a_notebook_s_cells_is_of_the_same_error() -> None:
    cells = [f"KeyError                                  {HEADER[:-1]}"]
    cells += ["Cell In[12], line 8", "----> 8 fit(rows)", "", KEY]
    worker = [f"_RemoteTraceback                          {HEADER[:-1]}", "_RemoteTraceback: "]
    cause = "The above exception was the direct cause of the following exception:"
    lines = [*worker, '"""', *STACK, '"""', "", cause, "", *cells]
    explanation = said(["rows 8", *lines, "", "rows 9"])
    assert explanation.headline == KEY
    assert explanation.error is not None
    assert (explanation.error.first_line, explanation.error.last_line) == (2, 1 + len(lines))
    assert explanation.user_frame is not None
    assert explanation.user_frame.file == "/srv/tone/net.py"


def test_the_state_of_a_container_is_not_of_the_reason_of_its_end() -> None:
    pod = ["    State:      Terminated", "      Reason:       OOMKilled", "      Exit Code:    137"]
    assert span(["Containers:", *pod, "      Started:      Tue, 08 Oct 2024"]) == (3, 4)
