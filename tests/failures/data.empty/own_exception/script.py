class EmptyCorpusError(RuntimeError): pass
def read(path):
    texts = []
    if not texts: raise EmptyCorpusError("corpus/train contains no documents after deduplication")
read("corpus")
