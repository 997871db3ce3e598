"""Takes the files of runs of other machines, so that their folders are like those of this one."""
