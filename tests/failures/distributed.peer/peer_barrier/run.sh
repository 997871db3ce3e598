#!/usr/bin/env bash
MASTER_ADDR=127.0.0.1 MASTER_PORT=29911 WORLD_SIZE=2 bash -c 'RANK=1 python train.py & RANK=0 exec python train.py'
