def load():
    try:
        return {}["weights"]
    except KeyError as error:
        print(error.missing)
load()
