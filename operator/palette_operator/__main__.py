"""`python -m palette_operator`: the same as the `palette-operator` command."""

from palette_operator.cli import main

if __name__ == "__main__":
    main()
