"""Advice is made for the case at hand: what the log and the spec say is in it."""

import re
from pathlib import Path

import pytest

from lastwords.diagnosis import Ending, explain
from lastwords.diagnosis.rules.advice import OneOf, Say
from lastwords.diagnosis.rules.order import RULES, WORDING

FAILURES = Path(__file__).parents[1] / "failures"


def commands(case: str, **facts: object) -> list[str]:
    log = (FAILURES / case / "output.log").read_bytes()
    explanation = explain(log, Ending(exit_code=1, facts=facts))
    return [advice.command for advice in explanation.advice if advice.command]


@pytest.mark.parametrize(
    ("case", "command"),
    [
        ("deps.missing/plain", "pip install bitsandbytes"),
        ("deps.missing/modulenotfounderror_module_named", "pip install opencv-python-headless"),
        ("deps.incompatible/version_check", "pip install 'torch<2.0'"),
        (
            "memory.gpu_oom/runtime_error",
            "--per_device_train_batch_size 8 --gradient_accumulation_steps 2",
        ),
        (
            "disk.permission/output_dir",
            "ls -ld /srv/out/adapter; findmnt -T /srv/out/adapter; id",
        ),
        ("data.malformed/bad_json_line", "head -n 3 train.jsonl"),
    ],
)
def test_the_command_fits_the_case(case: str, command: str) -> None:
    assert command in commands(case)


@pytest.mark.parametrize(
    ("script", "file"),
    [
        ("python train.py > train.log 2>&1", "train.log"),
        ("cd run && python train.py &> 'my logs/all.txt'", "'my logs/all.txt'"),
        ("python train.py >> out.txt 2>>err.txt", "err.txt"),
        ("python -c 'print(1 > 2)' 2>&1 | tee -a t.log > /dev/null", "t.log"),
        ("python train.py > /dev/null 2>&1", None),
        ("python train.py > $LOG", None),
        ("python train.py >&2; echo 'never closed", None),
    ],
)
def test_a_file_that_the_command_sends_its_output_to_is_named(
    script: str, file: str | None
) -> None:
    expected = [f"tail -n 50 {file}"] if file else []
    for command in (["bash", "-o", "pipefail", "-c", script], ["env", "A=1", "sh", "-ec", script]):
        assert commands("unknown/no_words", command=command) == expected
    assert commands("unknown/no_words", command=["python", "-c", script]) == []


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("checkpoints/step_500/model.pt", "model.not_found"),
        ("runs/exp/best.pt", "model.not_found"),
        ("resnet50.pth", "model.not_found"),
        ("/srv/my-model/cache/train_tokens.pt", "data.empty"),
        ("split-3.pth", "data.empty"),
        ("images.pt", "data.empty"),
    ],
)
def test_what_torch_load_does_not_find_is_a_model_if_its_name_says_so(
    name: str, cause: str
) -> None:
    log = (FAILURES / "data.empty/torch-load-missing-tensors/output.log").read_text()
    explanation = explain(log.replace("/srv/model-zoo/data/val.pt", name).encode(), Ending())
    assert explanation.cause == cause
    said = "".join(advice.text for advice in explanation.advice)
    assert ("weights" in said) == (cause == "model.not_found")


@pytest.mark.parametrize(
    ("case", "check"),
    [
        ("bare-assert", "assert len(set(lens)) == 1"),
        ("bare-assert-path", "assert os.path.exists(root)"),
        ("bare_assertion", "assert os.path.exists(root)"),
    ],
)
def test_an_assertion_without_a_message_is_titled_by_its_check(case: str, check: str) -> None:
    log = (FAILURES / "code.error" / case / "output.log").read_bytes()
    assert explain(log, Ending(exit_code=1)).title == f"Failed without a message: {check}"


PLACEHOLDER = re.compile(r"…|<\w+>|/path/to|\b(?:MODEL|FILE|PATH_TO|NAME|YOUR)\b|\bconfig\.yaml\b")


