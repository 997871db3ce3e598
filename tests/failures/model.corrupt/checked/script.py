import hashlib, sys
open("w.bin", "wb").write(b"x")
if hashlib.sha256(open("w.bin", "rb").read()).hexdigest() != "0" * 64: raise RuntimeError("w.bin: sha256 mismatch, the download is incomplete")
