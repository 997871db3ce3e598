"""Sends the files of runs to a server, from the machine that they run on."""
