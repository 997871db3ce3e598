import json
def train(:
    pass
