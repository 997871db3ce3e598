#!/usr/bin/env bash
python exec.py
