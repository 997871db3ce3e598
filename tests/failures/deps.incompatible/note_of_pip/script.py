from transformers.utils.versions import require_version


def check():
    require_version("peft<=0.10.0", "pip install -U -r requirements.txt")


check()
