"""python -m latentd_training.export; the module of that name tells what it does."""

from latentd_training.export.export import main

if __name__ == "__main__":
    main()
