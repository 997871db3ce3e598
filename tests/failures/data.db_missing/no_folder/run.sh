python train.py --db-path /srv/data/queries.db
