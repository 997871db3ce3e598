#!/usr/bin/env bash
python train.py; echo 'slurmstepd: error: *** JOB 7712 ON node3 CANCELLED AT 2026-11-22T10:00:00 DUE TO TIME LIMIT ***'; exit 143
