"""One traceback, in the forms in which marking, quoting and asking leave it."""

import pytest

from lastwords.diagnosis import Ending, explain

TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "/home/u/proj/train.py", line 88, in <module>',
    "    main(args)",
    '  File "/opt/env/lib/python3.9/site-packages/torch/nn/modules/module.py", line 9, in call',
    "    return forward_call(*input)",
    '  File "/home/u/proj/net.py", line 40, in forward',
    '    return self.head(x["feats"])',
    "KeyError: 'feats'",
]
FRAMES = TRACEBACK[1:]
FLAT = [line.strip() for line in FRAMES]
LONG = "RuntimeError: The size of tensor a (64) must match the size of tensor b (32) at dimension 1"


def curly(line: str, opening: str) -> str:
    return line.replace(' "', f" {opening}").replace('",', "”,") if "File" in line else line


FORMS = {
    "flat-behind-a-backtick": [f"`{FLAT[0]}", *FLAT[1:-1], f"{FLAT[-1]}`"],
    "first-function-lost": [FLAT[0].removesuffix(" <module>"), *FLAT[1:]],
    "first-rank-not-marked": [FLAT[0], *(f"[rank0]: {line}" for line in FRAMES[1:])],
    "curly-quotes": [curly(line, "“") for line in FRAMES],
    "closing-quotes": [curly(line, "”") for line in FRAMES],
    "header-cut": ["recent call last):", *FRAMES],
    "header-short": ["Traceback:", *FRAMES],
    "bold-around": [f"**{TRACEBACK[0]}", *FRAMES[:-1], f"{FRAMES[-1]}**"],
    "bold-each": [f"**{line.strip()}**" for line in TRACEBACK],
}
ASKED = (
    "Does anyone know how to solve it?",
    "what should I do?",
    "Thanks!",
    "I don't know why",
    "Could you please help me?",
    "help me please",
    "why the error happened?",
    "@author please help",
    "Python 3.8.10",
    "python train.py --data coco",
    "**Environment**",
    "你好作者，我在运行 python train.py",
)


@pytest.mark.parametrize("name", FORMS)
def test_a_traceback_is_whole_in_every_form(name: str) -> None:
    lines = FORMS[name]
    explanation = explain("\n".join(lines).encode(), Ending())
    assert explanation.headline == "KeyError: 'feats'"
    assert explanation.user_frame is not None
    assert explanation.user_frame.line == 40
    assert explanation.error is not None
    assert (explanation.error.first_line, explanation.error.last_line) == (1, len(lines))


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("blank", ["", "\n"])
def test_what_is_asked_below_a_message_is_no_part_of_it(asked: str, blank: str) -> None:
    for said, end in ((LONG, 1), ("\n".join(TRACEBACK), len(TRACEBACK))):
        explanation = explain(f"{said}\n{blank}{asked}\n".encode(), Ending())
        assert explanation.headline == said.splitlines()[-1]
        assert explanation.error is not None
        assert explanation.error.last_line == end


def test_code_marks_around_a_line_with_apostrophes_are_no_part_of_it() -> None:
    said = "lightning.MisconfigurationException: No 'fit_loader()' to run 'Trainer.fit'."
    explanation = explain(f"`{said}`\n".encode(), Ending())
    assert explanation.headline == said
    assert explanation.cause == "config.invalid"


@pytest.mark.parametrize(
    ("log", "end"),
    [
        (
            "jaxlib.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 9\n"
            "BufferAssignment OOM Debugging.\nBufferAssignment stats:\n"
            "             parameter allocation:  372.76MiB\n"
            "              total fragmentation:  680.30MiB (4.60%)\n",
            5,
        ),
        (
            "xgboost.core.XGBoostError: [11:40:23] /src/objective.cc:27: Unknown objective: `b`\n"
            "\nStack trace returned 2 entries:\n"
            "[bt] (0) /opt/libxgboost.so(+0x31f81a) [0x7f62d1b6d81a]\n"
            "[bt] (1) /opt/libxgboost.so(+0x31fe41) [0x7f62d1b6de41]\n",
            5,
        ),
    ],
)
def test_what_a_library_adds_below_its_message_belongs_to_it(log: str, end: int) -> None:
    explanation = explain(log.encode(), Ending())
    assert explanation.error is not None
    assert (explanation.error.first_line, explanation.error.last_line) == (1, end)


