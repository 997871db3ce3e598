BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'lastwords','create_runs','2026-11-27 18:48:16.928393+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'lastwords','create_attempts','2026-11-27 18:48:16.928662+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'lastwords','forbid_changes_of_final_statuses','2026-11-27 18:48:16.934137+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'lastwords','create_idempotency_keys','2026-11-27 18:48:16.934697+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'lastwords','create_sessions','2026-11-27 18:48:16.934941+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'lastwords','count_statuses','2026-11-27 18:48:16.935340+00:00');
CREATE TABLE attempts (
            run TEXT NOT NULL,
            number INTEGER NOT NULL,
            status TEXT NOT NULL,
            started_at TEXT,
            finished_at TEXT,
            exit_code INTEGER,
            signal TEXT,
            reason TEXT,
            log_bytes INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (run, number)
        ) STRICT, WITHOUT ROWID
        ;
CREATE TABLE idempotency_keys (
            key TEXT PRIMARY KEY,
            body TEXT NOT NULL,
            run TEXT NOT NULL,
            created_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        ;
CREATE TABLE runs (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            name TEXT,
            kind TEXT NOT NULL,
            training_type TEXT,
            status TEXT NOT NULL,
            created_at TEXT NOT NULL,
            triggered_by TEXT NOT NULL,
            base_model TEXT,
            command TEXT NOT NULL,
            spec TEXT NOT NULL,
            attempt INTEGER NOT NULL DEFAULT 1,
            started_at TEXT,
            finished_at TEXT,
            exit_code INTEGER,
            signal TEXT,
            reason TEXT,
            detail TEXT,
            stopping INTEGER NOT NULL DEFAULT 0,
            dataset_size INTEGER,
            final_loss REAL,
            stage TEXT,
            step INTEGER,
            total_steps INTEGER,
            epoch REAL,
            log_bytes INTEGER NOT NULL DEFAULT 0,
            cause TEXT,
            title TEXT,
            headline TEXT,
            error_start INTEGER,
            error_end INTEGER,
            error_length INTEGER,
            error_preview TEXT,
            rules_version INTEGER
        ) STRICT
        ;
INSERT INTO "runs" VALUES(1,'run_20261127_184816',NULL,'command',NULL,'completed','2026-11-27T18:48:16.299Z','command line',NULL,'["sh", "-c", "exit 0"]','{}',1,'2026-11-27T18:48:16.522Z','2026-11-27T18:48:16.554Z',0,NULL,'ok',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,0,'ok','Nothing failed','',NULL,NULL,NULL,NULL,1);
INSERT INTO "runs" VALUES(2,'run_20261127_184817',NULL,'command',NULL,'failed','2026-11-27T18:48:17.429Z','command line',NULL,'["sh", "-c", "echo boom; exit 3"]','{}',1,'2026-11-27T18:48:18.151Z','2026-11-27T18:48:18.171Z',3,NULL,'exit_code',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,5,'unknown','The reason is not known','Ended with exit code 3',NULL,NULL,22,'Ended with exit code 3',1);
INSERT INTO "runs" VALUES(3,'run_20261127_184818',NULL,'command',NULL,'failed','2026-11-27T18:48:18.969Z','command line',NULL,'["sh", "-c", "kill -9 $$"]','{}',1,'2026-11-27T18:48:19.217Z','2026-11-27T18:48:19.254Z',NULL,'SIGKILL','killed_by_SIGKILL',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,0,'process.signal','Ended by SIGKILL: killed at once, by the system or by a person','Ended by SIGKILL: killed at once, by the system or by a person',NULL,NULL,62,'Ended by SIGKILL: killed at once, by the system or by a person',1);
CREATE TABLE sessions (
            hash TEXT PRIMARY KEY,
            created_at TEXT NOT NULL,
            seen_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        ;
CREATE TABLE status_counts (status TEXT PRIMARY KEY, runs INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "status_counts" VALUES('completed',1);
INSERT INTO "status_counts" VALUES('failed',2);
INSERT INTO "status_counts" VALUES('running',0);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX runs_by_status ON runs (status, number);
CREATE INDEX runs_by_cause ON runs (cause, number);
CREATE INDEX runs_by_base_model ON runs (base_model, number);
CREATE TRIGGER final_status_is_final BEFORE UPDATE OF status ON runs
        WHEN OLD.status IN ('completed', 'failed', 'cancelled', 'lost') AND NEW.status != OLD.status AND NEW.attempt <= OLD.attempt
        BEGIN SELECT RAISE(ABORT, 'a final status never changes'); END;
CREATE TRIGGER final_attempt_is_final BEFORE UPDATE OF status ON attempts
        WHEN OLD.status IN ('completed', 'failed', 'cancelled', 'lost') AND NEW.status != OLD.status
        BEGIN SELECT RAISE(ABORT, 'a final status never changes'); END;
CREATE TRIGGER count_new_run AFTER INSERT ON runs BEGIN INSERT INTO status_counts VALUES (NEW.status, 1) ON CONFLICT (status) DO UPDATE SET runs = runs + 1; END;
CREATE TRIGGER count_removed_run AFTER DELETE ON runs BEGIN UPDATE status_counts SET runs = runs - 1 WHERE status = OLD.status; END;
CREATE TRIGGER count_changed_run AFTER UPDATE OF status ON runs WHEN OLD.status != NEW.status BEGIN UPDATE status_counts SET runs = runs - 1 WHERE status = OLD.status; INSERT INTO status_counts VALUES (NEW.status, 1) ON CONFLICT (status) DO UPDATE SET runs = runs + 1; END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('runs',3);
COMMIT;
