import argparse, sqlite3
parser = argparse.ArgumentParser()
parser.add_argument("--db-path")
args = parser.parse_args()
def connect(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)
connect(args.db_path).execute("select 1")
