"""The pieces of a diagnosis: where a message ends, notebooks, other languages, what else it is."""

from itertools import islice

import pytest

from lastwords.diagnosis import Alternative, Ending, Explanation, Frame, explain
from lastwords.diagnosis.lines import read_lines
from lastwords.diagnosis.raise_statements import extent

FAILED = Ending(exit_code=1)


def failure(code: str, message: str, after: str = "", type_name: str = "RuntimeError") -> bytes:
    return (
        'Traceback (most recent call last):\n  File "/srv/train/train.py", line 3, in main\n'
        f"    {code}\n{type_name}: {message}\n{after}"
    ).encode()


def error_of(log: bytes, explanation: Explanation) -> str:
    assert explanation.error is not None
    return log[explanation.error.start : explanation.error.end].decode()


@pytest.mark.parametrize(
    ("code", "first", "expected"),
    [
        ('raise ValueError("one line")', "one line", 1),
        ("raise ValueError(f'bad {n}\\nsee {path}')", "bad 3", 2),
        ("raise ValueError('a %s\\nb\\nc' % name)", "a x", 3),
        ("raise ValueError('in {}: stopped'.format(n))", "in 3: stopped", 1),
        ("raise ValueError('other words')", "not these", "unknown"),
        ("raise ValueError(report)", "Preparation failed:", "open"),
        ("raise ValueError(", "hidden", "unknown"),
        ("assert ok, 'not ok'", "not ok", 1),
        ("row['text']", "'text'", 1),
        ("", "first", "open"),
    ],
)
def test_the_code_tells_how_many_lines_a_message_has(
    code: str, first: str, expected: object
) -> None:
    type_name = "KeyError" if code.startswith("row") else "ValueError"
    assert extent(code, True, type_name, first) == expected


def test_output_right_after_a_message_that_the_code_shows_is_not_part_of_it() -> None:
    log = failure('raise RuntimeError("stopped")', "stopped", "cache was flushed\nTschüss\n")
    assert error_of(log, explain(log, FAILED)).endswith("RuntimeError: stopped")


def test_lines_that_the_code_breaks_are_part_whatever_they_say() -> None:
    code = r'raise RuntimeError("Abbruch\nZeile zwei\n\nBitte melden")'
    log = failure(code, "Abbruch\nZeile zwei\n\nBitte melden", "Epoche 3 beendet\n")
    assert error_of(log, explain(log, FAILED)).endswith("Bitte melden")


def test_a_note_belongs_to_the_message() -> None:
    log = failure("float(row)", "bad", "while reading row 3 of train.csv\n", "ValueError")
    assert error_of(log, explain(log, FAILED)).endswith("row 3 of train.csv")


NOTEBOOK = """rows loaded
---------------------------------------------------------------------------
KeyError                                  Traceback (most recent call last)
Cell In[3], line 1
----> 1 encode(rows[0])

File /srv/train/data.py:12, in encode(row)
     11 def encode(row):
---> 12     return row["answer"]

KeyError: 'answer'

The above exception was the direct cause of the following exception:

RuntimeError                              Traceback (most recent call last)
Cell In[3], line 4
      3 except KeyError as error:
----> 4     raise RuntimeError("row unusable") from error

RuntimeError: row unusable
"""


def test_a_notebook_s_traceback_is_read_with_its_chain() -> None:
    log = NOTEBOOK.encode()
    explanation = explain(log, FAILED)
    assert explanation.headline == "RuntimeError: row unusable"
    assert explanation.user_frame == Frame("Cell In[3]", 4, "<module>")
    assert [link.type for link in explanation.chain] == ["KeyError", "RuntimeError"]
    assert explanation.cause == "data.malformed"
    assert error_of(log, explanation) == NOTEBOOK.partition("\n")[2].rstrip()


def test_lines_are_read_no_further_than_the_log_goes() -> None:
    log = b"one\ntwo"
    assert [line.text for line in islice(read_lines(log, 0, len(log) + 9), 9)] == ["one", "two"]


def test_a_log_in_utf_16_is_read() -> None:
    text = failure("import apex", "No module named 'apex'", "", "ModuleNotFoundError").decode()
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        explanation = explain(text.replace("\n", "\r\n").encode(encoding), FAILED)
        assert explanation.cause == "deps.missing"
        assert explanation.headline == "ModuleNotFoundError: No module named 'apex'"
        assert explanation.user_frame == Frame("/srv/train/train.py", 3, "main")


def test_an_interrupt_while_another_error_was_handled_is_an_interrupt() -> None:
    log = (
        failure("send()", "Connection refused", "", "ConnectionError").decode()
        + "\nDuring handling of the above exception, another exception occurred:\n\n"
        + 'Traceback (most recent call last):\n  File "/srv/train/train.py", line 9, in main\n'
        + "    time.sleep(30)\nKeyboardInterrupt\n"
    )
    assert explain(log.encode(), Ending(signal="SIGINT")).cause == "process.signal"


