pip install --no-input --index-url http://127.0.0.1:9/simple --retries 0 --timeout 1 nothing-here
