"""Sentence embeddings, trained on pairs with a tiny BERT that is made on the spot."""

import argparse
from pathlib import Path

from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
    losses,
    models,
)
from transformers import BertConfig, BertModel, BertTokenizerFast

WORDS = "turn switch on off the lamp heater light in kitchen bath please now".split()
PAIRS = [
    ("turn on the lamp", "switch on the light", 0.9),
    ("turn on the lamp", "switch off the heater", 0.1),
    ("heater off in bath", "switch off the heater", 0.8),
    ("light on in kitchen", "heater off in bath", 0.2),
]


def make_model(folder: Path) -> SentenceTransformer:
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    folder.mkdir(exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(vocabulary), intermediate_size=32, **size)
    BertModel(config).save_pretrained(folder)
    words = models.Transformer(str(folder), max_seq_length=16)
    return SentenceTransformer(modules=[words, models.Pooling(16)], device="cpu")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--label", default="label", help="name of the column with the scores")
    args = parser.parse_args()
    first, second, score = zip(*PAIRS * 20, strict=True)
    data = Dataset.from_dict({"one": first, "two": second, args.label: score})
    model = make_model(Path("tiny-bert"))
    arguments = SentenceTransformerTrainingArguments(
        output_dir="out",
        num_train_epochs=2,
        per_device_train_batch_size=8,
        logging_steps=4,
        save_strategy="no",
        use_cpu=True,
        report_to=[],
    )
    loss = losses.CosineSimilarityLoss(model)
    SentenceTransformerTrainer(model, arguments, train_dataset=data, loss=loss).train()


if __name__ == "__main__":
    main()
