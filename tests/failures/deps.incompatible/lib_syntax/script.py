import newpkg #F
