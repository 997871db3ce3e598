"""Examples as token ids, and the batches they make."""

from pathlib import Path
from typing import Any

import pytest
from tests.trainer.kit import PAIRS, make_tokenizer

from lastwords.trainer.data import Example, Message

TEMPLATE = (
    "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}[answer]{% endif %}"
)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A small tokenizer."""
    return make_tokenizer(tmp_path_factory.mktemp("tokenizer"))


def encoder(
    tokenizer: Any, encoder_decoder: bool = False, source: int = 99, target: int = 99
) -> Any:
    """An encoder with these limits."""
    from lastwords.trainer.batches import Encoder

    return Encoder(tokenizer, encoder_decoder, source, target)


def example(request: str, answer: str) -> Example:
    """One question and its answer."""
    return Example((Message("user", request),), answer)


def test_a_decoder_learns_the_answer_and_its_end_alone(tokenizer: Any) -> None:
    (row,) = encoder(tokenizer).rows([example(*PAIRS[0])]).rows
    learnt = [token for token in row.labels if token != -100]
    assert tokenizer.decode(row.inputs) == f"{PAIRS[0][0]}\n{PAIRS[0][1]}</s>"
    assert tokenizer.decode(learnt) == f"{PAIRS[0][1]}</s>"
    assert len(row.labels) == len(row.inputs)


def test_an_encoder_decoder_reads_the_request_and_writes_the_answer(tokenizer: Any) -> None:
    (row,) = encoder(tokenizer, encoder_decoder=True).rows([example(*PAIRS[0])]).rows
    assert tokenizer.decode(row.inputs) == PAIRS[0][0]
    assert tokenizer.decode(row.labels) == f"{PAIRS[0][1]}</s>"


def test_a_chat_model_gets_its_own_template(tokenizer: Any, tmp_path: Path) -> None:
    chat = make_tokenizer(tmp_path)
    chat.chat_template = TEMPLATE
    request = (Message("system", "be brief"), Message("user", "light?"))
    (row,) = encoder(chat).rows([Example(request, "on")]).rows
    assert chat.decode(row.inputs) == "[system]be brief[user]light?[answer]on</s>"


def test_long_texts_are_cut_and_counted_but_never_the_template(
    tokenizer: Any, tmp_path: Path
) -> None:
    chat = make_tokenizer(tmp_path)
    chat.chat_template = TEMPLATE
    rows = encoder(chat, source=4, target=3).rows([example("x" * 50, "y" * 50), example("x", "y")])
    assert rows.truncated == 1
    cut, whole = (chat.decode(row.inputs) for row in rows.rows)
    assert cut.startswith("[user]x") and "[answer]y" in cut and len(cut) < 40
    assert not cut.endswith("</s>"), "a cut answer must not teach where to stop"
    assert whole == "[user]x[answer]y</s>"


def test_of_a_long_conversation_the_newest_turns_are_kept(tokenizer: Any) -> None:
    limit = len(tokenizer("newest")["input_ids"])
    request = (Message("user", "oldest"), Message("user", "newest"))
    rows = encoder(tokenizer, source=limit).rows([Example(request, "on")])
    assert tokenizer.decode(rows.rows[0].inputs) == "newest\non</s>"
    assert rows.truncated == 1


def test_a_batch_is_padded_to_its_own_longest_row() -> None:
    from lastwords.trainer.batches import Collator, Row

    batch = Collator(0)([Row([5, 6, 7], [-100, 6, 7]), Row([8], [8])])
    assert batch["input_ids"].tolist() == [[5, 6, 7], [8, 0, 0]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert batch["labels"].tolist() == [[-100, 6, 7], [8, -100, -100]]


@pytest.mark.parametrize(("count", "size"), [(1, 8), (7, 8), (8, 8), (100, 8), (1000, 8), (9, 1)])
def test_each_epoch_sees_every_row_once(count: int, size: int) -> None:
    from lastwords.trainer.batches import LikeLengths

    order = LikeLengths([n * 7 % 31 for n in range(count)], size, seed=1)
    batches = order.batches(0)
    assert sorted(index for batch in batches for index in batch) == list(range(count))
    assert len(order) == len(batches)


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    from lastwords.trainer.batches import LikeLengths

    def orders(seed: int) -> list[list[int]]:
        order = LikeLengths([n % 13 for n in range(100)], 8, seed)
        return [[index for batch in order.batches(epoch) for index in batch] for epoch in (0, 1)]

    assert orders(1) == orders(1)
    assert orders(1)[0] != orders(1)[1]
    assert orders(1) != orders(2)


def test_rows_that_are_alike_anyway_meet_at_random() -> None:
    from lastwords.trainer.batches import LikeLengths

    order = LikeLengths([40 + n % 3 for n in range(21)], 2, seed=1)
    assert order.reason.startswith("batches in random order")
    assert [len(batch) for batch in order.batches(0)] == [2] * 10 + [1]
    assert LikeLengths([1, 90] * 20, 2, seed=1).reason.startswith("batches of similar length")


def test_long_rows_are_padded_to_lengths_that_recur() -> None:
    from lastwords.trainer.batches import Collator, Row

    found = [Collator(0)([Row([5] * n, [5] * n)])["input_ids"].shape[1] for n in (130, 257, 288)]
    assert found == [130, 288, 288]


def test_batches_of_like_length_waste_little_padding() -> None:
    from lastwords.trainer.batches import LikeLengths

    lengths = [n * 37 % 101 + 1 for n in range(404)]
    batches = LikeLengths(lengths, 8, seed=3).batches(0)
    padded = sum(len(batch) * max(lengths[index] for index in batch) for batch in batches)
    assert padded < 1.1 * sum(lengths)
