import ftplib
ftplib.FTP().connect("127.0.0.1", 9, timeout=2)
