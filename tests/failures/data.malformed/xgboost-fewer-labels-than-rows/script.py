"""An XGBoost classifier whose labels stop before its rows do."""

import numpy as np
import xgboost


def main() -> None:
    x = np.random.default_rng(1).normal(size=(400, 5))
    y = (x[:360, 0] > 0).astype(int)
    train = xgboost.DMatrix(x, label=y)
    xgboost.train({"objective": "binary:logistic"}, train, 5)


main()
