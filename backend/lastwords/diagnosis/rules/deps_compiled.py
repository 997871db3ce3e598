"""Compiled packages: built for other versions, for another device, or not built at all."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules import packages
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.rule import Rule
from lastwords.diagnosis.unloaded_libraries import UNLOADED

_CUDA_13 = re.compile(r"(?i)\bcu13\d|\bCUDA(?: version)?:? 13\b")
_LOADERS = re.compile(
    r"(?i)\b(ctranslate2|faster[-_]whisper|whisperx|onnxruntime|paddlepaddle|cupy|tensorflow|"
    r"jaxlib)\b"
)
_BY_NAME = {"onnxruntime": "onnxruntime-gpu", "faster_whisper": "faster-whisper"}


def _unloaded(values: Values, case: Case) -> Values:
    """The library, NVIDIA's wheel that holds it, and the package that asked for it."""
    library = next((value for value in values.values() if value), "")
    release = "13" if _CUDA_13.search(case.tail_text) else "12"
    asked = _LOADERS.search(case.tail_text)
    name = asked[1].lower() if asked is not None else ""
    wheel = packages.of_cuda(library, release)
    return {
        "library": re.split(r"[\\/]", library)[-1],
        "wheel": wheel,
        "loader": _BY_NAME.get(name, name) if wheel else "",
        "system": packages.of_library(library) if not wheel else "",
        "brew": "libomp" if library.endswith("libomp.dylib") else "",
    }


