import tempfile
f = tempfile.NamedTemporaryFile(dir="out"); f.write(bytes(4_000_000)); f.flush()
