"""What must be installed for a name that is missing: a module, a program, a shared library."""

import re

_BY_MODULE = {
    "Crypto": "pycryptodome",
    "IPython": "ipython",
    "Levenshtein": "python-Levenshtein",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyOpenSSL",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "git": "GitPython",
    "google.protobuf": "protobuf",
    "hydra": "hydra-core",
    "jwt": "PyJWT",
    "magic": "python-magic",
    "multipart": "python-multipart",
    "nacl": "pynacl",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pynvml": "nvidia-ml-py",
    "ruamel": "ruamel.yaml",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "pyannote": "pyannote.audio",
    "sklearn": "scikit-learn",
    "swift": "ms-swift",
    "slugify": "python-slugify",
    "speech_recognition": "SpeechRecognition",
    "tensorboardX": "tensorboardX",
    "umap": "umap-learn",
    "websocket": "websocket-client",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
_LIKE_OWN = re.compile(
    r"^(?:src|lib|libs|app|core|common|utils?|\w+_utils?|helpers?|config\w*|settings|models?|"
    r"my_?\w*|train(?:er|ing)?|train_\w+|scripts?|tasks?|project|data|dataset|dataloader|modules?)$"
)
_BY_PROGRAM = {
    "aws": "awscli",
    "hf": "huggingface_hub",
    "huggingface-cli": "huggingface_hub",
    "torchrun": "torch",
    **dict.fromkeys(("accelerate", "deepspeed", "ninja", "ray", "tensorboard", "wandb")),
}
_BY_DEBIAN = {
    "java": "default-jre-headless",
    "node": "nodejs",
    "nvcc": "nvidia-cuda-toolkit",
    **dict.fromkeys(
        "cmake curl ffmpeg g++ gcc git git-lfs jq make rsync sox sqlite3 unzip wget zip".split()
    ),
}
_BY_LIBRARY = {
    **dict.fromkeys(
        (
            f"lib{name}"
            for name in "avutil avcodec avformat avdevice avfilter swscale swresample".split()
        ),
        "ffmpeg",
    ),
    "libEGL": "libegl1",
    "libGL": "libgl1",
    "libGLU": "libglu1-mesa",
    "libOSMesa": "libosmesa6",
    "libOpenCL": "ocl-icd-libopencl1",
    "libSM": "libsm6",
    "libX11": "libx11-6",
    "libXext": "libxext6",
    "libXrender": "libxrender1",
    "libaio": "libaio1",
    "libgfortran": "libgfortran5",
    "libglib-2.0": "libglib2.0-0",
    "libfftw3": "libfftw3-double3",
    "libgomp": "libgomp1",
    "libgthread-2.0": "libglib2.0-0",
    "libibverbs": "libibverbs1",
    "libjemalloc": "libjemalloc2",
    "liblapack": "liblapack3",
    "libmpi": "libopenmpi-dev",
    "libnuma": "libnuma1",
    "libopenblas": "libopenblas0",
    "libportaudio": "libportaudio2",
    "librdmacm": "librdmacm1",
    "libsndfile": "libsndfile1",
    "libsox": "libsox-dev",
    "libstdc++": "libstdc++6",
    "libtcmalloc": "google-perftools",
    "libvulkan": "libvulkan1",
}


def of_module(module: str) -> str:
    """The package that pip knows a module by; empty for a name like those of a program's own."""
    top = module.partition(".")[0]
    if _LIKE_OWN.match(top):
        return ""
    return _BY_MODULE.get(module) or _BY_MODULE.get(top) or top.replace("_", "-")


_PYTHON = re.compile(r"\bpython(3\.\d+)\b")


def of_header(header: str, text: str) -> str:
    """Debian's package that holds a header of Python or of C++; empty for any other."""
    if header == "Python.h":
        used = _PYTHON.findall(text)
        return f"python{used[-1]}-dev" if used else "python3-dev"
    return "g++" if re.fullmatch(r"[a-z_]+", header) else ""


def of_program(program: str) -> dict[str, str]:
    """The package that holds a program: `pip` or `debian`; empty where none is known."""
    return {
        "pip": (_BY_PROGRAM[program] or program) if program in _BY_PROGRAM else "",
        "debian": (_BY_DEBIAN[program] or program) if program in _BY_DEBIAN else "",
    }


def of_library(library: str) -> str:
    """The Debian package of a shared library; empty where none is known."""
    return _BY_LIBRARY.get(library.partition(".so")[0], "")


_BY_COMPILED = {
    "flash_attn": "flash-attn",
    "flash_attn_2_cuda": "flash-attn",
    "_imaging": "pillow",
    "_multiarray_umath": "numpy",
    "rotary_emb": "flash-attn",
    "onnxruntime_pybind11_state": "onnxruntime",
    "selective_scan_cuda": "mamba-ssm",
    "causal_conv1d_cuda": "causal-conv1d",
    "transformer_engine_torch": "transformer-engine",
    "fused_adam": "deepspeed",
    "cpu_adam": "deepspeed",
    "async_io": "deepspeed",
    "utils": "",
    "_C": "",
    "fvcore": "fvcore",
}


def of_compiled(name: str) -> str:
    """The package that a compiled part belongs to; empty for a name that tells nothing."""
    if name in _BY_COMPILED:
        return _BY_COMPILED[name]
    return "" if name.startswith("_") else of_module(name)


_OF_CUDA = {
    "cudnn": "nvidia-cudnn",
    "cublas": "nvidia-cublas",
    "cudart": "nvidia-cuda-runtime",
    "nvrtc": "nvidia-cuda-nvrtc",
    "cupti": "nvidia-cuda-cupti",
    "cufft": "nvidia-cufft",
    "curand": "nvidia-curand",
    "cusolver": "nvidia-cusolver",
    "cusparse": "nvidia-cusparse",
    "nccl": "nvidia-nccl",
    "nvJitLink": "nvidia-nvjitlink",
}
_LIBRARY_OF_CUDA = re.compile(
    r"(?:^|/)(?:lib)?(?P<name>" + "|".join(_OF_CUDA) + r")[\w.-]*?\.(?:so(?:\.(?P<major>\d+))?|dll)"
)


def of_cuda(library: str, release: str) -> str:
    """NVIDIA's wheel that holds a library of CUDA, for this release of it; else empty.

    cuDNN has versions of its own; its wheels are for a release of CUDA too.
    """
    found = _LIBRARY_OF_CUDA.search(library)
    if found is None:
        return ""
    below = "<9" if found["name"] == "cudnn" and found["major"] == "8" else ""
    return f"{_OF_CUDA[found['name']]}-cu{release}{below}"
