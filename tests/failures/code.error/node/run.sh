#!/usr/bin/env bash
node prep.js
