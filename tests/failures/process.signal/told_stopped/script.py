def stage():
    assert False, 'preempted by scheduler' #F
stage()
