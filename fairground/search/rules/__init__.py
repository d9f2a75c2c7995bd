"""How texts become words to be found by, and how prices become bands to choose from."""
