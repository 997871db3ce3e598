import cupy
kernel = cupy.RawKernel('extern "C" __global__ void f(long long* p) { p[threadIdx.x] = 1; }', "f")
def launch():
    kernel((1,), (32,), (0x10,))
    cupy.cuda.Device().synchronize()
launch()
