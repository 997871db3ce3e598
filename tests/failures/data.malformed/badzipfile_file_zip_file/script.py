import zipfile
def unpack(p): return zipfile.ZipFile(p).namelist()
open("data.zip", "w").write("x"); unpack("data.zip")
