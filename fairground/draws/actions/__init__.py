"""What is done with draws: announced, entered, closed, drawn, awarded."""
