import torch
def check():
    from packaging.version import Version
    assert Version(torch.__version__) >= Version("3.0"), f"torch>=3.0 is required, found {torch.__version__}"
check()
