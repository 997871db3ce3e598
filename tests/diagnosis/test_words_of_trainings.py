"""What trainings say of shapes, settings, features and servers, and advice that fits its case."""

import re

import pytest

from lastwords.diagnosis import Ending, Explanation, explain

START = "Traceback (most recent call last):\n"
OWN = '  File "/srv/reef/fit.py", line 9, in main\n    run()\n'
HTTP = '  File "/usr/lib/python3.11/http/client.py", line 286, in _read_status\n    line = read()\n'


def told(error: str, before: str = "", frames: str = OWN) -> Explanation:
    return explain(f"{before}\n{START}{frames}{error}\n".encode(), Ending(exit_code=1))


def advice_of(found: Explanation) -> str:
    return "\n".join(f"{one.text} {one.command or ''}" for one in found.advice)


@pytest.mark.parametrize(
    ("message", "cause", "helps", "misleads"),
    [
        (
            "RuntimeError: Padding size should be less than the corresponding input dimension, but "
            "got: padding (64, 64) at dimension 2 of input [1, 2, 40]",
            "model.shape_mismatch",
            "too short or small",
            "ignore_mismatched",
        ),
        (
            "ValueError: One of the dimensions in the output is <= 0 due to downsampling in conv_3",
            "model.shape_mismatch",
            "fewer poolings",
            "ignore_mismatched",
        ),
        (
            "AssertionError: Input image size 250 must be a multiple of 16",
            "model.shape_mismatch",
            "multiple of 16",
            "num_heads",
        ),
        (
            "ValueError: logits and labels must have the same shape, received ((8, 3) vs (8, 1)).",
            "model.shape_mismatch",
            "sparse_categorical",
            "checkpoint",
        ),
        (
            'ValueError: Input 0 of layer "tide" is incompatible with the layer: expected '
            "shape=(None, 60), found shape=(None, 6, 10)",
            "model.shape_mismatch",
            "Flatten",
            "checkpoint",
        ),
        (
            'ValueError: Input 0 of layer "conv" is incompatible with the layer: expected '
            "min_ndim=4, found ndim=3. Full shape received: (None, 28, 28)",
            "model.shape_mismatch",
            "missing axis",
            "checkpoint",
        ),
        (
            "ValueError: Feature shape mismatch, expected: 12, got 11",
            "data.malformed",
            "same columns",
            "reshape",
        ),
        (
            "ValueError: The feature names should match those that were passed during fit.",
            "data.malformed",
            "get_dummies",
            "reshape",
        ),
        (
            "ValueError: Mismatch in `image` token count between text and `input_ids`. Got ids=[7]",
            "data.malformed",
            "max_length",
            "resize_token",
        ),
        (
            "ValueError: Training set not found or empty. Must provide a training set.",
            "data.empty",
            "path|data",
            "batch",
        ),
        (
            'wandb.sdk.lib.config_util.ConfigError: Attempted to change value of key "depth" from '
            "4 to 6",
            "config.invalid",
            "allow_val_change",
            "network",
        ),
        ("ValueError: math domain error", "numeric.nan", "log of 0", "fp16|learning rate"),
        (
            "ImportError: cannot import name 'tide' from partially initialized module 'reef.tides' "
            "(most likely due to a circular import) (/srv/reef/reef/tides.py)",
            "code.error",
            "into a third module",
            "pip|Rename",
        ),
        (
            "AttributeError: partially initialized module 'torch' has no attribute 'nn' (most "
            "likely due to a circular import)",
            "code.error",
            "Rename",
            "third module",
        ),
        (
            "TypeError: DPOTrainer.__init__() got an unexpected keyword argument 'beta'",
            "deps.incompatible",
            r"DPOConfig\(beta=[\s\S]*show trl",
            "SFTConfig",
        ),
        (
            "TypeError: SFTTrainer.__init__() got an unexpected keyword argument 'max_seq_length'",
            "deps.incompatible",
            r"SFTConfig\(max_length=",
            "DPOConfig",
        ),
        (
            "TypeError: GRPOTrainer.__init__() got an unexpected keyword argument 'tokenizer'",
            "deps.incompatible",
            "processing_class",
            "GRPOConfig\\(tok",
        ),
        (
            "RuntimeError: Error(s) in loading state_dict for Tide:\n\tsize mismatch for "
            "tide.text_embed.weight: copying a param with shape torch.Size([90, 8]) from "
            "checkpoint, the shape in current model is torch.Size([80, 8]).",
            "model.shape_mismatch",
            "vocabulary that the checkpoint",
            "resize_token",
        ),
    ],
)
def test_what_a_training_says_tells_cause_and_remedy(
    message: str, cause: str, helps: str, misleads: str
) -> None:
    found = told(message)
    said = advice_of(found)
    assert found.cause == cause
    assert re.search(helps, said), said
    assert not re.search(misleads, said), said


def test_an_error_inside_a_package_that_is_only_imported_is_of_its_versions() -> None:
    own = '  File "/srv/reef/fit.py", line 1, in <module>\n    from tidelib import Tide\n'
    inside = (
        '  File "/srv/v/lib/python3.12/site-packages/tidelib/rl.py", line 54, in patch\n'
        '    last = text.split("\\n")[-2]\n'
    )
    found = told("IndexError: list index out of range", frames=own + inside)
    assert (found.cause, found.confidence) == ("deps.incompatible", "unknown")
    assert "pip install -U tidelib" in advice_of(found)
    called = '  File "/srv/reef/fit.py", line 7, in main\n    Tide().fit(rows)\n'
    assert told("IndexError: list index out of range", frames=called + inside).cause not in (
        "deps.incompatible",
    )


