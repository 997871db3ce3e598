"""Training data and a configuration for `spacy train`: texts of two categories."""

import itertools
from pathlib import Path

import spacy
from spacy.cli.init_config import init_config
from spacy.tokens import DocBin

WORDS = {"LIGHT": ("lamp", "bulb", "light"), "HEAT": ("heater", "oven", "radiator")}


def main() -> None:
    nlp = spacy.blank("en")
    docs = []
    for (category, words), verb in itertools.product(WORDS.items(), ("turn on", "switch off")):
        for word in words:
            doc = nlp(f"please {verb} the {word}")
            doc.cats = {name: float(name == category) for name in WORDS}
            docs.append(doc)
    DocBin(docs=docs).to_disk("train.spacy")
    DocBin(docs=docs[::2]).to_disk("dev.spacy")
    config = init_config(lang="en", pipeline=["textcat"], optimize="efficiency")
    config["training"] |= {"max_epochs": 8, "eval_frequency": 2, "patience": 0}
    config.to_disk(Path("config.cfg"))


if __name__ == "__main__":
    main()
