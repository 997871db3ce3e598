import zipfile
def unpack(p):
    zipfile.ZipFile(p).extractall() #F
unpack("corpus.zip")
