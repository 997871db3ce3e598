set -e
head -c 40000 /dev/urandom > rows
tar czf data.tgz rows
head -c 300 data.tgz > cut.tgz
tar xzf cut.tgz