def test_frames_whose_margin_was_lost_are_a_traceback() -> None:
    log = (
        "got error :\n"
        '                  File "D:\\env\\lib\\multiprocessing\\spawn.py", line 115, in _main\n'
        "                  self = reduction.pickle.load(from_parent)\n"
        "                 EOFError: Ran out of input\n"
    )
    explanation = explain(log.encode(), Ending())
    assert explanation.cause != "model.corrupt"
    assert explanation.error is not None
    assert (explanation.error.first_line, explanation.error.last_line) == (2, 4)


def test_the_first_of_several_fatal_records_is_the_headline() -> None:
    said = "[LightGBM] [Fatal] Model format error, expect a tree here. met"
    explanation = explain(f"{said} -10 -11\n{said} \n{said} ision_type=2 2\n".encode(), Ending())
    assert explanation.headline == f"{said} -10 -11"
    assert explanation.error is not None
    assert (explanation.error.first_line, explanation.error.last_line) == (1, 3)


def test_a_launchers_traceback_is_one_though_its_name_is_cut_off() -> None:
    log = (
        "RuntimeError: CUDA error: device-side assert triggered\n"
        "Traceback (most recent call last):\n"
        '  File "/opt/env/bin/torchrun", line 8, in <module>\n    sys.exit(main())\n'
        '  File "/opt/env/lib/python3.8/site-packages/torch/distributed/launcher/api.py", line 245'
        ", in launch_agent\n    raise ChildFailedError(\ntorch.dist\n"
    )
    explanation = explain(log.encode(), Ending())
    assert explanation.headline != "torch.dist"
    assert explanation.cause == "gpu.fault"


@pytest.mark.parametrize(("gradient", "cause"), [("nan", "numeric.nan"), ("1.5", "ok")])
def test_a_loss_of_zero_without_a_gradient_is_no_number(gradient: str, cause: str) -> None:
    log = "".join(
        f"{{'loss': {loss}, 'grad_norm': {gradient}, 'epoch': 0.5}}\n" for loss in (0.2, 0.0, 0.0)
    )
    assert explain(log.encode(), Ending()).cause == cause


@pytest.mark.parametrize(
    ("place", "owner"),
    [
        ("/opt/env/lib/python3.9/site-packages/lhotse/cut.py", "of lhotse"),
        ("/home/u/proj/cut.py", "of the project whose code this is"),
    ],
)
def test_the_words_are_searched_for_where_their_code_is_from(place: str, owner: str) -> None:
    log = f'Traceback (most recent call last):\n  File "{place}", line 4, in f\n    g()\n'
    explanation = explain(f"{log}LookupFailedError: nothing known of cut 7\n".encode(), Ending())
    assert any(f"Search the issues {owner} for" in advice.text for advice in explanation.advice)


SPYDER = """\
Traceback (most recent call last):

  Cell In[1], line 1
    runfile('C:/Users/me/fit.py', wdir='C:/Users/me')

  File ~\\env\\lib\\site-packages\\spyder_kernels\\customize.py:528 in runfile
    exec_code(file_code)

  File c:\\users\\me\\fit.py:12
    model.fit(x, y)

  File ~\\env\\lib\\site-packages\\keras\\utils\\traceback_utils.py:70 in error_handler
    raise e.with_traceback(filtered_tb) from None

ValueError: Shapes (None, 10) and (None, 2) are incompatible
"""


def test_frames_as_spyder_prints_them_are_read() -> None:
    explanation = explain(SPYDER.encode(), Ending())
    assert explanation.cause == "model.shape_mismatch"
    assert explanation.user_frame is not None
    assert (explanation.user_frame.file, explanation.user_frame.line) == (
        "c:\\users\\me\\fit.py",
        12,
    )
    assert explanation.error is not None
    assert (explanation.error.first_line, explanation.error.last_line) == (1, 15)
    tail = explain("\n".join(SPYDER.splitlines()[11:]).encode(), Ending())
    assert tail.error is not None
    assert (tail.error.first_line, tail.error.last_line) == (1, 4)


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        (
            "train iter: 0 loss_net: 0.9\ntrain iter: 100 loss_net: nan loss_scale: 1.0\n",
            "numeric.nan",
        ),
        (
            "RuntimeError: stack expects each tensor to be equal size, but got [445852] at entry 0 "
            "and [445851] at entry 2\n",
            "data.malformed",
        ),
    ],
)
def test_what_a_log_of_a_training_names_is_the_cause(log: str, cause: str) -> None:
    assert explain(log.encode(), Ending()).cause == cause


