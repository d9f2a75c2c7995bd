"""The storefront: what a shopper sees."""
