set -e
echo downloading
curl -sSf -o model.bin http://127.0.0.1:9/model.bin