def test_an_unexpected_key_named_dim_is_no_shape() -> None:
    log = (
        'Traceback (most recent call last):\n  File "/home/u/conv.py", line 13, in __init__\n'
        "    super().__init__(node_dim=0)\n"
        "TypeError: __init__() got an unexpected keyword argument 'node_dim'\n"
    )
    assert explain(log.encode(), Ending()).cause != "model.shape_mismatch"


def test_the_usual_format_of_loggers_is_no_part_of_a_headline() -> None:
    log = "2022-12-09 12:16:38,269 - data.prepare - ERROR - Error in function check: no files\n"
    assert explain(log.encode(), Ending()).headline == "Error in function check: no files"


def test_a_launchers_table_that_is_cut_off_belongs_to_its_error() -> None:
    log = (
        "ERROR:torch.distributed.elastic.multiprocessing.api:failed (exitcode: -9) local_rank: 0 "
        "(pid: 7) of binary: /opt/env/bin/python\nTraceback (most recent call last):\n"
        '  File "/opt/env/bin/torchrun", line 8, in <module>\n    sys.exit(main())\n'
        "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n"
        "==================================\ntrain.py FAILED\n"
        "----------------------------------\nFailures:\n"
    )
    explanation = explain(log.encode(), Ending())
    assert explanation.error is not None
    assert (explanation.error.first_line, explanation.error.last_line) == (1, 9)


def test_a_box_without_its_lid_is_read_below_other_lines() -> None:
    log = (
        "building the model\n"
        "│ /home/u/proj/tools/train.py:44 in │\n│ <module>                          │\n"
        "│                                   │\n│   42 if True:                     │\n"
        "│ ❱ 44 │   main()                   │\n╰───────────────────────────────────╯\n"
        "ValueError: no tide table\n"
    )
    explanation = explain(log.encode(), Ending())
    frame = explanation.user_frame
    assert frame is not None
    assert (frame.file, frame.line, frame.function) == (
        "/home/u/proj/tools/train.py",
        44,
        "<module>",
    )


def test_what_failed_in_a_graph_is_the_headline_and_not_where_it_was_told() -> None:
    log = (
        "ValueError                                Traceback (most recent call last)\n"
        "Cell In[4], line 1\n----> 1 model.fit(x)\n\nValueError: in user code:\n\n"
        '    File "/env/site-packages/keras/losses.py", line 15, in cross  **\n'
        "        return f(a)\n\n    ValueError: Shapes (None, 1) and (None, 38) are incompatible\n"
    )
    explanation = explain(log.encode(), Ending())
    assert explanation.headline == "ValueError: Shapes (None, 1) and (None, 38) are incompatible"
    assert explanation.cause == "model.shape_mismatch"


def test_what_somebody_wrote_below_a_traceback_is_no_going_on_of_the_program() -> None:
    log = "\n".join((*TRACEBACK, "Hello, my card is new, so I used CUDA 12.8 instead."))
    frame = explain(log.encode(), Ending()).user_frame
    assert frame is not None and frame.line == 40


def test_a_place_in_native_code_is_no_headline() -> None:
    log = (
        "[rank1]:[E1030 19:36:07 ProcessGroupNCCL.cpp:1515] Process group watchdog thread "
        "terminated with exception: CUDA error: device-side assert triggered\n"
        "Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.\n\n"
        "Exception raised from check at ../c10/Exception.cpp:43 (most recent call first):\n"
        "frame #0: c10::Error::Error() + 0x96 (0x7f in /env/lib/libc10.so)\n"
    )
    assert "device-side assert triggered" in explain(log.encode(), Ending()).headline


def test_an_exception_that_a_debugger_shows_without_its_stack_is_read() -> None:
    log = "Exception has occurred: TideError\nthe library was not started\n"
    assert explain(log.encode(), Ending()).headline == "TideError: the library was not started"


def test_what_a_program_says_of_an_exception_counts_a_few_lines_before_the_end() -> None:
    log = (
        "Exception preparing the loop: Accelerator.__init__() got an unexpected keyword argument "
        "'tide'\nRestored models.\nDuration: 00:00:04\n"
    )
    explanation = explain(log.encode(), Ending())
    assert explanation.headline.startswith("Exception preparing the loop: ")
    assert explanation.confidence == "unknown"
