python -m axolotl.cli.train config.yml
