curl -sSf http://127.0.0.1:9/model.bin -o m.bin
