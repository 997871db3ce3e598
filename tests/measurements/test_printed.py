"""A log read as it grows: the same points as of the whole, each at its place."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lastwords.measurements.formats import FORMATS
from lastwords.measurements.points import Metric
from lastwords.measurements.printed import LONGEST, Printed
from lastwords.records import Progress

KERAS = "Epoch {}/2\n{}/4 ━━━━━━━━━━━━━━━━━━━━ 0s 5ms/step - loss: 0.5\n"
LOG = "\n".join(f"{row.sample}\nwords\r10 more" for row in FORMATS).encode()


def read(*pieces: bytes) -> Printed:
    printed = Printed()
    for piece in pieces:
        printed.feed(piece)
    printed.finish()
    return printed


def points(text: str) -> list[Metric]:
    return read(text.encode()).points.metrics


WHOLE = read(LOG).points.metrics


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, len(LOG)), max_size=12))
def test_a_log_that_is_read_in_pieces_gives_the_points_of_the_whole(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(LOG)]
    pieces = [LOG[begin:end] for begin, end in zip(ends, ends[1:], strict=False)]
    assert read(*pieces).points.metrics == WHOLE


def test_a_line_that_is_too_long_is_passed_over_and_the_next_is_read() -> None:
    long = b"loss=0.5 " * (LONGEST // 4)
    for pieces in [(long + b"\nstep=1 loss=2\n",), (long, long, b" loss=1\nstep=1 loss=2\n")]:
        (metric,) = read(*pieces).points.metrics
        assert (metric["step"], metric["loss"]) == (1, 2.0)


def test_the_source_that_a_traceback_shows_is_no_metric() -> None:
    frame = '  File "/w/train.py", line 3, in <module>\n    loss = 0.5\n'
    assert points(frame) == [] and points("note\n    loss = 0.5\n") != []


def test_batches_of_every_epoch_go_on_from_the_epoch_before() -> None:
    lines = [
        f"| epoch {epoch} | {batch}/20 batches | loss {epoch}.{batch}"
        for epoch in (1, 2, 3)
        for batch in (10, 20)
    ]
    metrics = points("\n".join(lines))
    assert [metric["step"] for metric in metrics] == [10, 20, 30, 40, 50, 60]
    assert [metric["epoch"] for metric in metrics] == [1, 1, 2, 2, 3, 3]


def test_a_training_that_begins_anew_begins_with_its_first_step() -> None:
    lines = [
        f"Epoch [{epoch}/2], Step [{step}/9], Loss: 1.5" for epoch, step in [(1, 9), (2, 9), (1, 3)]
    ]
    assert [metric["step"] for metric in points("\n".join(lines))] == [9, 18, 3]


def test_a_heading_tells_the_epoch_of_what_follows() -> None:
    metrics = points(KERAS.format(1, 4) + KERAS.format(2, 3) + KERAS.format(2, 4))
    assert [(metric["epoch"], metric["step"]) for metric in metrics] == [(1, 4), (2, 7), (2, 8)]


def test_an_evaluation_without_a_place_stands_where_the_training_was() -> None:
    metrics = points("step=10 loss=0.5\nval_loss: 0.6\nstep=20 loss=0.4\n")
    assert [metric["step"] for metric in metrics] == [10, 10, 20]


def test_the_numbers_of_transformers_stand_at_the_step_of_the_bar_behind_them() -> None:
    bar = " {}%|#    | {}/40 [00:01<00:03, 9.9it/s]"
    pieces = [bar.format(0, 0), "{'loss': 2.0, 'epoch': 0.5}\n", bar.format(25, 10)]
    pieces += ["{'loss': 1.0, 'epoch': 1.0}\n", bar.format(50, 20)]
    pieces += ["100%|#| 3/3 [00:00<00:00, 9it/s]", "{'eval_loss': 1.5, 'epoch': 1.0}\n"]
    pieces += [bar.format(50, 20), "{'loss': 0.9, 'epoch': 2.0}\n", bar.format(100, 40)]
    pieces += [" 0%|#| 0/3 [00:00<?, ?it/s]", "{'eval_loss': 1.4, 'epoch': 2.0}\n"]
    metrics = points("\r".join([*pieces, bar.format(100, 40), ""]))
    assert [metric["step"] for metric in metrics] == [10, 20, 20, 40, 40]


def test_of_very_many_points_evaluations_and_every_second_other_are_kept() -> None:
    printed = Printed(most_points=100)
    for step in range(300):
        printed.feed(b"step=%d loss=0.5\n" % step)
        printed.feed(b"step=%d val_loss=0.5\n" % step if step % 50 == 0 else b"")
    steps = [metric["step"] for metric in printed.points.metrics if "evalLoss" in metric]
    assert len(printed.points.metrics) <= 100 and printed.points.thinned > 0
    assert steps == [0, 50, 100, 150, 200, 250]


def test_at_most_so_many_lines_of_a_piece_are_read_and_the_rest_is_counted() -> None:
    printed = Printed()
    lines = [b"step=%d loss=0.5\n" % step for step in range(10)]
    assert printed.feed(b"".join(lines), most_lines=4) == len(b"".join(lines[4:])) + 1
    assert [metric["step"] for metric in printed.points.metrics] == [0, 1, 2, 3]


def progress(text: str) -> Progress | None:
    return read(text.encode()).points.progress


BAR = "{}: 45%|████▌     | {}/{} [00:04<00:05, 10.1it/s{}]\r"


def test_a_bar_tells_how_far_a_training_is_and_how_long_it_goes_on() -> None:
    assert progress(BAR.format("Training", 45, 100, "")) == Progress(45, 100, None, 5.0)


def test_a_bar_of_one_epoch_is_a_part_of_the_epochs_that_are_told() -> None:
    told = progress(BAR.format("Epoch 1/3", 100, 100, "") + BAR.format("Epoch 2/3", 40, 100, ""))
    assert told == Progress(140, 300, 2.0, 5.0 + 1 * 9.0)


def test_a_bar_of_an_epoch_among_unknown_many_tells_no_total() -> None:
    told = progress(BAR.format("Epoch 3", 45, 100, ", loss=0.5"))
    assert told == Progress(45, None, 3.0, None)


def test_bars_that_follow_each_other_are_epochs() -> None:
    told = progress(BAR.format("", 100, 100, ", loss=1") + BAR.format("", 45, 100, ", loss=1"))
    assert told == Progress(145, None, None, None)


def test_bars_around_a_training_tell_nothing_of_it() -> None:
    around = [BAR.format(title, 3, 9, "") for title in ("Map", "Loading weights", "Evaluating")]
    assert progress("".join(around)) is None
    training = BAR.format("", 45, 100, "")
    assert progress(training + "".join(around)) == Progress(45, 100, None, 5.0)


def test_an_outer_bar_is_the_training_and_one_inside_it_is_not() -> None:
    inner = "10%|#| 1/10 [00:01<00:09, 1.0it/s]\r"
    assert progress(BAR.format("", 45, 100, "") + inner) == Progress(45, 100, None, 5.0)
    assert progress(inner + BAR.format("", 45, 100, "")) == Progress(45, 100, None, 5.0)


def test_keras_tells_its_epochs_in_a_heading() -> None:
    told = progress("Epoch 2/3\n 12/188 ━━━━━━━━━━ 7s 5ms/step - loss: 0.5\n")
    assert told is not None and (told.step, told.total_steps, told.epoch) == (12, 564, 2.0)


def test_a_step_of_how_many_is_progress_without_a_bar() -> None:
    assert progress("step 50/200 | loss: 0.5\n") == Progress(50, 200, None, None)
    assert progress("iter 50: loss 0.5\n") == Progress(50, None, None, None)


def test_a_step_that_no_database_holds_is_no_progress() -> None:
    assert progress("step=99999999999999999999 loss=0.5\n") is None


def test_numbers_below_a_bar_that_has_no_room_for_them_are_the_bars() -> None:
    bar = "Epoch 2/2  ━━━━━━━━━━ 16/16 0:00:00 • 0:00:00 99.5it/s v_num: 1.000     \n"
    (metric,) = points(f"{bar}{'train_loss: 0.080':>80}\n{'val_loss: 0.099':>80}  \n")
    assert (metric["step"], metric["epoch"]) == (48, 2.0)
    assert (metric["loss"], metric["evalLoss"]) == (0.08, 0.099)


def test_a_fast_bar_that_has_no_room_for_the_time_left_is_read() -> None:
    bar = "Epoch 2/2  ━━━━━━━━━━ 20/20 0:00:00 •        1034.20it/s v_num: 0.000     \n"
    below = f"{'0:00:00':>41}{'train_loss: 0.164':>39}\n{'val_loss: 0.101':>78}  \n"
    (metric,) = points(bar + below)
    assert (metric["step"], metric["epoch"]) == (60, 2.0)
    assert (metric["loss"], metric["evalLoss"]) == (0.164, 0.101)


def test_a_bar_that_is_drawn_again_at_a_step_makes_no_second_point() -> None:
    metrics = points("2/9 [00:01<00:08, loss=0.5]\r2/9 [00:01<00:08, loss=0.4]\r")
    assert [(metric["step"], metric["loss"]) for metric in metrics] == [(2, 0.4)]
