#!/usr/bin/env bash
/opt/python/3.13.0/bin/python train.py; echo worker pool stopped; exit 1