RULES = [
    Rule(
        name="operator-not-in-build",
        cause="deps.incompatible",
        over_root=True,
        says=r"Could not run '(?P<package>(?!(?:aten|prims?|quantized|mkldnn\w*|c10d\w*|profiler|"
        r"inductor|sparse|_?test\w*)::)\w+)::(?P<operator>\w+)[\w.]*' with arguments from the "
        r"'(?P<backend>CUDA|HIP|MPS|XPU|NPU|HPU|PrivateUse1)' backend",
    ),
    Rule(
        name="library-not-loaded",
        cause="deps.missing",
        says=UNLOADED,
        unless=r"libcuda\.so",
        fill=_unloaded,
    ),
    Rule(
        name="ptxas-too-old",
        over_root=True,
        cause="deps.incompatible",
        says=r"Value '(?P<arch>sm_\w+)' is not defined for option 'gpu-name'|"
        r"Unsupported \.version [\d.]+; current version is",
    ),
    Rule(
        name="torchvision-of-other-torch",
        over_root=True,
        cause="deps.incompatible",
        says=r"operator torchvision::\w+ does not exist|torchvision[\w./-]*\.so[^\n]*undefined "
        r"symbol|torchaudio[\w./-]*\.so|Couldn't load custom C\+\+ ops|"
        r"has no attribute '?(?:extension|_register_fake)\b",
    ),
    Rule(
        name="torchcodec-not-loaded",
        over_root=True,
        cause="deps.incompatible",
        says=r"Could not load libtorchcodec",
    ),
    Rule(
        name="two-openmp",
        cause="deps.incompatible",
        says=r"OMP: Error #15|multiple copies of the OpenMP runtime",
    ),
    Rule(
        name="cudnn-too-old",
        cause="deps.incompatible",
        says=r"Loaded runtime CuDNN library: (?P<have>[\d.]+) but source was compiled with: "
        r"(?P<want>[\d.]+)",
    ),
    Rule(
        name="libstdc++-too-old",
        cause="deps.incompatible",
        says=r"(?P<wanted>(?:GLIBCXX|CXXABI)_[\d.]+)'? not found",
    ),
    Rule(
        name="glibc-too-old",
        cause="deps.incompatible",
        says=r"(?P<wanted>GLIBC_[\d.]+)'? not found",
    ),
    Rule(
        name="built-for-other-numpy",
        cause="deps.incompatible",
        says=r"numpy\.(?:dtype|ndarray|ufunc) size changed|_ARRAY_API not found|"
        r"compiled using NumPy|numpy\.(?:core\.)?multiarray failed to import|"
        r"Importing the numpy C-extensions failed|Error importing numpy|"
        r"module compiled against API version",
    ),
    Rule(
        name="binary-mismatch",
        cause="deps.incompatible",
        says=r"undefined symbol|binary incompatib|compiled (?:with|against) (?:different CUDA|"
        r"module)|version `\w+_[\d.]+' not found|different CUDA major|wrong ELF class|"
        r"file too short|invalid ELF header|unsupported pickle protocol|Symbol not found|"
        r"ABI version|DSO support routines|was compiled for|UnsupportedClassVersionError|"
        r"Descriptors cannot (?:not )?be created|bad magic number in|WinError (?:127|1114)\b|"
        r"DLL load failed while importing \w+: (?:The specified procedure|A dynamic link)|"
        r"incompatible architecture \(have|WinError 193\b|is not a valid Win32 application",
    ),
    Rule(
        name="dll-missing",
        cause="deps.missing",
        says=r"DLL load failed|WinError 126\b|Could not find module '[^'\n]*\.dll'",
    ),
    Rule(
        name="shared-library-of-cuda-missing",
        cause="deps.incompatible",
        says=r"(?P<library>lib(?:c10|torch)[\w.+-]*\.so[\w.]*): cannot open shared object file",
    ),
    Rule(
        name="cuda-library-missing",
        cause="deps.missing",
        says=r"(?P<library>lib(?:cudart|cublas\w*|cudnn\w*|cusparse\w*|cusolver|nvrtc|nccl|"
        r"nvJitLink|cufft|cupti|curand)[\w.+-]*\.so[\w.]*)(?:: cannot open shared object file|"
        r" \(lib\S+: cannot open)|Cannot load (?P<named>cudnn|cublas|curand|"
        r"cusolver) shared library|Library (?P<absent>(?:cublas|cudnn|cudart|cufft|curand|cusolver|"
        r"cusparse)\w*\.dll) is not found",
        fill=lambda values, case: {
            "library": values.get("library")
            or values.get("absent")
            or f"lib{values.get('named', '')}.so"
        },
    ),
    Rule(
        name="shared-library-missing",
        cause="deps.missing",
        says=r"(?P<library>(?!libcuda\.so)lib[\w.+-]+\.so[\w.]*): cannot open shared object file",
    ),
    Rule(
        name="no-kernel-image",
        cause="deps.incompatible",
        says=r"no kernel image is available|invalid device function|"
        r"nvrtc: error: invalid value for --gpu-architecture|nvcc fatal *: Unsupported gpu arch|"
        r"is not compatible with the current PyTorch installation|"
        r"PTX was compiled with an unsupported toolchain|no kernel found for arch|"
        r"device kernel image is invalid|hipErrorNoBinaryForGpu",
        tail=True,
    ),
    Rule(
        name="header-missing",
        cause="deps.missing",
        says=r"fatal error: '?(?P<header>[\w./+-]{1,200})'?(?:: No such file| file not found)",
        fill=lambda values, case: {"dev": packages.of_header(values["header"], case.tail_text)},
    ),
    Rule(
        name="extension-not-built",
        cause="deps.incompatible",
        says=r"Error (?:building|compiling objects for) extension|nvcc fatal|"
        r"error: command '[^'\n]+' failed with exit (?:status|code) \d|"
        r"detected CUDA version \([\d.]+\) mismatches|Unsupported gpu architecture|"
        r"unsupported GNU version|Unable to JIT load the \w+ op|"
        r"Installed CUDA version [\d.]+ does not match",
        unless=r"Ninja is required|CUDA_HOME environment variable is not set|"
        r"fatal error: \S+: No such file|nvcc\S*: (?:command )?not found",
    ),
    Rule(
        name="kernel-too-large-for-gpu",
        cause="deps.incompatible",
        says=r"out of resource: (?P<what>shared memory|threads)",
    ),
    Rule(
        name="tokenizer-of-newer-library",
        over_root=True,
        cause="deps.incompatible",
        says=r"data did not match any variant of untagged enum",
    ),
    Rule(
        name="compiler-failed",
        cause="deps.incompatible",
        types=r"PassManager|InductorError|BackendCompilerFailed|LoweringException|"
        r"(?:^|\.)(?:RuntimeError|CompilationError|PTXASError|OutOfResources|CppCompileError)$",
        says=r"PassManager::run failed|ptxas|Triton (?:compilation|Error)|inductor|"
        r"LoweringException|C\+\+ compile error|"
        r"Failed to compile (?:the )?(?:kernel|graph)|backend='inductor' raised",
        unless=r"out of memory|InvalidCxxCompiler|Cannot find a working triton|No such file|"
        r"Failed to find C compiler",
        plain=False,
    ),
    Rule(
        name="bitsandbytes-without-gpu",
        over_root=True,
        cause="deps.incompatible",
        says=r"'NoneType' object has no attribute 'c(?:quantize|dequantize|get_|gemm|adam|igemm|"
        r"lion)\w*'|libbitsandbytes_\w+\.(?:so|dll)|CUDA Setup failed despite|"
        r"bitsandbytes was compiled without",
    ),
    Rule(
        name="weights-only",
        over_root=True,
        cause="deps.incompatible",
        says=r"Weights only load failed(?![\s\S]{0,1200}(?:Unsupported operand|invalid load key))"
        r"(?:[\s\S]{0,2400}?GLOBAL (?P<global>[\w.]+))?|"
        r"Unsupported (?:global|class)[^\n]{0,40}GLOBAL",
    ),
    Rule(
        name="dataset-script",
        over_root=True,
        cause="deps.incompatible",
        says=r"Dataset scripts are no longer supported|"
        r"`?trust_remote_code`? is not supported anymore",
    ),
    Rule(
        name="dynamo-unsupported",
        cause="code.error",
        types=r"torch\._dynamo\.exc\.",
        unless=r"inductor|out of memory",
        plain=False,
    ),
    Rule(
        name="not-linked",
        cause="code.error",
        says=r"undefined reference to [`'‘](?P<symbol>[^'’\n]{1,200})['’]|"
        r"undefined symbols? for architecture",
        types=r"^$",
        plain=True,
        tail=True,
    ),
]
