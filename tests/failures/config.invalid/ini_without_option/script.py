import configparser
c = configparser.ConfigParser()
c.read("train.ini")
lr = c.getfloat("train", "learning_rate")
