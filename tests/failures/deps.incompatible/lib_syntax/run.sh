#!/usr/bin/env bash
PYTHONPATH=/srv/site-packages /opt/python/3.7.16/bin/python3 train.py
