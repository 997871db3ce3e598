from gguf import GGUFReader
open("m.gguf", "wb").write(bytes(64))
GGUFReader("m.gguf")
