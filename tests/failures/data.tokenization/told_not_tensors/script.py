def stage():
    assert False, 'prompt has 9120 tokens, model context is 4096' #F
stage()
