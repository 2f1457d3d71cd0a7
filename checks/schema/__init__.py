"""Compare our readers of metadata records with the models of the schema; see ``make schema``."""
