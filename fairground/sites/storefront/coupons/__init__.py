"""The coupon centre: the coupons that can be collected, the button that collects one, and those that a shopper has."""
