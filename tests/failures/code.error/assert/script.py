def check(a, b): assert a == b, "groups differ"
check(1, 2)
