"""python -m latentd_training.distill; the module of that name tells what it does."""

from latentd_training.distill.distill import main

if __name__ == "__main__":
    main()
