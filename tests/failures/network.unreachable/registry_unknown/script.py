import sys
print("Unable to find image 'registry.local/ft:7' locally")
print("docker: Error response from daemon: Get \"https://registry.local/v2/\": dial tcp: lookup registry.local: no such host.")
print("See 'docker run --help'.")
sys.exit(125)
