from torch.distributed.elastic.multiprocessing.errors import record
import sqlite3
def q():
    return sqlite3.connect(":memory:").execute("select * from rows").fetchall() #F
@record
def main():
    q()
main()
