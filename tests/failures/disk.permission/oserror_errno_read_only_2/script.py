import tempfile
tempfile.mkdtemp(dir="out")
