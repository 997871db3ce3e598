"""Compilers at run time and their parts, and extensions that a project compiles by itself."""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.rule import Rule, first_of

_EXTENSIONS = (
    (
        r"fused_layer_norm_cuda|fast_layer_norm|amp_C|apex_C|syncbn|fused_dense_cuda|mlp_cuda|"
        r"fused_weight_gradient_mlp_cuda|scaled_(?:upper_triang_)?masked_softmax_cuda|"
        r"fused_adam_cuda|fused_lamb_cuda|xentropy_cuda|fused_rotary_positional_embedding|"
        r"distributed_adam_cuda|fmhalib",
        "apex",
        "https://github.com/NVIDIA/apex",
    ),
    (
        r"dropout_layer_norm|rotary_emb|fused_dense_lib|xentropy_cuda_lib|flash_attn_2_cuda|"
        r"flash_attn_3_cuda|flash_attn_interface|flashattn_hopper_cuda",
        "flash-attn",
        "",
    ),
    (r"selective_scan_cuda\w*", "mamba-ssm", ""),
    (r"causal_conv1d_cuda", "causal-conv1d", ""),
    (r"(?:\w+\.)*MultiScaleDeformableAttention", "Deformable DETR", ""),
    (
        r"diff_gaussian_rasterization\w*|simple_knn\S*|fused_ssim|diff_surfel_rasterization",
        "gaussian-splatting",
        "",
    ),
    (r"mmcv\._ext", "mmcv", "openmim"),
    (r"detectron2\._C", "detectron2", "https://github.com/facebookresearch/detectron2"),
    (r"groundingdino\._C", "GroundingDINO", ""),
    (r"MinkowskiEngineBackend\S*", "MinkowskiEngine", ""),
    (r"pointnet2?_\S*|(?:\w+\.)*pointnet2_ops\S*|pointops\w*", "pointnet2", ""),
    (
        r"tinycudann_bindings\S*|tinycudann",
        "tiny-cuda-nn",
        "https://github.com/NVlabs/tiny-cuda-nn/#subdirectory=bindings/torch",
    ),
    (r"fairseq\.(?:data\.\w+_fast|data\.token_block_utils_fast|lib\w+)|libbleu", "fairseq", ""),
    (r"transformer_engine_torch|transformer_engine_extensions", "transformer-engine", ""),
    (r"(?:autogptq|exllama|exllamav2)\w*(?:_cuda\w*|_ext|_kernels)", "auto-gptq", ""),
    (r"awq_(?:inference_engine|ext|v2_ext)", "autoawq", ""),
)
"""Modules that a project compiles by itself, none of which pip knows by this name."""
_BY_NAME = re.compile(
    r"(?:\w+\.)*(?:_C|_ext|_cuda\w*|_backend|\w+_cuda(?:_\w+)?|\w+_ext|\w+_cpp|_raymarching\w*|"
    r"gridencoder|freqencoder|shencoder|alt_cuda_corr|correlation_cuda|roiaware_pool3d\w*|"
    r"iou3d_nms\w*|DCNv[234]|_DCNv[234]|cython_(?:bbox|nms)|gpu_nms|cpu_nms)"
)
_ALL = "|".join(row[0] for row in _EXTENSIONS)


def _extension(values: Values, case: Case) -> Values:
    """The project that an extension belongs to, and how it is installed with its extension."""
    module = values["module"]
    rows = (row for row in _EXTENSIONS if re.fullmatch(row[0], module))
    _, owner, source = next(rows, ("", "", ""))
    named = owner if owner in _OF_PIP else ""
    return {
        "extension": module,
        "owner": owner,
        "apex": source if owner == "apex" else "",
        "mim": owner if source == "openmim" else "",
        "source": source if source.startswith("http") and owner != "apex" else "",
        "wheel": named,
        "build": owner if not source and not named else "",
        "lonely": "" if owner else module,
    }


_OF_PIP = frozenset(
    "flash-attn mamba-ssm causal-conv1d transformer-engine auto-gptq autoawq".split()
)

RULES = [
    Rule(
        name="extension-of-project-missing",
        cause="deps.missing",
        says=rf"No module named '?(?P<module>(?:{_ALL}|{_BY_NAME.pattern})(?![\w.]))",
        fill=_extension,
    ),
    Rule(
        name="libdevice-missing",
        over_root=True,
        cause="deps.missing",
        says=r"libdevice(?:\.10\.bc)? (?:not found|is required by this HLO module but was not)|"
        r"Can't find libdevice|[Cc]ould not find libdevice|libNVVM cannot be found|"
        r"NvvmSupportError|libnvvm\S*[^\n]{0,40}(?:not found|cannot open|No such)",
    ),
    Rule(
        name="ptxas-missing",
        over_root=True,
        cause="deps.missing",
        says=r"[Cc]ouldn't (?:get|find|invoke) (?:a suitable )?(?:ptxas|nvlink|fatbinary)|"
        r"(?:ptxas|nvlink|fatbinary)(?:/\w+)? (?:version string|(?:was |is )?not found|not in)|"
        r"No PTX compilation provider is available|Cannot find (?:a )?ptxas|"
        r"[Ff]ailed to (?:find|launch) (?:ptxas|nvlink)|No such file or directory: '[^'\n]*ptxas'|"
        r"ptxas exited with non-zero error code 65280(?![^\n]*\.version)",
    ),
    Rule(
        name="toolkit-of-other-cuda",
        over_root=True,
        cause="deps.incompatible",
        says=r"Installed CUDA version (?P<have>[\d.]+) does not match the version torch was "
        r"compiled with (?P<want>\d+(?:\.\d+)*)|detected CUDA version \((?P<found>[\d.]+)\) "
        r"mismatches the version that was used to compile\s+PyTorch \((?P<built>[\d.]+)\)",
        fill=lambda values, case: (
            first_of("have", "found")(values, case) | first_of("want", "built")(values, case)
        ),
    ),
    Rule(
        name="torch-without-numpy",
        cause="deps.incompatible",
        types=r"RuntimeError$",
        says=r"^Numpy is not available|PyTorch was compiled without NumPy support",
    ),
    Rule(
        name="rocblas-without-kernels",
        cause="deps.incompatible",
        says=r"rocBLAS error: [^\n]{0,200}(?:TensileLibrary|Tensile)[^\n]{0,120}?(?:GPU arch ?: ?"
        r"(?P<arch>gfx\w+))?$|Could not (?:load|initialize) Tensile|"
        r"hipBLASLt (?:on|is not supported on) (?:an )?unsupported arch",
        tail=True,
    ),
    Rule(
        name="compile-not-here",
        cause="deps.incompatible",
        says=r"(?P<where>Windows|macOS|Python 3\.\d+\+?) (?:is )?not (?:yet )?supported for "
        r"torch\.compile|(?:torch\.compile|[Dd]ynamo) is not (?:yet )?supported (?:on|with|"
        r"for) (?P<on>Windows|macOS|Python 3\.\d+\+?)",
        fill=lambda values, case: {"where": values.get("where") or values.get("on", "")},
    ),
    Rule(
        name="library-of-package-missing",
        cause="deps.incompatible",
        says=r"[Cc](?:annot|ould not|an't) find (?:the )?(?P<package>[A-Z][\w-]{1,30})"
        r"(?:'s)? (?:C\+\+ )?(?:\w+ )?(?:shared )?library at [^\n]{0,300}\.(?:so|dylib|dll)\b",
    ),
]
