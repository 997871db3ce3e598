import torch, safetensors.torch as st
st.save_file({"w": torch.ones(400, 1000)}, "out/model.safetensors")
