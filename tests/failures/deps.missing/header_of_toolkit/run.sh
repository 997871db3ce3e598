set -e; gcc -c fast.c; echo ok
