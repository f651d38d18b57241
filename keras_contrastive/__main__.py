"""`python -m keras_contrastive`, see `keras_contrastive.commands`."""

import sys

from keras_contrastive.commands import main

if __name__ == "__main__":
    sys.exit(main())