@pytest.mark.parametrize(
    ("before", "helps", "misleads"),
    [
        ("mixed precision: fp16", "instead of fp16", "VecNormalize"),
        ("stable_baselines3 2.3", "VecCheckNan", "fp16"),
        ("training in full width", "Check the inputs", "fp16|VecNormalize"),
    ],
)
def test_half_precision_is_blamed_where_it_is_used(before: str, helps: str, misleads: str) -> None:
    said = advice_of(told("Diverged: the critic's loss became nan at step 3", before))
    assert re.search(helps, said), said
    assert not re.search(misleads, said), said


@pytest.mark.parametrize(
    ("error", "frames", "helps", "misleads"),
    [
        (
            "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 9012)",
            OWN,
            "nothing listens there",
            "proxy|firewall|HF_",
        ),
        ("TimeoutError: timed out", OWN + HTTP, "did not answer in time", "proxy|HF_"),
        (
            "requests.exceptions.ProxyError: HTTPSConnectionPool(host='tide.example', port=443): "
            "Cannot connect to proxy.",
            OWN,
            "must begin with http://",
            "login",
        ),
        (
            "requests.exceptions.ProxyError: HTTPSConnectionPool(host='tide.example', port=443): "
            "Tunnel connection failed: 407 Proxy Authentication Required",
            OWN,
            "login",
            "must begin with",
        ),
    ],
)
def test_a_proxy_is_blamed_where_there_is_one(
    error: str, frames: str, helps: str, misleads: str
) -> None:
    found = told(error, frames=frames)
    said = advice_of(found)
    assert found.cause == "network.unreachable"
    assert re.search(helps, said), said
    assert not re.search(misleads, said), said


def test_a_settings_file_with_comments_is_not_a_row() -> None:
    frames = '  File "/srv/reef/fit.py", line 14, in load_settings\n    return json.load(file)\n'
    inside = (
        '  File "/usr/lib/python3.11/json/decoder.py", line 353, in raw_decode\n    obj = scan()\n'
    )
    error = "json.decoder.JSONDecodeError: Expecting value: line 4 column 3 (char 60)"
    found = told(error, frames=frames + inside)
    assert found.cause == "config.invalid"
    assert "no comments" in advice_of(found)
    rows = frames.replace("load_settings", "load_rows")
    assert told(error, frames=rows + inside).cause == "data.malformed"


@pytest.mark.parametrize(
    ("before", "helps"),
    [
        ("kohya: train_data_dir=/srv/img", "10_name"),
        ("python -m mlx_lm.lora --data rows", "train.jsonl and valid.jsonl"),
    ],
)
def test_an_empty_dataset_is_explained_by_what_the_program_expects(before: str, helps: str) -> None:
    assert helps in advice_of(told("ValueError: no images found, nothing to train on", before))


@pytest.mark.parametrize(
    ("before", "helps"),
    [
        ("deepspeed launcher", "ZeRO stage 3"),
        ("torchrun fit.py\ntransformers/trainer.py", "FSDP"),
    ],
)
def test_many_gpus_can_share_what_one_cannot_hold(before: str, helps: str) -> None:
    error = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."
    assert helps in advice_of(told(error, before))
    assert helps not in advice_of(told(error))


@pytest.mark.parametrize(
    ("message", "before", "helps", "misleads"),
    [
        (
            "RuntimeError: CUDA error: invalid device ordinal",
            "torchrun --nproc-per-node 8",
            "LOCAL_RANK",
            "device=0",
        ),
        (
            "RuntimeError: HIP error: invalid device ordinal",
            "rocm",
            "HIP_VISIBLE_DEVICES",
            "nvidia|CUDA_VIS",
        ),
        (
            "RuntimeError: The detected CUDA version (12.4) mismatches the version that was used "
            "to compile PyTorch (11.8). Please make sure to use the same CUDA versions.",
            "(conda) env",
            "cuda-toolkit=11.8",
            "DS_SKIP|compiler's first",
        ),
        (
            "AssertionError: Check batch related parameters. train_batch_size is not equal to "
            "micro_batch_per_gpu * gradient_acc_step * world_size 64 != 4 * 2 * 6",
            "deepspeed\ntransformers/trainer.py",
            '"auto"',
            "tensor_parallel",
        ),
        (
            "RuntimeError: Expected all tensors to be on the same device, but found at least two "
            "devices, cuda:1 and cuda:0!",
            "",
            "CUDA_VISIBLE_DEVICES=0",
            r"to\(model.device",
        ),
        (
            "RuntimeError: Expected all tensors to be on the same device, but found at least two "
            "devices, cuda:0 and cpu!",
            "",
            r"to\(model.device",
            "CUDA_VISIBLE",
        ),
        (
            "AttributeError: 'Tide' object has no attribute 'swimm'. Did you mean: 'swim'?",
            "",
            "Write swim, if that was meant",
            "pip install",
        ),
        (
            "AssertionError: Dataset 'reef_2017' is already registered!",
            "",
            "import its file under one name",
            "pip install",
        ),
        (
            "TypeError: Tide.swim() missing 1 required positional argument: 'to' /srv/bin/tool",
            "",
            "signature",
            "ls -ld",
        ),
        (
            "RuntimeError: Error checking compiler version for cl: [WinError 2]",
            r"C:\users\ada",
            "Native Tools",
            "apt-get",
        ),
    ],
)
def test_advice_names_what_is_wrong(message: str, before: str, helps: str, misleads: str) -> None:
    said = advice_of(told(message, before))
    assert re.search(helps, said), said
    assert not re.search(misleads, said), said


def test_a_number_on_the_next_line_is_no_batch_size() -> None:
    shown = "transformers/trainer.py\n  1631 args.auto_find_batch_size\n  1632 )\n"
    error = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."
    assert "816" not in advice_of(told(error, shown))
