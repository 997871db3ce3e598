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
    "sklearn": "scikit-learn",
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
    "accelerate": "pip install accelerate",
    "aws": "pip install awscli",
    "cmake": "sudo apt-get install cmake",
    "deepspeed": "pip install deepspeed",
    "g++": "sudo apt-get install g++",
    "hf": "pip install huggingface_hub",
    "huggingface-cli": "pip install huggingface_hub",
    "java": "sudo apt-get install default-jre-headless",
    "ninja": "pip install ninja",
    "node": "sudo apt-get install nodejs",
    "nvcc": "sudo apt-get install nvidia-cuda-toolkit",
    "ray": "pip install ray",
    "tensorboard": "pip install tensorboard",
    "torchrun": "pip install torch",
    "unzip": "sudo apt-get install unzip",
    "wandb": "pip install wandb",
}
_BY_DEBIAN = frozenset(
    "gcc make git git-lfs ffmpeg curl wget jq sqlite3 rsync sox tmux zip".split()
)
_BY_LIBRARY = {
    "libGL": "libgl1",
    "libaio": "libaio1",
    "libgfortran": "libgfortran5",
    "libglib-2.0": "libglib2.0-0",
    "libgomp": "libgomp1",
    "libgthread-2.0": "libglib2.0-0",
    "libmpi": "libopenmpi-dev",
    "libnuma": "libnuma1",
    "libopenblas": "libopenblas0",
    "libsndfile": "libsndfile1",
    "libstdc++": "libstdc++6",
}


def of_module(module: str) -> str:
    """The package that pip knows a module by; empty for a name like those of a program's own."""
    top = module.partition(".")[0]
    if _LIKE_OWN.match(top):
        return ""
    return _BY_MODULE.get(module) or _BY_MODULE.get(top) or top.replace("_", "-")


def to_get_program(program: str) -> str:
    """The command that installs a program; empty where none is known."""
    if program in _BY_DEBIAN:
        return f"sudo apt-get install {program}"
    return _BY_PROGRAM.get(program, "")


def to_get_library(library: str) -> str:
    """The command that installs a shared library; empty where none is known."""
    package = _BY_LIBRARY.get(library.partition(".so")[0], "")
    return f"sudo apt-get install {package}" if package else ""
