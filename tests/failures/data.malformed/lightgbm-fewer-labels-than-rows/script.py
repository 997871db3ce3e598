"""A LightGBM classifier that says how it does every few rounds."""

import argparse

import lightgbm
import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--labels", type=int, default=400, help="how many rows have one")
    args = parser.parse_args()
    random = np.random.default_rng(1)
    x = random.normal(size=(400, 5))
    y = (x[: args.labels, 0] + random.normal(size=args.labels) > 0).astype(int)
    train = lightgbm.Dataset(x, y)
    valid = train.create_valid(x[300:], y[300:])
    settings = {"objective": "binary", "num_threads": 2, "verbose": 1}
    reports = [lightgbm.log_evaluation(10)]
    lightgbm.train(settings, train, 50, valid_sets=[train, valid], callbacks=reports)


if __name__ == "__main__":
    main()
