"""python -m latentd_training.evaluate; the module of that name tells what it does."""

from latentd_training.evaluate.evaluate import main

if __name__ == "__main__":
    main()
