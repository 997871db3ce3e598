#!/usr/bin/env bash
/opt/python/3.7.16/bin/python3 train.py
