echo "not an archive" > model.zip
python -m zipfile -e model.zip out
