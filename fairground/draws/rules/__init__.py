"""Pure decisions of draws: what may be announced, who wins, what the published file says, what a prize comes to."""
