"""What one would write by hand instead, as small programs that share nothing with Fairground but the driver."""
