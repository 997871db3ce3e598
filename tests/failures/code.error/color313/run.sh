#!/usr/bin/env bash
FORCE_COLOR=1 /opt/python/3.13.0/bin/python train.py
