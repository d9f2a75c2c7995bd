"""The pages on money: what the reports of `settlement` say, to look at and as files, and who merchants are by law."""
