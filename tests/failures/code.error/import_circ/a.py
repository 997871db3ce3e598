from b import C #F
B = 1
