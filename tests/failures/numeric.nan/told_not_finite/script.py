def stage():
    assert False, 'grad overflow 50 times in a row, giving up' #F
stage()
