def prepare(n):
    raise RuntimeError('model google/flan-t5-smal is neither a local folder nor on the hub') #F
print('starting')
prepare(3)