def test_no_command_holds_a_placeholder() -> None:
    for rule in (*RULES, *WORDING):
        for idea in rule.text.todo:
            wordings = idea if isinstance(idea, OneOf) else (Say(*idea),)
            for say in wordings:
                assert not PLACEHOLDER.search(say.command or ""), (rule.name, say.command)


def printed(*lines: str) -> list[str]:
    explanation = explain("\n".join(lines).encode(), Ending(exit_code=1))
    return [advice.command for advice in explanation.advice if advice.command]


FRAME = ("Traceback (most recent call last):", '  File "/srv/train/train.py", line 3, in <module>')


@pytest.mark.parametrize(
    ("lines", "command"),
    [
        (("ModuleNotFoundError: No module named 'sklearn'",), "pip install scikit-learn"),
        (("ModuleNotFoundError: No module named 'train_utils'",), "export PYTHONPATH=$PWD"),
        (
            (
                "    model = AutoModel.from_pretrained('acme/tiny')",
                "ValueError: Target modules {'q'} not found in the base model. Please check",
            ),
            'python -c "import sys, transformers; '
            'print(transformers.AutoModel.from_pretrained(sys.argv[1]))" acme/tiny',
        ),
        (
            ("AttributeError: module 'numpy' has no attribute 'float'.",),
            "pip install 'numpy<1.24'",
        ),
        (
            ("    raise RuntimeError(text)", "RuntimeError: ask.db is held by another process"),
            "fuser -v ask.db ask.db-wal",
        ),
        (
            ("    raise RuntimeError(text)", "RuntimeError: peft is not installed here"),
            "pip install peft",
        ),
        (
            ("ImportError: libGL.so.1: cannot open shared object file: No such file",),
            "sudo apt-get install libgl1",
        ),
        (
            (
                "    settings = yaml.safe_load(file)",
                'yaml.scanner.ScannerError: mapping values are not allowed here\n  in "a/b.yaml"',
            ),
            "python -c 'import yaml,sys; yaml.safe_load(open(sys.argv[1]))' a/b.yaml",
        ),
    ],
)
def test_what_the_failure_names_is_in_the_command(lines: tuple[str, ...], command: str) -> None:
    assert command in printed(*FRAME, *lines)


def test_a_program_that_refuses_its_arguments_is_asked_for_its_options() -> None:
    usage = printed("usage: tune.py [-h] [--lr LR]", "tune.py: error: unrecognized arguments: -x")
    assert usage == ["python tune.py --help"]


def test_a_missing_program_comes_with_what_installs_it() -> None:
    assert "pip install accelerate" in printed("run.sh: line 3: accelerate: command not found")


def test_a_log_of_transformers_gets_the_flags_of_transformers() -> None:
    said = printed("per_device_train_batch_size=8", *FRAME, "RuntimeError: CUDA out of memory")
    assert "--per_device_train_batch_size 4 --gradient_accumulation_steps 2" in said


def test_the_spec_names_the_batch() -> None:
    said = commands("memory.gpu_oom/loop", batchSize=4)
    assert "--accumulation 2" in said


def test_the_spec_names_the_model() -> None:
    case = "adapter.target_modules/peft"
    assert "--lora-targets q,v" in commands(case, baseModel="google/flan-t5-small")


def test_modules_that_were_just_refused_are_never_advised() -> None:
    assert not [c for c in commands("adapter.target_modules/peft") if c.startswith("--lora")]
    llama = commands("adapter.target_modules/peft", baseModel="meta-llama/Llama-3.2-1B")
    assert not [c for c in llama if c.startswith("--lora")]


