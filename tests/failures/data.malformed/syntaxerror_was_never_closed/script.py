import json, ast
def parse(s): return ast.literal_eval(s)
parse("[{'role': 'user', 'content': ")
