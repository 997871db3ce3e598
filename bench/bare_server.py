"""The least a server of this kind can be: Flask, waitress, sqlite3, two routes, no login.

python bare_server.py DATABASE PORT
"""

from __future__ import annotations

import sqlite3
import sys

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from waitress import serve

app = Flask(__name__)
DATABASE, PORT = sys.argv[1], int(sys.argv[2])


@app.get("/healthz")
def healthz() -> ResponseReturnValue:
    return "ok"


@app.get("/runs")
def runs() -> ResponseReturnValue:
    with sqlite3.connect(DATABASE) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("SELECT * FROM runs ORDER BY number DESC LIMIT 50").fetchall()
    connection.close()
    return jsonify(runs=[dict(row) for row in rows])


serve(app, host="127.0.0.1", port=PORT, threads=4, _quiet=True)
