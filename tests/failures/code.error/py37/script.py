def label(i):
    return "label-" + i #F
label(3)
