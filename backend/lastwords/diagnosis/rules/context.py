"""What surrounds a failure: the program and launcher, the vendor of the accelerator, the system.

A context is a set of tags, each found by what a log can only hold where it is so. Advice states
its condition in these tags: `cuda`, `!windows`, `slurm|kubernetes`, `hf,!loading`; comma is "and".
"""

import re
from functools import cached_property

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.exit_statuses import is_windows_status
from lastwords.diagnosis.rules.endpoints import service_in
from lastwords.diagnosis.rules.named import batch_in

_HEAD, _TAIL = 16 << 10, 64 << 10
_ALWAYS_PRINTED = re.compile(
    r"(?m)^.*(?:available: false|using: 0|unable to initialize backend|compiled without rocm|"
    r"rocm used to build pytorch: n/a|(?:hip|miopen) runtime version: n/a).*$"
)
_OF_BUILD = re.compile(r"-duse_\w+")  # an option that a message offers names no vendor
_OF_EITHER = re.compile(r"cuda:\d|according to cuda|[\\/]torch[\\/]cuda[\\/]")
_SAID_BY_EITHER = "would exceed allowed memory"
"""ROCm's build of PyTorch says this too, and calls its devices cuda as well."""
_CUDA = "cuda"
_VENDORS = {
    "rocm": "hip error|hip out of memory|hiperror|hip kernel|rocm|amdgpu|hsa_|gpu node-|miopen|"
    "rocblas|rccl|hipblas|radeon|instinct|gfx9|gfx10|gfx11|gfx12|7900 xt|7800 xt|6900 xt|6800 xt|"
    "9070 xt|mi210|mi250|mi300|mi325|mi355",
    "npu": "torch_npu|npu error|npu warning|npustream|npu out of memory|npu function|ascend|hccl|"
    "npu:|aclrt|acl stream|cann |npu-smi|aclnn|libhccl",
    "hpu": "habana|'hpu' backend|synstatus|gaudi|hl-smi|hpu:|hpu_|hcl_| hpu |device hpu|"
    "module:synhelper",
    "xpu": "xpu out of memory|torch.xpu|xpu:|level_zero|level-zero|ur_result_error|xpu-smi|"
    "intel_extension_for_pytorch|native api failed|native api returns|"
    "ur error|fp64|ze_result|sycl|xpu device|'xpu' backend",
    "tpu": "xla:tpu|libtpu|tpu driver|tpu topology|tpu initialization|/dev/accel|torch_xla|tpu_|"
    "tpu backend| tpu ",
    "mps": "mps backend|device='mps|mps:0|torch.mps|mpsndarray|metal performance|mps device|"
    "pytorch_mps|metal::malloc|mlx_lm|mlx/|'mps' backend",
    _CUDA: "cuda|nvidia|cublas|cudnn|nccl|nvrm|nvml|nvcc",
}
_SAYS_CUDA = "cuda out of memory|cuda error|cublas_|cudnn_|nccl error|nvidia driver|cuda driver"
_MARKS = {
    "ours": "lastwords/trainer|lastwords.trainer",
    "slurm": "slurmstepd:|srun: |sbatch|slurm_job|slurmctld|salloc",
    "kubernetes": "kubectl|kubelet|oomkilled|/var/run/secrets/kubernetes|evicted|kubernetes|"
    "low on resource|kubeflow",
    "docker": "docker|/.dockerenv|compose|podman|trainer-1 ",
    "torchrun": "torchrun|torch/distributed/elastic|torch/distributed/run.py|distributed.launch",
    "accelerate": "accelerate launch|accelerate/commands/launch|/bin/accelerate",
    "deepspeed": "deepspeed|sigkill_handler",
    "colossalai": "colossalai",
    "ray": "(raylet|ray.exceptions|/ray/_private|ray::|ray/train|pip=ray",
    "lightning": "/lightning/|pytorch_lightning|lightning.pytorch|lightning_fabric",
    "hf": "transformers/trainer.py|per_device_train_batch_size|seq2seqtrainer|trainingarguments|"
    "'grad_norm':|transformers/training_args|transformers.trainer|run_clm|"
    "gradient_accumulation_steps",
    "transformers": "transformers",
    "hub-client": "huggingface|hf_hub",
    "extra-keys": "unexpected key(s) in state_dict",
    "saved-in-wrapper": 'unexpected key(s) in state_dict: "module.',
    "no-mps": "not linked with support for mps|mps backend is not available",
    "no-nccl": "have nccl built in|without nccl|nccl is only supported with gpus",
    "no-tls": "wrong_version_number|wrong version number|record_layer_failure|eproto",
    "no-name": "name or service not known|in name resolution|getaddrinfo|nodename nor servname",
    "server-error": "500 internal|500 server|http error 50|502 bad|503 service|504 gateway",
    "http-404": "http error 404|404 client error|404 not found|error: 404",
    "batch-differs": "expected input batch_size",
    "two-gpus": "cuda:1",
    "cached": "latent|cache_|_cache",
    "libav": "libavutil|libavcodec|libavformat|libtorchcodec",
    "died-of-sigkill": "signals.sigkill|signal 9|signal: 9|(sigkill)|signal sigkill|"
    "exitcode: -9|exitcode  : -9",
    "half": "fp16|float16|.half()|autocast|gradscaler|mixed_float16|16-mixed|mixed precision|"
    "mixed_precision|loss scale|loss_scale|precision=16|amp=|grad_scaler|torch.amp|amp/",
    "sb3": "stable_baselines3|sb3_contrib|stable-baselines3",
    "kohya": "train_data_dir|sd-scripts|kohya",
    "proxy-login": "407|proxy authentication",
    "late": "/http/client.py _read_status|recv_into|getresponse|read timed out|readtimeout|"
    "read_status|readinto",
    "comments": "expecting property name enclosed|expecting value",
    "mlx-lm": "mlx_lm|mlx-lm",
    "ranks": "torchrun|torch/distributed|[rank|local_rank|accelerate launch|accelerate/commands",
    "positions": "pos_emb|position_emb|wpe(|embed_positions",
    "no-unk": "missing [unk] token|missing <unk> token",
    "a-folder": "errno 21]|os error 21",
    "pandas": "pandas",
    "ini": "configparser.no",
    "pyg": "'pyg-lib|named 'pyg_lib|named 'torch_scatter|named 'torch_sparse|"
    "named 'torch_cluster|named 'torch_spline",
    "no-interpreter": "required file not found|bad interpreter",
    "no-launcher": "env:// rendezvous",
    "node": "javascript heap out of memory",
    "jvm": "java.lang.outofmemoryerror",
    "sbert": "/sentence_transformers/",
    "trl": "/trl/|trl/trainer|grpotrainer|sfttrainer|dpotrainer|trl sft|trl grpo",
    "peft": "/peft/|peft.|lora",
    "axolotl": "axolotl",
    "llamafactory": "llamafactory|llama-factory|llama_factory",
    "unsloth": "unsloth",
    "ultralytics": "ultralytics|yolo",
    "spacy": "spacy",
    "timm": "timm",
    "sentencepiece": "sentencepiece|trainer_interface.cc",
    "diffusers": "diffusers",
    "webdataset": "webdataset",
    "datasets": "/datasets/|datasets.exceptions|load_dataset",
    "keras": "/keras/|keras.",
    "tensorflow": "tensorflow",
    "jax": "/jax/|jaxlib|jax.|flax|optax",
    "lightgbm": "lightgbm",
    "xgboost": "xgboost",
    "sklearn": "sklearn",
    "joblib": "joblib|loky",
    "optuna": "optuna",
    "vllm": "vllm",
    "megatron": "megatron",
    "llamacpp": "llama_|ggml_|llama-server|llama-cli|llama.cpp",
    "pytest": "pytest|test session starts|short test summary",
    "jupyter": "ipykernel|ipython-input|cell in[|jupyter|papermill|nbconvert",
    "colab": "google.colab|/content/|colab",
    "kaggle": "/kaggle/",
    "github": "##[error]|/home/runner/work/|github actions",
    "gitlab": "cleaning up project directory|/builds/",
    "windows": r'winerror|os error 1455|\site-packages|c:\users|c:/users|.pyd|3221225|file "c:\|'
    r'file "d:\|file "e:\|file "f:\|c:\program|win32',
    "mac": "darwin|macos|.dylib|/users/|libc++abi|macosx|apple|mps backend|pytorch_mps",
    "conda": "conda",
    "torch": "torch",
    "dataloader": "dataloader worker",
    "compose": "docker compose|docker-compose|shm_size",
    "postgres": "postgres|psycopg|asyncpg",
    "wandb": "wandb",
    "pool": "process pool|processpool|max_workers|multiprocessing/pool",
    "datasets-map": "num_proc|datasets/arrow_dataset",
    "flash-attn": "flash_attn",
    "embedding": "embed_tokens|embeddings.weight|wte.weight|lm_head|text_embed|word_embed|"
    "tok_embed|token_embed",
    "head": "classifier|lm_head|score.weight|head.weight|fc.weight|num_labels",
    "jax-on-cpu": "platforms present are: cpu|no gpu/tpu found, falling back to cpu",
    "hub-dataset": "on the hub or cannot be accessed",
    "duckdb": "duckdb",
    "lmdb": "lmdb|.mdb",
    "settings": "basesettings|pydantic_settings|settings\n",
    "ninja": "ninja is required",
    "nvcc": "nvcc|cuda_home",
    "faulthandler": "fatal python error",
    "anomaly-mode": "' returned nan values in its ",
}
_OF_THIS_HOST = re.compile(r"localhost|127(?:\.\d+){3}|\[?::1\]?|0\.0\.0\.0")
_ZSH = "zsh: "  # the shell of every Mac, and of some who work on Linux
_OF_LINUX = "cuda error|nvidia|libthread_db|/home/|/usr/lib/x86_64|.so.|.so("
_LOADING = re.compile(
    r" (?:load_state_dict|from_pretrained|_load_pretrained_model|load_checkpoint|load_model|"
    r"load_weights|load_sharded\w*|create_quantized_param|_load_state_dict_into\w*|to_empty|"
    r"set_module_tensor_to_device|resume_from_checkpoint)$",
    re.MULTILINE,
)
_OWN_SPEC = ("baseModel", "batchSize", "outputDir", "datasetPath")
SERVICES = (
    "proxy",
    "hub",
    "tracker",
    "rendezvous",
    "vllm-server",
    "database",
    "bucket",
    "pypi",
    "elsewhere",
)
PROGRAMS = tuple(_MARKS)
VENDORS = tuple(_VENDORS)


