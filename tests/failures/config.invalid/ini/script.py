import configparser
c = configparser.ConfigParser(); c.read_string("[train]\nepochs=3\n")
def epochs(): return c.getint("training", "epochs")
epochs()
