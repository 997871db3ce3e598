from transformers.utils.versions import require_version
require_version("torch<2.0", "To fix: pip install 'torch<2.0'")
