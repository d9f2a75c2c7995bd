"""The API for programs: the door, its problems, live stock."""
