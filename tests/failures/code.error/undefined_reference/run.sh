set -e; gcc a.c -o a; echo ok