@pytest.mark.parametrize(
    ("ending", "cause"),
    [
        (Ending(status="failed", signal="SIGKILL", reason="oom_killed"), "memory.host_oom"),
        (Ending(status="failed", signal="SIGKILL", facts={"oomKilled": True}), "memory.host_oom"),
        (Ending(status="failed", signal="SIGTERM", reason="timeout"), "process.timeout"),
        (Ending(status="failed", exit_code=0, reason="exit0_no_adapter"), "silent.no_artifact"),
        (Ending(status="failed", reason="launch_failed", facts={"launchErrno": 2}), "deps.missing"),
        (Ending(status="failed", signal="KILL"), "process.signal"),
        (Ending(status="failed", signal="9"), "process.signal"),
        (Ending(status="failed", exit_code=-11), "process.signal"),
        (Ending(status="failed", signal="SIGXFSZ"), "disk.full"),
        (Ending(status="lost"), "unknown"),
        (Ending(status="failed", exit_code=3), "unknown"),
        (Ending(status="completed", exit_code=0), "ok"),
        (Ending(exit_code=0), "silent.no_artifact"),
    ],
)
def test_an_empty_log_is_judged_by_its_ending(ending: Ending, cause: str) -> None:
    explanation = explain(b"", ending)
    assert explanation.cause == cause
    assert (explanation.error, explanation.chain) == (None, ())
    assert (explanation.confidence == "proven") == (
        cause not in ("unknown", "silent.no_artifact") or ending.reason is not None
    )
    assert bool(explanation.headline) == (cause != "ok")


@pytest.mark.parametrize("status", ["running", "queued"])
def test_a_run_that_has_not_ended_is_neither_failed_nor_proven_well(status: str) -> None:
    explanation = explain(b"", Ending(status=status))
    assert (explanation.cause, explanation.confidence) == ("ok", "unknown")
    assert explanation.title in ("It is still running", "It has not started yet")


def test_a_name_that_the_log_chose_is_one_word_of_a_command_and_runs_nothing() -> None:
    log = b"PermissionError: [Errno 13] Permission denied: '/srv/a b; touch $(owned)'\n"
    traceback = b'Traceback (most recent call last):\n  File "t.py", line 1, in <module>\n' + log
    found = [a.command for a in explain(traceback, Ending(exit_code=1)).advice if a.command]
    assert (
        found[0] == "ls -ld '/srv/a b; touch $(owned)'; findmnt -T '/srv/a b; touch $(owned)'; id"
    )
    assert all("owned" not in c or "'/srv/a b; touch $(owned)'" in c for c in found)


def test_no_advice_holds_a_name_to_be_filled_in_or_begins_with_or() -> None:
    case = "adapter.target_modules/peft"
    log = (FAILURES / case / "output.log").read_bytes()
    unknown, known = (
        explain(log, Ending(exit_code=1, facts=facts)).advice
        for facts in ({}, {"baseModel": "acme/it's mine"})
    )
    assert not unknown[0].text.startswith("Or ")
    assert not [a for a in unknown if a.command and "from_pretrained" in a.command]
    assert known[-1].command is not None
    assert known[-1].command.endswith(""" 'acme/it'"'"'s mine'""")


@pytest.mark.parametrize(
    ("last", "cause"),
    [
        ("3 of 4 files transcribed, 1 skipped", "ok"),
        ("2 out of 3 tables converted", "ok"),
        ("3 of 4 files skipped", "silent.no_artifact"),
        ("0 of 4 files transcribed", "silent.no_artifact"),
    ],
)
def test_a_batch_that_exited_0_is_healthy_if_it_counts_what_it_did(last: str, cause: str) -> None:
    log = f"[1/4] a.mp3\n[2/4] b.mp3 ... skipped: ValueError: not an audio file\n{last}\n"
    assert explain(log.encode(), Ending(exit_code=0)).cause == cause


@pytest.mark.parametrize(
    ("file", "is_data"),
    [
        ("rows.jsonl", True),
        ("data/labels.json", True),
        ("llama/config.json", False),
        ("llama/tokenizer.json", False),
        ("llama/model.safetensors.index.json", False),
    ],
)
def test_the_files_of_a_model_are_no_data_to_look_at(file: str, is_data: bool) -> None:
    log = (
        f"loading {file}\nTraceback (most recent call last):\n"
        '  File "/srv/train/train.py", line 3, in <module>\n    read()\n'
        "ValueError: column names don't match\n"
    )
    advice = explain(log.encode(), Ending(exit_code=1)).advice
    assert (f"head -n 3 {file}" in [one.command for one in advice]) == is_data
