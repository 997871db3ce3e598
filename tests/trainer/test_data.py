"""Examples from a database and from .jsonl files, good and bad."""

import json
import sqlite3
import tracemalloc
from pathlib import Path

import pytest
from tests.trainer.kit import make_database, pairs_database, suggestion

from lastwords.trainer.data import (
    NAMED_ROWS,
    EmptyDataset,
    Example,
    Loaded,
    MalformedData,
    Message,
    load,
    split,
)


def from_rows(folder: Path, *rows: tuple[object, object], limit: int = 100) -> Loaded:
    """Load a database of these rows, the last one the newest."""
    return load(make_database(folder / "x.db", rows), None, limit)


def from_lines(folder: Path, *lines: object, limit: int = 100) -> Loaded:
    """Load a .jsonl file; bytes are written as they are, all else as JSON."""
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path = folder / "x.jsonl"
    path.write_bytes(b"\n".join(raw))
    return load(None, path, limit)


def pair(request: str, answer: str) -> Example:
    """The example of one question and its answer."""
    return Example((Message("user", request),), answer)


GOOD = ("ask", [suggestion("say")])
GOOD_LINE = {"prompt": "ask", "completion": "say"}


def test_rows_come_newest_first_up_to_the_limit(tmp_path: Path) -> None:
    rows = [(f"ask {n}", [suggestion(f"say {n}")]) for n in range(5)]
    loaded = from_rows(tmp_path, *rows, limit=2)
    assert loaded.examples == [pair("ask 4", "say 4"), pair("ask 3", "say 3")]


def test_the_answer_is_the_suggestion_of_highest_confidence(tmp_path: Path) -> None:
    choices = [suggestion("poor", 0.2), suggestion("best", 0.9), suggestion("equal", 0.9)]
    assert from_rows(tmp_path, ("ask", choices)).examples == [pair("ask", "best")]


def test_rows_without_an_answer_are_skipped_and_counted(tmp_path: Path) -> None:
    unlabelled = [("a", []), ("b", None), ("c", ""), ("d", [suggestion(" ")])]
    loaded = from_rows(tmp_path, GOOD, *unlabelled)
    assert loaded.examples == [pair("ask", "say")]
    assert (loaded.unlabelled, loaded.malformed, loaded.skipped) == (4, [], 4)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (("x", "{oops"), "suggestions is not JSON"),
        (("x", {"description": "d"}), "suggestions is a dict, not a list"),
        (("x", ["d"]), "suggestions[0] is a str, not an object"),
        (("x", [suggestion(5)]), "suggestions[0].description is a int, not text"),
        (("x", [suggestion("d", "high")]), "suggestions[0].confidence is a str, not a number"),
        (("x", [suggestion("d", True)]), "suggestions[0].confidence is a bool, not a number"),
        (("x", '[{"description": "d", "confidence": NaN}]'), "not a finite number"),
        (("x", '[{"description": "d", "confidence": 1%s}]' % ("0" * 400)), "not a finite number"),
        (("x", "[" * 100_000), "nested too deep"),
        (("x", b"\xff\xfe"), "suggestions is not UTF-8 (invalid start byte at byte 0)"),
        (("x", 17), "suggestions is int, not text"),
        ((None, [suggestion("d")]), "original_query is empty"),
        (("  ", [suggestion("d")]), "original_query is empty"),
        ((7, [suggestion("d")]), "original_query is int, not text"),
    ],
)
def test_a_malformed_row_is_named_with_its_number(
    tmp_path: Path, row: tuple[object, object], complaint: str
) -> None:
    loaded = from_rows(tmp_path, GOOD, row, GOOD)
    assert len(loaded.examples) == 2
    (problem,) = loaded.malformed
    assert problem.startswith("row 2: ")
    assert complaint in problem


def test_an_empty_table_is_an_empty_data_set(tmp_path: Path) -> None:
    with pytest.raises(EmptyDataset, match=f"^no rows in table ask_ai_queries of {tmp_path}/x.db$"):
        from_rows(tmp_path)


def test_rows_without_any_answer_are_an_empty_data_set(tmp_path: Path) -> None:
    with pytest.raises(EmptyDataset, match="no labelled rows .*: 2 read, none has an answer"):
        from_rows(tmp_path, ("a", []), ("b", None))


def test_more_malformed_rows_than_half_fail_with_the_first_of_them(tmp_path: Path) -> None:
    with pytest.raises(MalformedData, match="2 of 3 rows .* are malformed.*row 3: .*; row 2: "):
        from_rows(tmp_path, GOOD, ("b", "{"), ("c", "{"))


def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=f"database {tmp_path}/no.db does not exist"):
        load(tmp_path / "no.db", None, 1)
    assert not (tmp_path / "no.db").exists()


