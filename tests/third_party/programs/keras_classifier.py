"""A classifier of points in Keras 3 on torch."""

import argparse
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--loss", default="sparse_categorical_crossentropy")
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()
    keras.utils.set_random_seed(1)
    x = np.random.randn(512, 4).astype("float32")
    y = (x.sum(axis=1) > 0).astype("int32")
    layers = [keras.layers.Dense(16, activation="relu"), keras.layers.Dense(2, "softmax")]
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile(optimizer="adam", loss=args.loss, metrics=["accuracy"])
    model.fit(x, y, batch_size=32, epochs=args.epochs, validation_split=0.25)


if __name__ == "__main__":
    main()
