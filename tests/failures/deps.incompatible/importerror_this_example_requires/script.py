import transformers
transformers.utils.check_min_version("9.0.0")
