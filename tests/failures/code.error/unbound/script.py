def evaluate(rows):
    for row in rows: score = row
    return score
evaluate([])
