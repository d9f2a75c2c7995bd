"""Pure decisions of checkout: `placing` and `paying`, each a batch in arrival order."""
