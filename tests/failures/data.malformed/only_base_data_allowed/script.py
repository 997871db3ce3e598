import base64
def image(row): return base64.b64decode(row["image"], validate=True)
image({"image": "not*base64"})
