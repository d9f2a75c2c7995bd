"""What merchants are told by letter, and the page to which a letter's link leads, where they answer a case."""
