def quantizer():
    try:
        import bitsandbytes
    except ImportError as error:
        raise RuntimeError("8-bit training is not possible here") from error
quantizer()
