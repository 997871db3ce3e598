python -c "import sqlite3; c=sqlite3.connect('q.db'); c.execute('create table t(x)')"; python train.py
