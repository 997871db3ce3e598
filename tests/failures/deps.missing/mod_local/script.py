import my_utils #F
