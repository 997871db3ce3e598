#!/usr/bin/env bash
bash -x job.sh
