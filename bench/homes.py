"""Homes with many finished runs, made by SQL in seconds."""

from __future__ import annotations

import json
from pathlib import Path

from lastwords.diagnosis import RULES_VERSION
from lastwords.folders import runfolder
from lastwords.store import search_index
from lastwords.store.runs import Store

FOLDERS = 60  # newest runs whose folders exist, as those of a first page do

_RUNS = """
WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < :count)
INSERT INTO runs (id, name, kind, training_type, status, created_at, triggered_by, base_model,
    command, spec, started_at, finished_at, exit_code, reason, dataset_size, final_loss, stage,
    step, total_steps, epoch, log_bytes, cause, title, headline, headline_length, error_start,
    error_end, error_length, error_preview, rules_version, fingerprint, metrics, user, project,
    tags, starred)
SELECT printf('run_20260101_%06d', i % 1000000) || CASE WHEN i > 999999 THEN '_2' ELSE '' END,
    'nightly ' || i, 'training', 'soft_prompt',
    CASE i % 4 WHEN 0 THEN 'failed' ELSE 'completed' END,
    strftime('%Y-%m-%dT%H:%M:%S.000Z', 1735689600 + i * 300, 'unixepoch'), 'user ' || (i % 7),
    'org/model-' || (i % 20), '["python"]', json_set(:spec, '$.baseModel', 'org/model-' || (i % 20),
        '$.learningRate', (i % 50 + 1) * 1e-5),
    strftime('%Y-%m-%dT%H:%M:%S.000Z', 1735689600 + i * 300, 'unixepoch'),
    strftime('%Y-%m-%dT%H:%M:%S.000Z', 1735689600 + i * 300 + i * 7919 % 90000,
        'unixepoch'), i % 4 = 0,
    CASE i % 4 WHEN 0 THEN 'exit_code' ELSE 'completed' END, 1000, i * 7919 % 100003 / 1e5,
    'train', 600, 600, 3.0,
    18000, CASE i % 4 WHEN 0 THEN 'data.malformed' ELSE 'ok' END,
    CASE i % 4 WHEN 0 THEN 'The data is not what the code reads' END,
    CASE i % 4 WHEN 0 THEN 'KeyError: ''completion''' END, 21, 100, 900, 800,
    CASE i % 4 WHEN 0 THEN 'Traceback (most recent call last):' END, :rules,
    CASE i % 4 WHEN 0 THEN printf('%040x', i % 500) END,
    json_object('evalLoss', i * 7907 % 100003 / 1e5, 'accuracy', i % 1000 / 1e3),
    'person ' || (i % 9), 'project ' || (i % 30),
    CASE WHEN i % 3 = 0 THEN json_array('t' || (i % 11))
        ELSE json_array('base', 't' || (i % 400)) END, i % 1000 = 0
FROM numbers
"""


def with_runs(home: Path, count: int) -> Path:
    """A home whose database lists `count` runs, the newest of them with their folders."""
    runfolder.make_home(home)
    store = Store(home / "lastwords.db")
    spec = json.dumps({"baseModel": "org/model", "epochs": 3, "learningRate": 5e-5})
    store.db.execute("PRAGMA synchronous = OFF")
    with store.db.atomic():
        store.db.execute(_RUNS, {"count": count, "spec": spec, "rules": RULES_VERSION})
        search_index.fill(store.db)
    newest = store.db.execute("SELECT id FROM runs ORDER BY number DESC LIMIT ?", [FOLDERS])
    for (run_id,) in newest.fetchall():
        folder = runfolder.attempt_folder(home, run_id, 1)
        folder.artifacts.mkdir(parents=True)
        (folder.artifacts / "training_run.json").write_text("{}", encoding="utf-8")
    store.close()
    return home
