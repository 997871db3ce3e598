import smtplib
def notify(): smtplib.SMTP("127.0.0.1", 9)
print("training finished? no:"); notify()
