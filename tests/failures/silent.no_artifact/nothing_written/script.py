print("preparing")
print("no checkpoint written")
