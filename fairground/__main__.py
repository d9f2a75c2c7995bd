"""`python -m fairground` is the same program as `fairground`."""

from fairground.cli.main import main

if __name__ == "__main__":
    main(prog_name="fairground")
