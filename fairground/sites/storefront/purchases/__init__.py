"""What a person sees after buying: the list of purchases, a purchase with its story, cancelling, buying again."""