class Context:
    """The tags of one case, each looked for when it is first asked for."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._known: dict[str, bool] = {}

    def holds(self, condition: str) -> bool:
        """Whether advice under this condition fits; an empty condition always does."""
        return all(
            any(self._is(tag) for tag in either.split("|"))
            for either in condition.split(",")
            if either
        )

    @cached_property
    def vendor(self) -> str:
        """Whose accelerator it is; empty where the log names none."""
        others = {name: marks for name, marks in _VENDORS.items() if name != _CUDA}
        for text in (self._error, "" if _any(_SAYS_CUDA, self._error) else self._text):
            for name, marks in others.items():
                if _any(marks, text):
                    return name
        if self._is("mac"):
            return "mps"
        text = self._error + self._text
        if _SAID_BY_EITHER in self._error:
            text = _OF_EITHER.sub("", text)
        return _CUDA if _any(_VENDORS[_CUDA], text) else ""

    def _is(self, tag: str) -> bool:
        if tag.startswith("!"):
            return not self._is(tag[1:])
        if tag not in self._known:
            self._known[tag] = self._found(tag)
        return self._known[tag]

    def _found(self, tag: str) -> bool:
        if tag in _VENDORS:
            return self.vendor == tag
        if tag in SERVICES:
            return service_in(self._case).kind == tag
        if tag == "windows" and is_windows_status(self._case.ending.exit_code):
            return True
        if tag == "batch-of-one":
            return batch_in(self._case) == 1
        if tag == "loading":
            return bool(_LOADING.search(self._case.frames_text))
        if tag == "mac" and self._is("windows"):
            return False
        if tag == "mac" and _ZSH in self._text and not _any(_OF_LINUX, self._text):
            return True
        if tag == "local":
            return bool(_OF_THIS_HOST.fullmatch(service_in(self._case).host))
        if tag == "linux":
            return not self._is("windows") and not self._is("mac")
        if tag == "ours" and any(self._case.ending.facts.get(name) for name in _OWN_SPEC):
            return True
        return _any(_MARKS[tag], self._text)

    @cached_property
    def _error(self) -> str:
        """What failed, in lower case, without the code that was shown for it."""
        said = [f"{part.type}: {part.said}" for part in self._case.parts]
        if self._case.report is not None:
            said += [line.text[:4000] for line in self._case.report.lines[:40]]
        return _OF_BUILD.sub("", "\n".join([self._case.headline[:4000], *said]).lower())

    @cached_property
    def _text(self) -> str:
        log = self._case.log
        raw = bytes(log[:_HEAD]) + b"\n" + bytes(log[max(_HEAD, len(log) - _TAIL) :])
        text = f"{raw.decode('utf-8', 'replace')}\n{self._error}\n{self._case.frames_text}"
        return _OF_BUILD.sub("", _ALWAYS_PRINTED.sub("", text.lower()))


def _any(marks: str, text: str) -> bool:
    return any(mark in text for mark in marks.split("|"))


def context_of(case: Case) -> Context:
    """The context of a case, read once."""
    known = case.memory.get("context")
    if not isinstance(known, Context):
        known = case.memory["context"] = Context(case)
    return known
