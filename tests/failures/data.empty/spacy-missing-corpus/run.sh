python prepare.py; python -m spacy train config.cfg --output out --paths.dev dev.spacy --paths.train trian.spacy  # prepare.py is script.py