@pytest.mark.parametrize(
    ("said", "headline", "lines"),
    [
        (
            "start\nthread 'main' panicked at src/main.rs:3:5:\nindex out of bounds\n"
            "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
            "thread 'main' panicked at src/main.rs:3:5: index out of bounds",
            (2, 4),
        ),
        (
            "start\npanic: runtime error: index out of range [5] with length 3\n\n"
            "goroutine 1 [running]:\nmain.main()\n\t/srv/train/main.go:5 +0x1d\nexit status 2\n",
            "panic: runtime error: index out of range [5] with length 3",
            (2, 7),
        ),
        (
            'start\nException in thread "main" java.lang.IllegalStateException: no plan\n'
            "\tat J.load(J.java:1)\nCaused by: java.lang.NullPointerException\n\t... 1 more\nbye\n",
            "java.lang.IllegalStateException: no plan",
            (2, 5),
        ),
    ],
)
def test_other_languages_say_it_their_way(said: str, headline: str, lines: tuple[int, int]) -> None:
    explanation = explain(said.encode(), FAILED)
    assert (explanation.cause, explanation.headline) == ("code.error", headline)
    assert explanation.error is not None
    assert (explanation.error.first_line, explanation.error.last_line) == lines


def causes(alternatives: tuple[Alternative, ...]) -> list[str]:
    return [alternative.cause for alternative in alternatives]


def test_a_bare_sigkill_could_be_the_oom_killer_or_a_limit() -> None:
    explanation = explain(b"step 1 loss 2.0\n", Ending(signal="SIGKILL"))
    assert causes(explanation.alternatives) == ["memory.host_oom", "process.timeout"]
    assert "dmesg" in explanation.alternatives[0].why


def test_what_is_proven_has_no_alternative_of_its_own() -> None:
    ending = Ending(status="failed", signal="SIGKILL", reason="oom_killed")
    assert explain(b"step 1 loss 2.0\n", ending).alternatives == ()


def test_an_alternative_is_another_cause_and_names_its_line() -> None:
    log = (
        failure("get()", "Connection refused", "", "ConnectionError").decode()
        + "\nThe above exception was the direct cause of the following exception:\n\n"
        + failure("load()", "no file named model.safetensors found", "", "OSError").decode()
    )
    explanation = explain(log.encode(), FAILED)
    assert explanation.cause not in causes(explanation.alternatives)
    assert explanation.alternatives and all(
        other.line is None or other.line > 0 for other in explanation.alternatives
    )


def test_a_log_that_breaks_off_without_an_ending_is_not_called_well() -> None:
    log = "".join(f"step {n}/1000 loss {1 / (n + 1):.3f}\n" for n in range(300))
    assert explain(log.encode(), Ending()).cause == "unknown"
    assert explain((log + "step 1000/1000 loss 0.1\n").encode(), Ending()).cause == "ok"


@pytest.mark.parametrize(
    ("log", "ending", "words"),
    [
        (failure("import numpyro", "No module named 'numpyro'", "", "ModuleNotFoundError"), FAILED,
         "Python looked for numpyro in every folder"),
        (failure("x = y", "no such thing", "", "Weird"), FAILED, "no rule knows"),
        (b"step 1\n", Ending(signal="SIGSEGV"), "Native code used memory"),
        (b"step 1\n", Ending(signal="SIGKILL", reason="oom_killed"), "ended a process for memory"),
    ],
)  # fmt: skip
def test_what_a_failure_means_and_why_it_happens_is_said(
    log: bytes, ending: Ending, words: str
) -> None:
    explanation = explain(log, ending)
    assert words in explanation.means and explanation.why
    assert "{" not in explanation.means + explanation.why


@pytest.mark.parametrize(
    ("log", "ending", "title", "headline"),
    [
        (b"{'train_loss': 0.5}\n", FAILED, "No error was printed (exit code 1)", ""),
        (b'step 2\n{"train_loss": 40}\n', FAILED, "No error was printed (exit code 1)", ""),
        (b"step 2\n", Ending(exit_code=7), "No error was printed (exit code 7)", ""),
        (b"step 2\n", Ending(status="lost"), "Lost: how it ended is not known", ""),
        (b"", Ending(exit_code=7), "Nothing was printed (exit code 7)", ""),
        (b"the cat is out\n", FAILED, "Unknown error (exit code 1)", "the cat is out"),
    ],
)
def test_without_an_error_the_title_says_so_and_no_line_passes_for_one(
    log: bytes, ending: Ending, title: str, headline: str
) -> None:
    explanation = explain(log, ending)
    assert (explanation.title, explanation.cause) == (title, "unknown")
    assert headline in explanation.headline
    assert (explanation.error is None) is (headline == "")


def test_a_command_that_is_not_found_is_named_in_the_title() -> None:
    facts = {"launchErrno": 2, "detail": "command 'torchrun': No such file or directory"}
    ending = Ending(status="failed", reason="launch_failed", facts=facts)
    assert explain(b"", ending).title == "Command not found: torchrun"
