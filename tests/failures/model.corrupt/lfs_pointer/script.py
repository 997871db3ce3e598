from safetensors.torch import load_file
open("model.safetensors", "w").write("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 307867048\n")
load_file("model.safetensors")
