#!/usr/bin/env bash
bash job.sh
