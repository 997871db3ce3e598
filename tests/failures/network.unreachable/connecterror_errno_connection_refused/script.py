from huggingface_hub import HfApi
HfApi(endpoint="http://127.0.0.1:9").upload_file(path_or_fileobj=b"x", path_in_repo="a", repo_id="me/x", token="hf_x")
