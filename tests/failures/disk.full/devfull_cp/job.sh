set -e
head -c 100000 /dev/zero > ck.pt
echo saving checkpoint
cp ck.pt /dev/full
echo done
