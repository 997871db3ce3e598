nvcc --version
