#!/usr/bin/env bash
python -m pkg.train