def test_a_file_that_is_no_database_fails_as_sqlite_says_it(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("hello, I am a text file, and not a database at all\n" * 9)
    with pytest.raises(sqlite3.DatabaseError, match="file is not a database"):
        load(tmp_path / "x.db", None, 1)


def test_a_missing_table_fails_as_sqlite_says_it(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "x.db").close()
    with pytest.raises(sqlite3.OperationalError, match="no such table: ask_ai_queries"):
        load(tmp_path / "x.db", None, 1)


def test_a_database_in_use_by_a_writer_is_read_and_not_changed(tmp_path: Path) -> None:
    path = pairs_database(tmp_path / "odd name?#%.db", 3)
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("INSERT INTO ask_ai_queries (original_query) VALUES ('uncommitted')")
    assert len(load(path, None, 10).examples) == 3
    writer.close()


def test_the_three_shapes_of_jsonl(tmp_path: Path) -> None:
    loaded = from_lines(
        tmp_path,
        {"instruction": "ask", "response": "say"},
        {"prompt": "ask", "completion": "say", "id": 7},
        {
            "messages": [
                {"role": "system", "content": "be brief"},
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "hello"},
                {"role": "user", "content": "ask"},
                {"role": "assistant", "content": "say"},
                {"role": "user", "content": "thanks"},
            ]
        },
    )
    before = (Message("system", "be brief"), Message("user", "hi"), Message("assistant", "hello"))
    asked = Message("user", "ask")
    assert loaded.examples == [
        pair("ask", "say"),
        pair("ask", "say"),
        Example((*before, asked), "say"),
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{oops", "the line is not JSON"),
        (b'{"prompt": "\xff"}', "not UTF-8"),
        ([1], "a list, not an object"),
        ({"question": "?"}, "needs instruction and response, prompt and completion, or messages"),
        ({"prompt": "x"}, "missing key 'completion'; each line needs 'prompt' and 'completion'"),
        ({"prompt": None, "completion": "y"}, "prompt is null, not text"),
        ({"prompt": " ", "completion": "y"}, "prompt is empty"),
        ({"messages": []}, "messages is a list, not a list of turns"),
        ({"messages": ["hi"]}, "messages[0] is a str, not an object"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages[0].role is 'wizard'"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content is a int, not text"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "no user turn before the answer"),
    ],
)
def test_a_malformed_line_is_named_with_its_number(
    tmp_path: Path, line: object, complaint: str
) -> None:
    loaded = from_lines(tmp_path, GOOD_LINE, b"", line, GOOD_LINE)
    assert len(loaded.examples) == 2
    (problem,) = loaded.malformed
    assert problem.startswith("line 3: ")
    assert complaint in problem


def test_lines_are_read_in_order_up_to_the_limit(tmp_path: Path) -> None:
    lines = [{"prompt": f"ask {n}", "completion": "say"} for n in range(9)]
    loaded = from_lines(tmp_path, *lines, limit=2)
    assert [example.request[0].content for example in loaded.examples] == ["ask 0", "ask 1"]


def test_a_byte_order_mark_and_empty_answers_are_no_fault(tmp_path: Path) -> None:
    marked = b"\xef\xbb\xbf" + json.dumps(GOOD_LINE).encode()
    loaded = from_lines(tmp_path, marked, {"prompt": "x", "completion": ""})
    assert (loaded.examples, loaded.unlabelled) == ([pair("ask", "say")], 1)


def test_an_empty_file_is_an_empty_data_set(tmp_path: Path) -> None:
    with pytest.raises(EmptyDataset, match=f"^no lines in {tmp_path}/x.jsonl$"):
        from_lines(tmp_path)


def test_malformed_rows_fail_as_soon_as_there_are_more_than_allowed(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    lines = [json.dumps(GOOD_LINE), "{", "{", "{", json.dumps(GOOD_LINE)]
    path.write_text("\n".join(lines))
    assert load(None, path, 10, max_malformed=3).malformed_count == 3
    with pytest.raises(MalformedData, match=r"2 of 3 lines .* at most 1 may be \(--max-malformed"):
        load(None, path, 10, max_malformed=1)


def test_duplicates_are_counted_and_kept(tmp_path: Path) -> None:
    loaded = from_lines(tmp_path, GOOD_LINE, GOOD_LINE, {"prompt": "ask", "completion": "other"})
    assert (len(loaded.examples), loaded.duplicates) == (3, 1)


def test_only_the_first_malformed_rows_are_held_and_all_are_counted(tmp_path: Path) -> None:
    loaded = from_lines(tmp_path, *[b"{"] * 30, *[GOOD_LINE] * 40)
    assert (loaded.malformed_count, len(loaded.malformed), loaded.skipped) == (30, NAMED_ROWS, 30)


def test_validation_keeps_examples_of_one_request_together_and_is_the_same_each_time() -> None:
    examples = [pair(f"ask {n % 20}", f"say {n}") for n in range(60)]
    learnt, kept = split(examples, 0.2, seed=1)
    assert len(kept) == 12 and sorted(map(repr, learnt + kept)) == sorted(map(repr, examples))
    assert not {one.request for one in learnt} & {one.request for one in kept}
    assert split(examples, 0.2, seed=1) == (learnt, kept) != split(examples, 0.2, seed=2)
    assert split(examples[:1], 0.9, seed=1) == (examples[:1], [])


def test_a_large_table_is_not_held_in_memory(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "x.db")
    database.execute("CREATE TABLE ask_ai_queries (original_query, suggestions, created_at TEXT)")
    database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
        " INSERT INTO ask_ai_queries SELECT 'ask ' || i || hex(zeroblob(500)),"
        """ '[{"description": "say", "confidence": 1}]', i FROM n"""
    )
    database.commit()
    database.close()
    tracemalloc.start()
    loaded = load(tmp_path / "x.db", None, 5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(loaded.examples) == 5
    assert peak < 1 << 20  # the table is 50 MB
