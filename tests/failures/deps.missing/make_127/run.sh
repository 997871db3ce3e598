printf 'all:\n\t@echo building the tokenizer\n\tspm_train --input=corpus.txt --model_prefix=m\n' > Makefile
make
