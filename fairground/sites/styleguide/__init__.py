"""The styleguide: every token, icon and part in every state, for those who build pages. Only in a private demo."""
