"""Names, arguments and operators that another version, build or checkout lacks; no tokens."""

import re

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

HEAD = "Traceback (most recent call last):\n"
FRAME = '  File "{}", line 9, in {}\n    {}\n'
OWN = FRAME.format("/srv/reef/fit.py", "main", "run()")


def told(error: str, frames: str = OWN) -> Explanation:
    return explain(f"{HEAD}{frames}{error}\n".encode(), Ending(exit_code=1))


def advice_of(found: Explanation) -> str:
    return "\n".join(f"{one.text} {one.command or ''}" for one in found.advice)


@pytest.mark.parametrize(
    ("operator", "backend", "cause", "helps"),
    [
        ("torchvision::roi_align", "CUDA", "deps.incompatible", "torch and torchvision together"),
        ("tide_ops::swell", "XPU", "deps.incompatible", "torch and tide_ops that are made for"),
        ("torchvision::nms", "MPS", "deps.incompatible", "PYTORCH_ENABLE_MPS_FALLBACK"),
        ("aten::_nested_swell", "MPS", "gpu.unavailable", "PYTORCH_ENABLE_MPS_FALLBACK"),
        ("aten::_nested_swell.out", "XPU", "gpu.unavailable", "on the CPU"),
    ],
)
def test_an_operator_is_of_the_package_that_defines_it(
    operator: str, backend: str, cause: str, helps: str
) -> None:
    found = told(
        f"NotImplementedError: Could not run '{operator}' with arguments from the '{backend}' "
        "backend. This could be because the operator doesn't exist for this backend."
    )
    assert found.cause == cause
    assert helps in advice_of(found)


@pytest.mark.parametrize(
    ("script", "module", "another"),
    [
        ("/home/ada/walker/train.py", "/opt/tide/reef/sea.py", True),
        ("/home/ada/walker/train.py", "/home/ada/tide/reef/sea.py", True),
        ("/root/walker/train.py", "/root/tide/reef/sea.py", True),
        (r"C:\Users\ada\walker\train.py", r"C:\Users\ada\tide\reef\sea.py", True),
        ("/home/ada/walker/tools/train.py", "/home/ada/walker/reef/sea.py", False),
        ("/workspace/tools/train.py", "/workspace/reef/sea.py", False),
        ("train.py", "/opt/tide/reef/sea.py", False),
        ("/tmp/ipykernel_7/81.py", "/home/ada/walker/reef/sea.py", False),
        ("/srv/v/lib/python3.11/site-packages/tide/a.py", "/home/ada/walker/reef/sea.py", False),
    ],
)
def test_a_name_is_missing_in_another_checkout(script: str, module: str, another: bool) -> None:
    found = told(
        f"ImportError: cannot import name 'Swell' from 'reef.sea' ({module})",
        FRAME.format(script, "<module>", "from reef.sea import Swell"),
    )
    assert (found.cause == "deps.incompatible") is another
    assert ("git -C" in advice_of(found)) is another


@pytest.mark.parametrize(
    ("message", "helps"),
    [
        ("cv() got an unexpected keyword argument 'verbose_eval'", "lightgbm<4.*log_evaluation"),
        (
            "LGBMRegressor.fit() got an unexpected keyword argument 'early_stopping_rounds'",
            "lightgbm<4.*early_stopping",
        ),
        (
            "XGBRanker.fit() got an unexpected keyword argument 'eval_metric'",
            "xgboost<2.1.*estimator as it is made",
        ),
    ],
)
def test_an_argument_that_was_removed_has_another_place(message: str, helps: str) -> None:
    found = told(f"TypeError: {message}")
    assert found.cause == "deps.incompatible"
    assert re.search(helps, advice_of(found), re.DOTALL), advice_of(found)


def test_an_argument_of_another_fit_is_of_no_booster() -> None:
    found = told("TypeError: TidePredictor.fit() got an unexpected keyword argument 'eval_metric'")
    assert "xgboost" not in advice_of(found)


@pytest.mark.parametrize(
    ("message", "helps"),
    [
        ("'numpy.ndarray' object has no attribute 'detach'", "NumPy array already"),
        ("'numpy.float64' object has no attribute 'numpy'", "NumPy array already"),
        ("'numpy.ndarray' object has no attribute 'unsqueeze'", "torch.from_numpy"),
        ("'float' object has no attribute 'backward'", "number already"),
    ],
)
def test_what_is_no_tensor_is_said(message: str, helps: str) -> None:
    assert helps in advice_of(told(f"AttributeError: {message}"))


IN_TORCH = FRAME.format(
    "/srv/v/lib/python3.11/site-packages/torch/nn/functional.py",
    "embedding",
    "return torch.embedding(weight, input, padding_idx)",
)


@pytest.mark.parametrize(
    ("code", "deeper", "cause", "is_token"),
    [
        ("h = self.embed_tokens(ids)", IN_TORCH, "data.tokenization", True),
        ("h = self.emb(ids).gather(1, at)", IN_TORCH, "data.tokenization", True),
        ("h = self.movie_embedding(seen)", IN_TORCH, "data.malformed", False),
        ("h = self.cat_embs[3](codes)", IN_TORCH, "data.malformed", False),
        ("h = x.index_select(0, picked)", "", "code.error", False),
    ],
)
def test_an_index_is_of_a_token_only_where_tokens_are(
    code: str, deeper: str, cause: str, is_token: bool
) -> None:
    frames = FRAME.format("/srv/reef/fit.py", "forward", code) + deeper
    found = told("IndexError: index out of range in self", frames)
    assert found.cause == cause
    assert ("token" in (found.title + advice_of(found)).lower()) is is_token


def test_numbers_of_nodes_are_compared_with_the_edges() -> None:
    found = told(
        "dgl._ffi.base.DGLError: The num_nodes argument for reef must be larger than the max ID in "
        "the data, but got 5 and 7."
    )
    assert (found.cause, found.title) == (
        "data.malformed",
        "An edge names a node that is not there: 7",
    )
