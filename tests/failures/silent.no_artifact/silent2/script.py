print("Config ok."); print("dry run, exiting")
