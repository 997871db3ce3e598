"""An XGBoost classifier that says how it does every few rounds."""

import argparse

import numpy as np
import xgboost


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--classes", type=int, default=3)
    args = parser.parse_args()
    random = np.random.default_rng(1)
    x = random.normal(size=(400, 5))
    y = np.digitize(x[:, 0], [-0.5, 0.5])
    train, valid = xgboost.DMatrix(x[:300], y[:300]), xgboost.DMatrix(x[300:], y[300:])
    settings = {"objective": "multi:softprob", "num_class": args.classes, "nthread": 2}
    watched = [(train, "train"), (valid, "valid")]
    xgboost.train(settings, train, 40, evals=watched, verbose_eval=5)


if __name__ == "__main__":
    main()
